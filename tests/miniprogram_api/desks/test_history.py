"""The history of a person and the next steps it suggests to a clerk."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from config import Settings
from miniprogram_api import clock
from miniprogram_api.desks import advice as desk_advice
from miniprogram_api.desks import history as desk_history
from miniprogram_api.desks.history import TriedStep
from models.accounts.client_reports import ClientReport
from models.accounts.sms_codes import REFUSED, SENT, SmsCode, WrongEntry, count_wrong
from models.accounts.verifications import FaceChallenge, IdentityCheck
from tests.support.people.accounts import account_of
from tests.support.people.persons import make_phone, person

SOMEONE = person(number=61)
NOW = datetime(2026, 11, 25, 9, tzinfo=clock.SHANGHAI)


def tried(kind: Any, failed: bool) -> TriedStep:
    return TriedStep(NOW, kind, "…", failed)


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ([], None),
        ([("face", True), ("check", False)], "face"),
        # He got on since.
        ([("face", False), ("face", True), ("report", True), ("refusal", True)], None),
        ([("check", False), ("face", True)], "face"),
        ([("report", True), ("message", True)], "report"),
    ],
)
def test_person_is_stuck_at_the_last_unresolved_failure(
    steps: list[tuple[str, bool]], kind: str | None
) -> None:
    stuck = desk_history.where_stuck(tuple(tried(*step) for step in steps))
    assert (stuck and stuck.kind) == kind


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_history_lists_all_attempts_of_the_person(tables: Settings) -> None:
    """Attempts before the registration are found by WeChat user; old and others' ones are not."""
    now, phone = clock.now(), make_phone(93)
    for openid, number, age in (
        ("o-zhang", SOMEONE.id_number, timedelta(minutes=4)),
        ("o-other", person(number=62).id_number, timedelta(minutes=4)),
        ("o-zhang", SOMEONE.id_number, timedelta(days=31)),
    ):
        IdentityCheck.create(
            id_number=number, identity_index=number, openid=openid, purpose="register",
            checked_at=now - age, outcome="mismatch", source="tencent",
            source_request_id="req-1", long_term=False, name_has_dot=False, warnings="",
        )  # fmt: skip
    for openid, state in (("o-zhang", REFUSED), ("o-other", SENT)):
        SmsCode.create(
            phone=phone, phone_index=phone, purpose="register", code_hash=b"", state=state,
            openid=openid, created_at=now - timedelta(minutes=5), expires_at=now,
        )  # fmt: skip
    ClientReport.create(
        openid="o-zhang", kind="network", step="register", detail="超时", reported_at=now
    )
    before = desk_history.of_person(SOMEONE.id_number, None)
    assert [(step.kind, step.failed) for step in before] == [
        ("report", True),
        ("check", True),
        ("message", True),
    ]
    assert before[1].transaction == "req-1"
    assert phone not in before[2].text

    account = account_of(SOMEONE)
    FaceChallenge.create(
        id="f" * 32, account=account.id, session_hash=b"", mode="photo", consent_version="1",
        created_at=now, expires_at=now, outcome="mismatch",
    )  # fmt: skip
    after = desk_history.of_person(SOMEONE.id_number, account)
    assert "刷脸核验：人脸不像" in [step.text for step in after]


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_history_counts_wrong_entries_of_all_askers_of_a_code(tables: Settings) -> None:
    account, now = account_of(SOMEONE), clock.now()
    code = SmsCode.create(
        phone=account.phone, phone_index=account.phone, purpose="confirm", code_hash=b"",
        state=SENT, openid="o-zhang", created_at=now, expires_at=now,
    )  # fmt: skip
    for asker, is_own in (("o-zhang", True), ("o-zhang", True), ("o-other", False)):
        count_wrong([WrongEntry(code.id, asker, is_own)])
    [step] = desk_history.of_person(SOMEONE.id_number, account)
    assert step.text.endswith("输错3次")
    assert step.failed


def test_next_step_for_the_failure_comes_first(tables: Settings) -> None:
    account = account_of(SOMEONE)
    kinds = [step.kind or step.act for step in desk_advice.next_steps(None, None, (), None)]
    assert kinds == ["register", "phone_verification", "identity_review", "other"]
    first, *_ = desk_advice.next_steps(None, tried("message", True), (), None)
    assert (first.act, first.fits) == ("register", True)
    first, *_ = desk_advice.next_steps(account, None, ("manual_verification",), None)
    assert (first.act, first.fits) == ("verify", True)
    first, *_ = desk_advice.next_steps(account, None, (), "7")
    assert (first.act, first.ticket_id) == ("card", "7")
    for status, level, act in (
        ("unactivated", 3, "activate"),
        ("frozen", 4, "tell"),
        ("active", 4, "authorise"),
        ("active", 3, "verify"),
    ):
        account.status, account.level = status, level
        first, *_ = desk_advice.next_steps(account, None, (), None)
        assert first.act == act


def test_verified_person_is_ready_when_the_switch_is_on_or_not_needed(tables: Settings) -> None:
    account = account_of(SOMEONE, level=4)
    (first, *_) = desk_advice.next_steps(account, None, (), None, switch_needed=False)
    assert (first.act, first.words) == ("tell", "已通过核验，可以直接办理业务。")
    account.authorization_enabled, account.authorization_until = True, clock.today()
    first, second, *_ = desk_advice.next_steps(account, None, (), None)
    assert (first.act, second.act, second.fits) == ("tell", "authorise", False)
    account.authorization_until = clock.today() - timedelta(days=1)
    first, *_ = desk_advice.next_steps(account, None, (), None)
    assert (first.act, first.fits) == ("authorise", True)
    account.long_term, account.valid_until = False, clock.today() - timedelta(days=1)
    first, *_ = desk_advice.next_steps(account, None, (), None)
    assert "证件已过期" in first.words
