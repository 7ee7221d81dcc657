"""Password resets: what is revealed, unlocked and ended."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.access import password_attempts, passwords, refusals, sign_in_origins
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import changes as account_changes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import password_resets
from miniprogram_api.sign_in.password_resets import BegunReset
from miniprogram_api.texts.sentences import sentence
from models.accounts.accounts import CANCELLED, FROZEN, Account
from models.accounts.activations import PasswordReset
from models.accounts.sms_codes import SmsCode
from models.desks.audit import AuditEntry
from tests.support.people.accounts import (
    ADDRESS,
    Time,
    account_of,
    account_session,
    fresh,
    is_alive,
)
from tests.support.people.persons import person
from tests.support.people.registrations import (
    CODE,
    PASSWORD,
    issued_proof,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)
STRANGER = person("李雷", number=8)
NEW_PASSWORD = "Plover-under-3-bridges"


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(datetime(2026, 11, 24, 10, 0, tzinfo=clock.SHANGHAI)).running() as running:
        yield running


def begin(rules: Rules, session: SessionInfo, **changes: Any) -> BegunReset:
    given = {
        "login": SOMEONE.id_number,
        "phone_text": SOMEONE.phone,
        "address": ADDRESS,
        "sms_code": CODE,
        "phone_proof": None,
        **changes,
    }
    proof = PhoneProof(given.pop("sms_code"), given.pop("phone_proof"))
    return password_resets.begin(rules.services, session=session, proof=proof, **given)


def begin_refused(rules: Rules, session: SessionInfo, **changes: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        begin(rules, session, **changes)
    return caught.value


def finish(rules: Rules, token: str, session: SessionInfo, password: str = NEW_PASSWORD) -> None:
    password_resets.finish(rules.services, token, password, session=session)


def finish_refused(rules: Rules, *arguments: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        finish(rules, *arguments)
    return caught.value


@both_databases
@pytest.mark.parametrize("login", [SOMEONE.id_number, SOMEONE.phone, "Wang_XM"])
def test_password_is_reset(rules: Rules, login: str) -> None:
    account = account_of(SOMEONE, username="wang_xm", username_index="wang_xm")
    session, other = wechat_session(), account_session(account, "li")
    sent_code(SOMEONE.phone, "reset_password")
    begun = begin(rules, session, login=login)
    assert begun.expires_in == 600
    refusals.note(session, Refused(Reason.WRONG_PASSWORD, attempts_left=1), None)
    sign_in_origins.note(account.id, other, "203.0.113.1")
    finish(rules, begun.token, session)
    assert not sign_in_origins.is_known(account.id, other, "203.0.113.1")
    assert refusals.last(session.openid, None) == []
    kept = fresh(account)
    assert kept.password_hash is not None
    assert passwords.verify(kept.password_hash, NEW_PASSWORD)
    assert kept.password_reset_at is not None
    assert is_alive(session)
    assert not is_alive(other)
    assert AuditEntry.select().where(AuditEntry.tag == "api:password:reset").count() == 1
    assert finish_refused(rules, begun.token, session).reason is Reason.NOT_FOUND


def test_reset_clears_all_locks(rules: Rules, time: Time) -> None:
    account = account_of(SOMEONE)
    for place in range(6):
        for _ in range(5):
            password_attempts.count(
                rules.services, account, password_attempts.pair_of(f"203.0.113.{place}")
            )
    assert password_attempts.lock_seconds(rules.services, account.id) == 86_400
    session = wechat_session()
    sent_code(SOMEONE.phone, "reset_password")
    finish(rules, begin(rules, session).token, session)
    assert password_attempts.lock_seconds(rules.services, account.id) == 0
    password_attempts.check(
        rules.services, fresh(account), NEW_PASSWORD, session=None, address="203.0.113.1"
    )


@pytest.mark.parametrize(
    ("bound_to", "stays"), [("o-zhang", "o-zhang"), ("o-stranger", None), (None, None)]
)
def test_a_binding_to_another_wechat_user_ends(
    rules: Rules, bound_to: str | None, stays: str | None
) -> None:
    account = account_of(SOMEONE, wechat_openid=bound_to)
    session = wechat_session("zhang")
    sent_code(SOMEONE.phone, "reset_password")
    finish(rules, begin(rules, session).token, session)
    assert fresh(account).wechat_openid == stays


@pytest.mark.parametrize("login", ["nobody_here", "110", "13800139999", SOMEONE.id_number])
def test_unknown_login_and_wrong_phone_have_the_same_refusal(rules: Rules, login: str) -> None:
    account_of(SOMEONE)
    session = wechat_session()
    sent_code(STRANGER.phone, "reset_password")
    refused = begin_refused(rules, session, login=login, phone_text=STRANGER.phone)
    assert refused.reason is Reason.PHONE_NOT_ON_RECORD
    assert refused.details == {"by_face": "reset"}
    # The right code was not used up by it.
    assert SmsCode.select().where(SmsCode.used_at.is_null(False)).count() == 0
    account_of(STRANGER)
    begin(rules, session, login=STRANGER.id_number, phone_text=STRANGER.phone)


def test_account_state_is_hidden_without_the_code(rules: Rules) -> None:
    account_of(SOMEONE)
    for login in (SOMEONE.id_number, "nobody_here"):
        for phone in (SOMEONE.phone, STRANGER.phone):
            refused = begin_refused(rules, wechat_session(), login=login, phone_text=phone)
            assert refused.reason is Reason.SMS_CODE_WRONG
            assert refused.details["tries_left"] == 0


@pytest.mark.parametrize(
    ("status", "reason"),
    [(FROZEN, Reason.ACCOUNT_FROZEN), (CANCELLED, Reason.PHONE_NOT_ON_RECORD)],
)
def test_password_of_other_states_cannot_be_reset(
    rules: Rules, status: str, reason: Reason
) -> None:
    gone = {"identity_index": None, "cancelled_at": clock.now()} if status == CANCELLED else {}
    account_of(SOMEONE, status=status, **gone)
    sent_code(SOMEONE.phone, "reset_password")
    assert begin_refused(rules, wechat_session()).reason is reason


def test_synced_account_is_sent_to_activation(rules: Rules) -> None:
    synced_account(SOMEONE)
    sent_code(SOMEONE.phone, "reset_password")
    sent_code(STRANGER.phone, "reset_password")
    session = wechat_session()
    assert begin_refused(rules, session).reason is Reason.ACTIVATION_REQUIRED
    refused = begin_refused(rules, session, phone_text=STRANGER.phone)
    assert refused.reason is Reason.PHONE_NOT_ON_RECORD


def test_phone_of_several_accounts_needs_another_login(rules: Rules) -> None:
    account_of(SOMEONE)
    account_of(person("李雷", number=8, phone=SOMEONE.phone))
    session = wechat_session()
    sent_code(SOMEONE.phone, "reset_password")
    assert begin_refused(rules, session, login=SOMEONE.phone).reason is Reason.LOGIN_AMBIGUOUS
    begin(rules, session)


def test_lookups_of_logins_are_limited(rules: Rules, time: Time) -> None:
    account_of(SOMEONE)
    session = wechat_session()
    for number in range(20):
        proof = issued_proof(STRANGER.phone, session)
        refused = begin_refused(
            rules,
            session,
            login=f"nobody_{number}",
            phone_text=STRANGER.phone,
            sms_code=None,
            phone_proof=proof,
        )
        assert refused.reason is Reason.PHONE_NOT_ON_RECORD
    sent_code(SOMEONE.phone, "reset_password")
    refused = begin_refused(rules, session)
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    assert refused.details == {"retry_after": 60, "scope": "lookups"}


def test_a_reset_belongs_to_its_token_and_ends_after_ten_minutes(rules: Rules, time: Time) -> None:
    account_of(SOMEONE)
    session = wechat_session()
    sent_code(SOMEONE.phone, "reset_password")
    begun = begin(rules, session)
    assert finish_refused(rules, begun.token, wechat_session("li")).reason is Reason.NOT_FOUND
    assert finish_refused(rules, "made-up", session).reason is Reason.NOT_FOUND
    time.advance(minutes=10)
    refused = finish_refused(rules, begun.token, session)
    assert (refused.reason, refused.details) == (Reason.NOT_FOUND, {"cause": "reset"})
    assert "请重新验证手机号" in sentence(refused.reason, refused.details)
    assert password_resets.remove_old() == 1


def test_reset_is_usable_after_a_weak_password(rules: Rules) -> None:
    account_of(SOMEONE)
    session = wechat_session()
    sent_code(SOMEONE.phone, "reset_password")
    begun = begin(rules, session)
    refused = finish_refused(rules, begun.token, session, "woaini1314")
    assert refused.details["fields"][0]["code"] == "password_too_common"
    finish(rules, begun.token, session)


def test_account_frozen_during_a_reset_keeps_its_password(rules: Rules) -> None:
    account = account_of(SOMEONE)
    session = wechat_session()
    sent_code(SOMEONE.phone, "reset_password")
    begun = begin(rules, session)
    Account.update(status=FROZEN).execute()
    assert finish_refused(rules, begun.token, session).reason is Reason.ACCOUNT_FROZEN
    assert passwords.verify(fresh(account).password_hash or "", PASSWORD)


@both_databases
def test_reset_is_used_once(rules: Rules) -> None:
    account = account_of(SOMEONE)
    session = wechat_session()
    sent_code(SOMEONE.phone, "reset_password")
    begun = begin(rules, session)
    results = at_once(
        [lambda n=n: finish(rules, begun.token, session, f"{NEW_PASSWORD}-{n}") for n in range(4)]  # type: ignore[misc]
    )
    refused = [r.reason for r in results if isinstance(r, Refused)]
    assert refused == [Reason.NOT_FOUND] * 3, results
    winner = results.index(None)
    assert passwords.verify(fresh(account).password_hash or "", f"{NEW_PASSWORD}-{winner}")


def test_successful_reset_ends_older_resets(rules: Rules) -> None:
    account_of(SOMEONE)
    first, second = wechat_session("a"), wechat_session("b")
    tokens = []
    for session in (first, second):
        proof = issued_proof(SOMEONE.phone, session)
        tokens.append(begin(rules, session, sms_code=None, phone_proof=proof).token)
    finish(rules, tokens[1], second)
    assert finish_refused(rules, tokens[0], first).reason is Reason.NOT_FOUND
    assert PasswordReset.select().count() == 1


@pytest.mark.parametrize("changed", ["phone", "password"])
def test_changed_phone_or_password_ends_a_reset(rules: Rules, changed: str) -> None:
    account = account_of(SOMEONE)
    finder, holder = wechat_session("finder"), account_session(account)
    sent_code(SOMEONE.phone, "reset_password")
    begun = begin(rules, finder)
    if changed == "phone":
        account_changes.change_phone(
            rules.services,
            account.id,
            STRANGER.phone,
            PASSWORD,
            session=holder,
            address=ADDRESS,
            proof=PhoneProof(sent_code(STRANGER.phone, "change_phone")),
        )
    else:
        account_changes.change_password(
            rules.services,
            account.id,
            f"{NEW_PASSWORD}-mine",
            session=holder,
            proof=PhoneProof(sent_code(SOMEONE.phone, "confirm")),
        )
    assert finish_refused(rules, begun.token, finder).reason is Reason.NOT_FOUND
    assert is_alive(holder)
