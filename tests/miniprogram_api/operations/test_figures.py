"""Dashboard figures: counted per Shanghai day or in memory."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from miniprogram_api import audit, clock
from miniprogram_api.access import sessions
from miniprogram_api.operations import figure_counters, figures
from miniprogram_api.operations.figures import Range
from miniprogram_api.reasons import Refused
from miniprogram_api.sign_in import sign_in
from models.accounts import sms_codes
from models.accounts.verifications import IdentityCheck
from models.chat import ChatMessage
from models.faq import messages as faq_messages
from models.faq.messages import FaqMessage, NewMessage
from models.figures import DailyFigure
from models.storage.database import transaction
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
NOON = datetime(2026, 11, 25, 12, tzinfo=clock.SHANGHAI)
TODAY = NOON.date()
JUST_BEFORE_MIDNIGHT = datetime(2026, 11, 24, 23, 59, 59, tzinfo=clock.SHANGHAI)


@pytest.fixture
def time() -> Iterator[list[datetime]]:
    """Replace the clock by a changeable time."""
    present = [NOON]
    with clock.replaced(lambda: present[0]):
        yield present


def asked(at: datetime, kind: str = "answer", slug: str | None = "segment_199") -> str:
    number = f"{FaqMessage.select().count():022d}"
    row = NewMessage(
        number, "talk", None, None, at, "问", "答", kind, slug, None, 0.9, 1,
        json.dumps({}), None, None,
    )  # fmt: skip
    faq_messages.add(row)
    return number


def code_sent(at: datetime, openid: str, state: str = sms_codes.SENT) -> None:
    ms = clock.milliseconds(at)
    number = sms_codes.add_code(
        phone="13812340011", purpose="register", code_hash=b"x", openid=openid, account_id=None,
        created_ms=ms, expires_ms=ms + 600_000,
    )  # fmt: skip
    sms_codes.set_state(number, state)


def checked(at: datetime, openid: str, outcome: str) -> None:
    IdentityCheck.insert(
        id_number="110105199001019939", identity_index="110105199001019939", openid=openid,
        purpose="register", checked_at=at, outcome=outcome, source="tencent", long_term=False,
        name_has_dot=False,
    ).execute()  # fmt: skip


@BOTH
def test_table_figures_are_counted_by_shanghai_days(rules: Rules, time: list[datetime]) -> None:
    for at in (NOON, NOON, JUST_BEFORE_MIDNIGHT):
        asked(at)
    asked(NOON, "fallback", None)
    code_sent(NOON, "o-one")
    code_sent(NOON, "o-one")
    code_sent(NOON, "o-two", sms_codes.UNCERTAIN)
    checked(NOON, "o-one", "mismatch")
    checked(NOON, "o-one", "no_answer")
    with transaction():
        for number in (7, 7, 8):
            audit.write("api:account:registered", actor=f"account:{number}", account_id=number)
        audit.write("api:account:frozen", actor="account:7", account_id=7)
    ChatMessage.insert(
        openid="o-one", sent_at=NOON, push_id="1", nonce_key=b"n", kind="text", event="",
        content="人工", received_at=NOON, outcome="human",
    ).execute()  # fmt: skip

    figures.update(rules.services)
    report = figures.report(figures.last_days(7))

    assert report.counted_at == NOON
    assert report.totals["questions"] == {"answer": 3, "fallback": 1}
    assert report.on(TODAY, "questions", "answer", "fallback") == 3
    assert report.on(date(2026, 11, 24), "questions", "answer") == 1
    assert report.totals["topics"] == {"segment_199": 3}
    assert report.totals["sms"] == {"sent": 2, "uncertain": 1}
    # People, and not how often they tried.
    assert report.totals["funnel"] == {"code": 1, "elements": 1, "registered": 2}
    assert report.totals["accounts"] == {"api:account:registered": 2}
    assert report.totals["identity"] == {"mismatch": 1, "no_answer": 1}
    assert report.totals["handovers"] == {"chat": 1}
    assert figures.failed_at() == {"sms": NOON, "identity": NOON}


@BOTH
def test_later_ratings_are_added_and_deleted_rows_stay_counted(
    rules: Rules, time: list[datetime]
) -> None:
    number = asked(NOON)
    figures.update(rules.services)
    time[0] = NOON + timedelta(days=3)
    FaqMessage.update(helpful=True).where(FaqMessage.message_id == number).execute()
    figures.update(rules.services)
    assert figures.report(figures.last_days(7)).totals["ratings"] == {"helpful": 1}

    # What a table forgot stays counted.
    time[0] = NOON + timedelta(days=20)
    FaqMessage.delete().execute()
    figures.update(rules.services)
    figures.update(rules.services)
    report = figures.report(figures.last_days(21))
    assert report.totals["questions"] == {"answer": 1}
    later = figures.report(figures.last_days(20))
    assert later.totals.get("questions") is None
    assert later.before["questions"] == {"answer": 1}

    time[0] = NOON + timedelta(days=2000)
    assert figures.remove_old() > 0
    assert DailyFigure.select().count() == 0


@BOTH
def test_refusals_and_visitors_are_counted_in_memory(
    rules: Rules, time: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whom other tests of this process met is not counted here.
    monkeypatch.setattr(figure_counters, "_seen", {})
    monkeypatch.setattr(figure_counters, "_counted", Counter())
    for _ in range(3):
        figure_counters.count_refusal("sms_codes", "SMS_RATE_LIMITED")
    for name in ("wx-one~1", "wx-one~2", "wx-two~1"):
        sign_in.as_wechat_user(rules.services, name, "192.0.2.7")
    assert DailyFigure.select().count() == 0

    for _ in range(2):
        figure_counters.write(rules.services)
        figure_counters.count_refusal("faces", "FACE_MISMATCH")
    figures.update(rules.services)
    totals = figures.report(figures.last_days(1)).totals
    assert totals["refused"] == {"sms_codes:SMS_RATE_LIMITED": 3, "faces:FACE_MISMATCH": 1}
    assert totals["visitors"] == {"": 2}
    figure_counters.write(rules.services)


def test_unwritten_counts_are_kept_for_the_next_flush(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure_counters.write(rules.services)
    figure_counters.count_refusal("faces", "FACE_MISMATCH")
    figure_counters.count_visitor("o-one")

    def broken(_figures: object) -> None:
        raise figure_counters.DatabaseUnavailable[0]("gone")

    with monkeypatch.context() as patched:
        patched.setattr("models.figures.add", broken)
        figure_counters.write(rules.services)
        # Whatever else goes wrong is told, and loses nothing either.
        patched.setattr("models.figures.add", lambda _figures: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            figure_counters.write(rules.services)
    DailyFigure.delete().execute()
    figure_counters.write(rules.services)
    assert [row.amount for row in DailyFigure.select()] == [1]


def test_figures_contain_no_personal_data(rules: Rules) -> None:
    figure_counters.write(rules.services)
    sessions.start("o-secret", None)
    figure_counters.count_visitor("o-secret")
    code_sent(clock.now(), "o-secret")
    figure_counters.write(rules.services)
    figures.update(rules.services)
    kept = repr(list(DailyFigure.select().tuples()))
    assert "secret" not in kept
    assert "13812340011" not in kept


def test_ranges(time: list[datetime]) -> None:
    assert figures.last_days(7) == Range(date(2026, 11, 19), TODAY)
    assert figures.last_days(7).before == Range(date(2026, 11, 12), date(2026, 11, 18))
    assert figures.chosen_days(date(2026, 1, 1), date(2027, 1, 1)).last == TODAY
    for first, last in (
        (None, TODAY),
        (TODAY + timedelta(days=1), None),
        (date(2020, 1, 1), None),
        (date(1, 1, 1), date(1, 1, 2)),
    ):
        with pytest.raises(Refused):
            figures.chosen_days(first, last)
