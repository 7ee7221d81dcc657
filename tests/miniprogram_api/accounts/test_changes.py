"""Changes of password and phone, each with a fresh phone proof."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.access import password_attempts, passwords
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import (
    accounts,
    cancellation,
)
from miniprogram_api.accounts import (
    changes as account_changes,
)
from miniprogram_api.messaging import notices
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import CANCELLED, FROZEN, Account
from models.accounts.sms_codes import SmsCode
from models.desks.audit import AuditEntry
from models.outbox import Notice
from tests.support.people.accounts import (
    ADDRESS,
    account_of,
    account_session,
    fresh,
    is_alive,
)
from tests.support.people.identity_dates import change_dates
from tests.support.people.persons import person
from tests.support.people.registrations import CODE, PASSWORD, issued_proof, sent_code
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)
NEW_PHONE = person(number=99).phone
NEW_PASSWORD = "Plover-under-3-bridges"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=clock.SHANGHAI)


def change_password(rules: Rules, session: SessionInfo, **changes: Any) -> None:
    assert session.account_id is not None
    given = {"sms_code": CODE, "phone_proof": None, **changes}
    password = given.pop("password", NEW_PASSWORD)
    proof = PhoneProof(given.pop("sms_code"), given.pop("phone_proof"))
    account_changes.change_password(
        rules.services, session.account_id, password, proof, session=session, **given
    )


def change_phone(rules: Rules, session: SessionInfo, **changes: Any) -> accounts.AccountSummary:
    assert session.account_id is not None
    given = {
        "phone_text": NEW_PHONE,
        "password": PASSWORD,
        "address": ADDRESS,
        "sms_code": CODE,
        "phone_proof": None,
        **changes,
    }
    proof = PhoneProof(given.pop("sms_code"), given.pop("phone_proof"))
    return account_changes.change_phone(
        rules.services, session.account_id, session=session, proof=proof, **given
    )


def cancel(rules: Rules, session: SessionInfo, **changes: Any) -> None:
    assert session.account_id is not None
    given = {"reason": "不用了", "sms_code": CODE, "phone_proof": None, **changes}
    proof = PhoneProof(given.pop("sms_code"), given.pop("phone_proof"))
    cancellation.cancel(session.account_id, session=session, proof=proof, **given)


ACTS: list[Callable[..., Any]] = [change_password, change_phone, change_dates, cancel]


def refusal(act: Callable[..., Any], *arguments: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*arguments, **more)
    return caught.value


def code_for(act: Callable[..., Any]) -> None:
    """Send a valid code of the act's purpose."""
    if act is change_phone:
        sent_code(NEW_PHONE, "change_phone")
    else:
        sent_code(SOMEONE.phone, "confirm")


def spent_codes() -> int:
    return int(SmsCode.select().where(SmsCode.used_at.is_null(False)).count())


@pytest.mark.parametrize("act", ACTS)
def test_a_frozen_account_changes_nothing(rules: Rules, act: Callable[..., Any]) -> None:
    session = account_session(account_of(SOMEONE, status=FROZEN))
    code_for(act)
    assert refusal(act, rules, session).reason is Reason.ACCOUNT_FROZEN
    assert spent_codes() == 0


@pytest.mark.parametrize("act", ACTS)
def test_every_change_needs_a_proof_of_the_phone(rules: Rules, act: Callable[..., Any]) -> None:
    session = account_session(account_of(SOMEONE))
    code_for(act)
    refused = refusal(act, rules, session, sms_code=None)
    assert refused.reason is Reason.INVALID_INPUT
    assert refused.details["fields"][0]["field"] == "sms_code"
    assert refusal(act, rules, session, sms_code="000000").reason is Reason.SMS_CODE_WRONG
    other = issued_proof("13800139999", session)
    refused = refusal(act, rules, session, sms_code=None, phone_proof=other)
    if act is change_phone:
        assert refused.reason is Reason.PHONE_PROOF_INVALID
    else:
        assert refused.reason is Reason.PHONE_NOT_ON_RECORD
        assert refused.details == {"phone_hint": SOMEONE.phone[-2:]}


