"""Changing password, phone and card dates, cancelling: each with a fresh proof of the phone."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from miniprogram_api import (
    account_changes,
    accounts,
    cancellation,
    clock,
    consents,
    identity_dates,
    notices,
    password_tries,
    passwords,
    sign_in,
)
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sessions import SessionInfo
from models.accounts import CANCELLED, FROZEN, Account, IdentityDatesChange
from models.audit import AuditEntry
from models.consents import ConsentRecord
from models.outbox import Notice
from models.sms_codes import SmsCode
from models.verifications import IdentityCheck
from tests.support.accounts import (
    ADDRESS,
    Time,
    account_of,
    account_session,
    fresh,
    is_alive,
)
from tests.support.people import person
from tests.support.registrations import CODE, PASSWORD, issued_proof, sent_code, synced_account
from tests.support.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)
NEW_PHONE = person(number=99).phone
NEW_PASSWORD = "Plover-under-3-bridges"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=clock.SHANGHAI)


def change_password(rules: Rules, session: SessionInfo, **changes: Any) -> None:
    assert session.account_id is not None
    given = {"sms_code": CODE, "phone_proof": None, **changes}
    password = given.pop("password", NEW_PASSWORD)
    account_changes.change_password(
        rules.services, session.account_id, password, session=session, **given
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
    return account_changes.change_phone(
        rules.services, session.account_id, session=session, **given
    )


def change_dates(rules: Rules, session: SessionInfo, **changes: Any) -> accounts.AccountSummary:
    assert session.account_id is not None
    given = {
        "valid_from": "2025.07.01",
        "valid_until": "2045年7月1日",
        "address": ADDRESS,
        "sms_code": CODE,
        "phone_proof": None,
        **changes,
    }
    return identity_dates.change(rules.services, session.account_id, session=session, **given)


def cancel(rules: Rules, session: SessionInfo, **changes: Any) -> None:
    assert session.account_id is not None
    given = {"reason": "不用了", "sms_code": CODE, "phone_proof": None, **changes}
    cancellation.cancel(rules.services, session.account_id, session=session, **given)


ACTS: list[Callable[..., Any]] = [change_password, change_phone, change_dates, cancel]


def refusal(act: Callable[..., Any], *arguments: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*arguments, **more)
    return caught.value


def code_for(act: Callable[..., Any]) -> None:
    """A living code of the purpose that this act wants."""
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
    assert refused.reason is Reason.PHONE_PROOF_INVALID


@pytest.mark.parametrize("act", ACTS)
def test_a_code_for_another_purpose_proves_nothing(rules: Rules, act: Callable[..., Any]) -> None:
    session = account_session(account_of(SOMEONE))
    sent_code(SOMEONE.phone, "register")
    sent_code(NEW_PHONE, "register")
    assert refusal(act, rules, session).reason is Reason.SMS_CODE_WRONG


@both_databases
@pytest.mark.parametrize("act", ACTS)
def test_a_proof_serves_one_call_only(rules: Rules, act: Callable[..., Any]) -> None:
    """Eight calls at once with one code: one of them wins."""
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
def test_a_phone_proof_stands_in_the_place_of_a_code(rules: Rules, act: Callable[..., Any]) -> None:
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
def test_a_weak_password_is_refused_before_the_code_is_looked_at(
    rules: Rules, password: str, code: str
) -> None:
    session = account_session(account_of(SOMEONE))
    refused = refusal(change_password, rules, session, password=password, sms_code="000000")
    assert refused.details["fields"][0]["code"] == code


def test_a_new_password_opens_the_locks(rules: Rules) -> None:
    account = account_of(SOMEONE)
    for _ in range(5):
        password_tries.count(rules.services, account, address=ADDRESS)
    sent_code(SOMEONE.phone, "confirm")
    change_password(rules, account_session(account))
    password_tries.check(rules.services, fresh(account), NEW_PASSWORD, address=ADDRESS)


# Phone ------------------------------------------------------------------------------------------


@both_databases
def test_a_new_phone_is_kept_and_the_old_one_told(rules: Rules) -> None:
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

    notices.send(rules.services, notice.id)
    (message,) = rules.sandbox.inbox(SOMEONE.phone)
    assert "手机号已更换" in message["text"]
    for private in (SOMEONE.name, SOMEONE.id_number, NEW_PHONE):
        assert private not in message["text"]


def test_the_phone_of_a_wechat_user_is_marked_so(rules: Rules) -> None:
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
def test_phones_that_cannot_be_taken(
    rules: Rules, phone: str, reason: Reason, code: str | None
) -> None:
    session = account_session(account_of(SOMEONE))
    refused = refusal(change_phone, rules, session, phone_text=phone, password="wrong-password")
    assert refused.reason is reason
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
def test_one_phone_serves_five_accounts_at_most(rules: Rules) -> None:
    """Four have it; of four more that want it at once one gets it."""
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


# Card dates -------------------------------------------------------------------------------------


@both_databases
@pytest.mark.parametrize("level", [3, 4])
def test_new_dates_are_checked_and_kept_with_their_history(rules: Rules, level: int) -> None:
    account = account_of(SOMEONE, level=level)
    session = account_session(account)
    sent_code(SOMEONE.phone, "confirm")
    changed = change_dates(rules, session)
    assert changed.valid_from == date(2025, 7, 1)
    assert changed.valid_until == "2045-07-01"
    assert changed.level == level
    (call,) = rules.sandbox.calls("CheckIdNameDate")
    assert call["request"]["ValidityBegin"] == "20250701"
    (change,) = IdentityDatesChange.select()
    assert (change.valid_from_before, change.valid_until_before) == (
        SOMEONE.valid_from,
        SOMEONE.valid_until,
    )
    assert (change.valid_from, change.valid_until) == (date(2025, 7, 1), date(2045, 7, 1))
    assert IdentityCheck.get().purpose == "dates"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("不符", Reason.FOUR_ELEMENTS_MISMATCH),
        ("无效", Reason.IDENTITY_INVALID),
        ("无记录", Reason.IDENTITY_NO_RECORD),
        ("源忙", Reason.IDENTITY_SOURCE_BUSY),
        ("限次", Reason.IDENTITY_DAILY_LIMIT),
    ],
)
def test_dates_that_the_source_does_not_confirm_are_not_kept(
    rules: Rules, name: str, reason: Reason
) -> None:
    account = account_of(person(f"王{name}", number=7))
    sent_code(SOMEONE.phone, "confirm")
    assert refusal(change_dates, rules, account_session(account)).reason is reason
    assert fresh(account).valid_from == SOMEONE.valid_from
    assert IdentityDatesChange.select().count() == 0
    assert spent_codes() == 0


def test_doubtful_dates_are_kept_once_confirmed(rules: Rules) -> None:
    account = account_of(SOMEONE)
    session = account_session(account)
    sent_code(SOMEONE.phone, "confirm")
    doubtful = {"valid_until": "长期"}
    refused = refusal(change_dates, rules, session, **doubtful)
    assert refused.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    codes = tuple(warning["code"] for warning in refused.details["warnings"])
    assert rules.sandbox.calls("CheckIdNameDate") == []
    changed = change_dates(rules, session, **doubtful, confirmed_warnings=codes)
    assert changed.valid_until == "长期"
    assert fresh(account).long_term


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"valid_from": ""}, "valid_from"),
        ({"valid_until": "2025-13-01"}, "valid_until"),
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"valid_from": "2031-01-01"}, "valid_from"),
    ],
)
def test_dates_that_cannot_be_right(rules: Rules, changes: dict[str, str], field: str) -> None:
    session = account_session(account_of(SOMEONE))
    refused = refusal(change_dates, rules, session, **changes, sms_code="000000")
    assert refused.reason is Reason.INVALID_INPUT
    assert field in {entry["field"] for entry in refused.details["fields"]}


def test_a_temporary_card_belongs_to_a_window(rules: Rules) -> None:
    with Time(NOON).running():
        session = account_session(account_of(SOMEONE))
        refused = refusal(
            change_dates, rules, session, valid_from="2026-11-20", valid_until="2027-02-20"
        )
    assert refused.reason is Reason.DOCUMENT_NEEDS_WINDOW


def test_dates_change_three_times_in_thirty_days(rules: Rules) -> None:
    time = Time(NOON)
    with time.running():
        account = account_of(SOMEONE)
        for _ in range(3):
            sent_code(SOMEONE.phone, "confirm")
            change_dates(rules, account_session(account))
            time.pass_by(days=1)
        sent_code(SOMEONE.phone, "confirm")
        refused = refusal(change_dates, rules, account_session(account))
        assert refused.reason is Reason.IDENTITY_DATES_LIMIT
        assert refused.details == {"retry_after": 27 * 86_400}
        assert len(rules.sandbox.calls("CheckIdNameDate")) == 3
        time.pass_by(days=27)
        sent_code(SOMEONE.phone, "confirm")
        change_dates(rules, account_session(account))
    assert IdentityDatesChange.select().count() == 4


# Cancelling -------------------------------------------------------------------------------------


@both_databases
def test_a_cancelled_account_gives_everything_back(rules: Rules) -> None:
    account = account_of(
        SOMEONE,
        level=4,
        username="Wang_xm",
        username_key="wang_xm",
        wechat_openid="o-zhang",
        authorization_enabled=True,
        authorization_until=clock.today(),
    )
    consents.record(account.id, consents.KEYS)
    session, other = account_session(account), account_session(account, "li")
    sent_code(SOMEONE.phone, "confirm")
    cancel(rules, session)
    kept = fresh(account)
    assert kept.status == CANCELLED
    assert kept.cancelled_at is not None
    assert (kept.identity_index, kept.username_key, kept.wechat_openid) == (None, None, None)
    assert not kept.authorization_enabled
    assert (kept.name, kept.id_number, kept.cancellation_reason) == (
        SOMEONE.name,
        SOMEONE.id_number,
        "不用了",
    )
    assert not is_alive(session)
    assert not is_alive(other)
    assert ConsentRecord.select().where(ConsentRecord.withdrawn_at.is_null()).count() == 0
    assert accounts.find_by_login(SOMEONE.id_number) == []
    assert accounts.find_by_login("wang_xm") == []
    with pytest.raises(Refused) as caught:
        sign_in.with_password(
            rules.services,
            sign_in.Credentials(SOMEONE.id_number, PASSWORD),
            session=None,
            address=ADDRESS,
        )
    assert caught.value.reason is Reason.ACCOUNT_CANCELLED
    # The same person, and the same user name, may come again.
    account_of(SOMEONE, username="Wang_xm", username_key="wang_xm")


def test_an_operator_cancels_what_its_holder_cannot(rules: Rules) -> None:
    for account in (
        account_of(SOMEONE, status=FROZEN),
        synced_account(person("李雷", number=8)),
    ):
        cancellation.cancel_by_hand(account.id, "冒名", actor="command:test")
        assert fresh(account).status == CANCELLED
        refused = refusal(cancellation.cancel_by_hand, account.id, "再来", actor="command:test")
        assert refused.reason is Reason.ACCOUNT_CANCELLED
    refused = refusal(cancellation.cancel_by_hand, 10**9, "无", actor="command:test")
    assert refused.reason is Reason.NOT_FOUND


def test_the_session_of_a_cancelled_account_sees_nothing(rules: Rules) -> None:
    account = account_of(SOMEONE)
    assert accounts.current(account.id).status == "registered"
    cancellation.cancel_by_hand(account.id, "无", actor="command:test")
    assert refusal(accounts.current, account.id).reason is Reason.UNAUTHENTICATED
    assert refusal(accounts.get, account.id).reason is Reason.UNAUTHENTICATED
    assert refusal(accounts.current, 10**9).reason is Reason.UNAUTHENTICATED
