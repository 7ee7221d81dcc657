"""Spot checks: the weekly draw, marks, and the test questions made from them."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from config import Settings
from faq.content.entries import Content
from faq.conversation import messages, spot_checks
from faq.conversation.conversations import new_id
from faq.conversation.spot_checks import Drawn
from faq.editing import drafts, question_sets
from faq.editing.check import checking
from faq.editing.question_sets import OUT_OF_SCOPE, Labelled
from faq.release import publishing
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from models.desks.audit import AuditEntry
from models.faq import messages as table
from models.faq.messages import FaqMessage, NewMessage
from models.faq.spot_checks import FaqSpotCheck
from tests.support.service.rules import at_once

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
MONDAY = datetime(2026, 11, 30, 0, 5, tzinfo=clock.SHANGHAI)
MIDNIGHT = MONDAY.replace(minute=0)
SUNDAY = MONDAY - timedelta(hours=12)
FIRST, SECOND = "editor:1", "editor:2"


@pytest.fixture
def time(tables: Settings, small: Content) -> Iterator[list[datetime]]:
    """Publish the small content and replace the clock by a changeable time."""
    publishing.publish(small, after=None)
    present = [MONDAY]
    with clock.replaced(lambda: present[0]):
        yield present


def answered(
    question: str = "书晚了", at: datetime = SUNDAY, slug: str | None = "late_return",
    kind: str = "answer",
) -> str:  # fmt: skip
    """Store a message and return its id."""
    message_id = new_id()
    row = NewMessage(
        message_id, new_id(), "o-reader", 7, at, question, "每天一角。", kind, slug, None, 0.9, 1,
        json.dumps({}), None, None,
    )  # fmt: skip
    table.add(row)
    return message_id


def drawn() -> list[Drawn]:
    (week,) = spot_checks.weeks()
    return spot_checks.of_week(week.name)


def asked() -> list[Labelled]:
    """Return the test questions made from marks."""
    return [labelled for name, labelled in question_sets.asked() if name == "抽查"]


@both
def test_50_answers_are_drawn_once_by_all_workers(time: list[datetime]) -> None:
    for number in range(60):
        answered(f"书晚了{number}天")
    assert at_once([spot_checks.draw] * 4) == [None] * 4
    first = {one.message_id for one in drawn()}
    assert len(first) == 50
    time[0] += timedelta(days=6, hours=23)
    spot_checks.draw()
    assert {one.message_id for one in drawn()} == first


@both
def test_only_answers_of_the_week_from_monday_to_sunday_are_drawn(time: list[datetime]) -> None:
    within = [
        answered(at=MIDNIGHT - timedelta(days=7)),
        answered(at=MIDNIGHT - timedelta(milliseconds=1)),
    ]
    answered(at=MIDNIGHT)
    answered(at=MIDNIGHT - timedelta(days=7, milliseconds=1))
    for kind in ("clarify", "fallback", "smalltalk"):
        answered(kind=kind)
    answered(slug=None)
    spot_checks.draw()
    assert [one.message_id for one in drawn()] == within
    assert [week.name for week in spot_checks.weeks()] == ["2026-W48"]


def test_four_weeks_are_shown_and_counted_over_the_new_year(time: list[datetime]) -> None:
    for _ in range(6):
        answered(at=time[0] - timedelta(days=1))
        spot_checks.draw()
        time[0] += timedelta(days=7)
    # The week that just ended is not drawn yet.
    weeks = spot_checks.weeks()
    assert [week.name for week in weeks] == ["2026-W53", "2026-W52", "2026-W51"]
    assert weeks[0].last_day.isoformat() == "2027-01-03"
    assert spot_checks.totals() == {None: 3}


@both
def test_marked_questions_test_the_next_release(time: list[datetime]) -> None:
    right, half, wrong, unsure = (
        answered(question) for question in ("书 晚了", "卡找不到", "查档案", "书")
    )
    spot_checks.draw()
    spot_checks.mark(right, "right", "late_return", before="", editor=FIRST)
    spot_checks.mark(half, "half", "lost_card", before="", editor=FIRST)
    spot_checks.mark(wrong, "wrong", OUT_OF_SCOPE, before="", editor=FIRST)
    spot_checks.mark(unsure, "wrong", None, before="", editor=FIRST)
    questions = [
        Labelled("书 晚了", ("late_return",)),
        Labelled("卡找不到", ("lost_card",)),
        Labelled("查档案", (OUT_OF_SCOPE,)),
    ]
    assert asked() == questions
    assert spot_checks.totals() == {"right": 1, "half": 1, "wrong": 2}
    # They are asked by the check and are no examples.
    content = drafts.content()
    found = {q.text: q for q in checking.questions_of(content, question_sets.asked(), content)}
    assert [found[one.question].is_example for one in questions] == [False] * 3
    lines = [json.loads(row.details) for row in AuditEntry.select() if "spot_check" in row.tag]
    assert lines[0] == {"mark": "right", "entry": "late_return"}
    assert len(lines) == 4


@both
def test_first_of_two_editors_at_once_is_kept(time: list[datetime]) -> None:
    one = answered()
    spot_checks.draw()
    results = at_once(
        [
            lambda: spot_checks.mark(one, "right", "late_return", before="", editor=FIRST),
            lambda: spot_checks.mark(one, "wrong", "lost_card", before="", editor=SECOND),
        ]
    )
    assert sorted(results, key=str) == [False, True]
    (kept,) = drawn()
    assert kept.marked_by == (FIRST, SECOND)[results.index(True)]
    assert asked() == [Labelled("书晚了", (str(kept.expected),))]


def test_mark_sent_twice_is_one_and_can_be_changed(time: list[datetime]) -> None:
    one = answered()
    spot_checks.draw()
    for _ in range(2):
        assert spot_checks.mark(one, "right", "late_return", before="", editor=FIRST)
    assert AuditEntry.select().where(AuditEntry.tag == "faq:spot_check:marked").count() == 1
    assert not spot_checks.mark(one, "half", None, before="wrong", editor=SECOND)
    assert spot_checks.mark(one, "half", None, before="right", editor=SECOND)
    assert asked() == []
    assert (drawn()[0].mark, drawn()[0].marked_by) == ("half", SECOND)


def test_unknown_marks_answers_and_messages_are_refused(time: list[datetime]) -> None:
    one, other = answered(), answered(at=MONDAY)
    spot_checks.draw()
    for message_id, mark, expected, reason in (
        (one, "fine", None, Reason.NOT_FOUND),
        (one, "wrong", "nowhere", Reason.INVALID_INPUT),
        (other, "right", None, Reason.NOT_FOUND),
    ):
        with pytest.raises(Refused) as refused:
            spot_checks.mark(message_id, mark, expected, before="", editor=FIRST)
        assert refused.value.reason is reason
    assert drawn()[0].mark is None
    assert asked() == []


@both
def test_test_question_outlives_its_message(time: list[datetime]) -> None:
    one = answered()
    spot_checks.draw()
    spot_checks.mark(one, "right", "late_return", before="", editor=FIRST)
    time[0] = SUNDAY + timedelta(days=180, seconds=1)
    messages.remove_old()
    assert FaqMessage.select().count() == 0
    assert FaqSpotCheck.select().count() == 0
    assert asked() == [Labelled("书晚了", ("late_return",))]


def test_short_answers_are_drawn_however_rare_they_are(time: list[datetime]) -> None:
    short = [answered(f"细问第{number}句") for number in range(spot_checks.SHORT_DRAWN)]
    for number in range(100):
        answered(f"长的第{number}句")
    FaqMessage.update(answer="很长的答案。" * 40).where(
        FaqMessage.message_id.not_in(short)
    ).execute()
    spot_checks.draw()
    found = drawn()
    assert len(found) == spot_checks.MOST_DRAWN
    assert {*short} <= {one.message_id for one in found}