@pytest.mark.parametrize("act", ACTS)
def test_code_for_another_purpose_is_refused(rules: Rules, act: Callable[..., Any]) -> None:
    session = account_session(account_of(SOMEONE))
    sent_code(SOMEONE.phone, "register")
    sent_code(NEW_PHONE, "register")
    assert refusal(act, rules, session).reason is Reason.SMS_CODE_WRONG


@both_databases
@pytest.mark.parametrize("act", ACTS)
def test_proof_is_used_once(rules: Rules, act: Callable[..., Any]) -> None:
    """One of eight simultaneous calls with one code succeeds."""
    session = account_session(account_of(SOMEONE))
    code_for(act)
    many = Rules(rules.with_settings(web_threads=16), rules.sandbox, rules.overrides)
    results = at_once([lambda: act(many, session)] * 8)
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 7, results
    allowed = {
        Reason.SMS_CODE_USED,
        Reason.SMS_CODE_WRONG,
        Reason.UNAUTHENTICATED,
        Reason.IDENTITY_CHECK_IN_PROGRESS,
        Reason.ACCOUNT_LOCKED,
        Reason.INVALID_INPUT,
    }
    assert {r.reason if isinstance(r, Refused) else r for r in refused} <= allowed
    assert spent_codes() == 1


@pytest.mark.parametrize("act", ACTS)
def test_phone_proof_replaces_a_code(rules: Rules, act: Callable[..., Any]) -> None:
    session = account_session(account_of(SOMEONE))
    phone = NEW_PHONE if act is change_phone else SOMEONE.phone
    act(rules, session, sms_code=None, phone_proof=issued_proof(phone, session))


# Password ---------------------------------------------------------------------------------------


@both_databases
def test_a_new_password_ends_other_sessions_and_the_binding(rules: Rules) -> None:
    account = account_of(SOMEONE, wechat_openid="o-zhang")
    stranger = account_session(account_of(person("李雷", number=8)), "li")
    others = [account_session(account, name) for name in ("a", "b")]
    session = account_session(account)
    sent_code(SOMEONE.phone, "confirm")
    change_password(rules, session)
    kept = fresh(account)
    assert kept.wechat_openid is None
    assert kept.password_hash is not None
    assert passwords.verify(kept.password_hash, NEW_PASSWORD)
    assert is_alive(session)
    assert is_alive(stranger)
    assert not any(map(is_alive, others))
    assert Notice.select().count() == 0
    assert AuditEntry.select().where(AuditEntry.tag == "api:password:changed").count() == 1


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("12345678", "password_too_common"),
        (SOMEONE.phone, "password_contains_phone"),
        (SOMEONE.id_number[6:14], "password_contains_id_number"),
        ("王小明王小明88", "password_contains_name"),
    ],
)
def test_weak_password_is_refused_before_the_code_is_checked(
    rules: Rules, password: str, code: str
) -> None:
    session = account_session(account_of(SOMEONE))
    refused = refusal(change_password, rules, session, password=password, sms_code="000000")
    assert refused.details["fields"][0]["code"] == code


def test_new_password_clears_the_locks(rules: Rules) -> None:
    account = account_of(SOMEONE)
    for _ in range(5):
        password_attempts.count(rules.services, account, password_attempts.pair_of(ADDRESS))
    sent_code(SOMEONE.phone, "confirm")
    change_password(rules, account_session(account))
    password_attempts.check(
        rules.services, fresh(account), NEW_PASSWORD, session=None, address=ADDRESS
    )


# Phone ------------------------------------------------------------------------------------------


@both_databases
def test_new_phone_is_stored_and_the_old_phone_notified(rules: Rules) -> None:
    account = account_of(SOMEONE)
    session = account_session(account)
    sent_code(NEW_PHONE, "change_phone")
    changed = change_phone(rules, session, phone_text=f"+86 {NEW_PHONE}")
    assert changed.phone == f"{NEW_PHONE[:3]}****{NEW_PHONE[7:]}"
    assert (fresh(account).phone, fresh(account).phone_verified_by) == (NEW_PHONE, "sms")
    assert is_alive(session)
    assert accounts.find_by_login(SOMEONE.phone) == []
    assert accounts.find_by_login(NEW_PHONE) == [account]
    (notice,) = Notice.select()
    assert (notice.kind, notice.phone) == (notices.PHONE_CHANGED, SOMEONE.phone)

    assert jobs.work_once(rules.services, clock.now())
    (message,) = rules.sandbox.inbox(SOMEONE.phone)
    assert "手机号已更换" in message["text"]
    for private in (SOMEONE.name, SOMEONE.id_number, NEW_PHONE):
        assert private not in message["text"]


def test_phone_proved_by_wechat_is_recorded_as_such(rules: Rules) -> None:
    account = account_of(SOMEONE)
    session = account_session(account)
    change_phone(rules, session, sms_code=None, phone_proof=issued_proof(NEW_PHONE, session))
    assert fresh(account).phone_verified_by == "wechat"


@pytest.mark.parametrize(
    ("phone", "reason", "code"),
    [
        ("12345", Reason.INVALID_INPUT, "phone_not_mobile"),
        (SOMEONE.phone, Reason.INVALID_INPUT, "phone_unchanged"),
        ("19912345678", Reason.PHONE_SEGMENT_UNSUPPORTED, None),
    ],
)
def test_unavailable_phones_are_refused(
    rules: Rules, phone: str, reason: Reason, code: str | None
) -> None:
    session = account_session(account_of(SOMEONE))
    refused = refusal(change_phone, rules, session, phone_text=phone, password="wrong-password")
    assert refused.reason is reason
    assert refused.details["purpose"] == "change_phone"
    if code is not None:
        assert refused.details["fields"][0]["code"] == code


def test_a_new_phone_needs_the_password_too(rules: Rules) -> None:
    session = account_session(account_of(SOMEONE))
    sent_code(NEW_PHONE, "change_phone")
    for left in (4, 3, 2, 1, 0):
        refused = refusal(change_phone, rules, session, password="not-the-password")
        assert refused.reason is Reason.WRONG_PASSWORD
        assert refused.details["attempts_left"] == left
    assert refusal(change_phone, rules, session).reason is Reason.ACCOUNT_LOCKED


@both_databases
def test_phone_serves_at_most_five_accounts(rules: Rules) -> None:
    """Four accounts use the phone; of four more simultaneous changes one succeeds."""
    for n in range(4):
        account_of(person(number=100 + n, phone=NEW_PHONE))
    account_of(
        person(number=110, phone=NEW_PHONE),
        status=CANCELLED,
        identity_index=None,
        cancelled_at=clock.now(),
    )
    movers = [account_session(account_of(person(number=200 + n)), f"m{n}") for n in range(4)]
    proofs = {mover.token_hash: issued_proof(NEW_PHONE, mover) for mover in movers}
    many = Rules(rules.with_settings(web_threads=16), rules.sandbox, rules.overrides)
    results = at_once(
        [
            lambda mover=mover: change_phone(  # type: ignore[misc]
                many, mover, sms_code=None, phone_proof=proofs[mover.token_hash]
            )
            for mover in movers
        ]
    )
    refused = [r.reason for r in results if isinstance(r, Refused)]
    assert refused == [Reason.PHONE_ACCOUNT_LIMIT] * 3, results
    living = Account.phone_index.matches(NEW_PHONE) & (Account.status != CANCELLED)
    assert Account.select().where(living).count() == 5
