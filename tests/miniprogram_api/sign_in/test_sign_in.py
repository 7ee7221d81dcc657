"""Sign-in: finding the account, locks and WeChat bindings."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from miniprogram_api import clock
from miniprogram_api.access import password_attempts, passwords, sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import sign_in
from miniprogram_api.sign_in.sign_in import Credentials, SignedIn
from models.accounts.accounts import CANCELLED, FROZEN, Account
from models.accounts.sessions import Session
from models.desks.audit import AuditEntry
from tests.support.people.accounts import (
    ADDRESS,
    Time,
    account_of,
    fresh,
    hashed,
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
WRONG = "Kestrel-over-71-fields"


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(datetime(2026, 11, 24, 10, 0, tzinfo=clock.SHANGHAI)).running() as running:
        yield running


def enter(
    rules: Rules,
    login: str = SOMEONE.id_number,
    password: str = PASSWORD,
    session: SessionInfo | None = None,
    address: str = ADDRESS,
    **more: Any,
) -> SignedIn:
    proof = PhoneProof(more.pop("sms_code", None), more.pop("phone_proof", None))
    credentials = Credentials(login, password, proof=proof, **more)
    return sign_in.with_password(rules.services, credentials, session=session, address=address)


def refusal(rules: Rules, *arguments: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        enter(rules, *arguments, **more)
    return caught.value


@both_databases
@pytest.mark.parametrize(
    "login",
    [
        SOMEONE.id_number,
        f" {SOMEONE.id_number[:6]} {SOMEONE.id_number[6:14]} {SOMEONE.id_number[14:].lower()} ",
        SOMEONE.id_number.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}),
        SOMEONE.phone,
        f"+86 {SOMEONE.phone[:3]}-{SOMEONE.phone[3:7]}-{SOMEONE.phone[7:]}",
        "WANG_xm",
        " ｗang_xm",
    ],
)
def test_every_spelling_of_a_login_is_found(rules: Rules, login: str) -> None:
    account = account_of(SOMEONE, username="Wang_xm", username_index="Wang_xm")
    done = enter(rules, login)
    assert sessions.find(done.session.token) == SessionInfo(
        done.session.token_hash, None, account.id
    )
    assert done.account.status == "registered"
    assert done.account.name == "王**"
    assert done.session.expires_in == 7200
    assert AuditEntry.get(AuditEntry.tag == "api:session:opened").account_id == account.id


def test_an_old_number_of_fifteen_digits_is_found(rules: Rules) -> None:
    account_of(SOMEONE)
    assert enter(rules, SOMEONE.id_number[:6] + SOMEONE.id_number[8:17]).account.level == 3


def test_sign_in_ends_the_previous_token(rules: Rules) -> None:
    account_of(SOMEONE)
    used = wechat_session()
    done = enter(rules, session=used)
    assert not is_alive(used)
    found = sessions.find(done.session.token)
    assert found is not None
    assert found.openid == used.openid
    again = enter(rules, session=found)
    assert sessions.find(done.session.token) is None
    assert sessions.find(again.session.token) is not None


@pytest.mark.parametrize("login", ["", "!", "110", "nobody_here", "13800139999", "x" * 200])
def test_unknown_login_is_refused(rules: Rules, login: str) -> None:
    account_of(SOMEONE)
    assert refusal(rules, login).reason is Reason.USER_NOT_FOUND


def test_a_phone_of_several_accounts_is_ambiguous(rules: Rules) -> None:
    account_of(SOMEONE)
    account_of(person("李雷", number=8, phone=SOMEONE.phone))
    assert refusal(rules, SOMEONE.phone).reason is Reason.LOGIN_AMBIGUOUS
    assert enter(rules).account.name == "王**"


def test_cancelled_account_does_not_make_a_phone_ambiguous(rules: Rules) -> None:
    account_of(SOMEONE)
    other = person("李雷", number=8, phone=SOMEONE.phone)
    account_of(other, status=CANCELLED, identity_index=None, cancelled_at=clock.now())
    assert enter(rules, SOMEONE.phone).account.name == "王**"


@pytest.mark.parametrize("password", [PASSWORD, WRONG, ""])
def test_unactivated_account_is_refused_without_personal_data(rules: Rules, password: str) -> None:
    synced_account(SOMEONE, password_hash=hashed(PASSWORD))
    refused = refusal(rules, password=password)
    assert refused.reason is Reason.ACTIVATION_REQUIRED
    assert refused.details == {}


def test_cancellation_is_revealed_only_with_the_right_password(rules: Rules) -> None:
    when = datetime(2026, 11, 1, 9, 0, tzinfo=clock.SHANGHAI)
    account_of(
        SOMEONE,
        status=CANCELLED,
        identity_index=None,
        former_identity_index=SOMEONE.id_number,
        cancelled_at=when,
    )
    refused = refusal(rules)
    assert refused.reason is Reason.ACCOUNT_CANCELLED
    assert refused.details["cancelled_on"] == when.date()
    assert refusal(rules, SOMEONE.phone).reason is Reason.ACCOUNT_CANCELLED
    # More guesses than any lock allows look the same, and then the right one does, too.
    for _ in range(6):
        assert refusal(rules, password=WRONG).reason is Reason.USER_NOT_FOUND
    assert refusal(rules).reason is Reason.USER_NOT_FOUND


def test_answer_time_does_not_reveal_a_cancelled_account(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_of(
        SOMEONE,
        status=CANCELLED,
        identity_index=None,
        former_identity_index=SOMEONE.id_number,
        cancelled_at=clock.now(),
    )
    looks: list[str] = []
    verify = passwords.verify

    def counted(kept: str, password: str) -> bool:
        looks.append(kept)
        return verify(kept, password)

    monkeypatch.setattr(passwords, "verify", counted)
    # The comparison takes the time: one each for a guess, while locked, and for an unknown login.
    logins = [SOMEONE.id_number] * 7 + [person(number=8).id_number, person(number=8).phone]
    for number, login in enumerate(logins, start=1):
        assert refusal(rules, login, password=WRONG).reason is Reason.USER_NOT_FOUND
        assert len(looks) == number
    assert not passwords.needs_rehash(passwords.DUMMY_HASH)


def test_a_frozen_account_signs_in_but_is_not_bound(rules: Rules) -> None:
    account = account_of(SOMEONE, status=FROZEN)
    assert enter(rules).account.status == "frozen"
    session = wechat_session()
    assert refusal(rules, session=session, bind=True).reason is Reason.ACCOUNT_FROZEN
    assert is_alive(session)
    assert fresh(account).wechat_openid is None


def test_wrong_password_returns_the_remaining_tries(rules: Rules) -> None:
    account_of(SOMEONE)
    left = [refusal(rules, password=WRONG).details for _ in range(3)]
    assert left == [{"attempts_left": 4}, {"attempts_left": 3}, {"attempts_left": 2}]
    enter(rules)
    assert refusal(rules, password=WRONG).details == {"attempts_left": 4}


def test_wrong_password_within_30_days_of_a_reset_mentions_the_reset(rules: Rules) -> None:
    account_of(SOMEONE, password_reset_at=clock.now() - timedelta(days=29))
    assert refusal(rules, password=WRONG).details == {"attempts_left": 4, "was_reset": True}
    Account.update(password_reset_at=clock.now() - timedelta(days=31)).execute()
    assert refusal(rules, password=WRONG).details == {"attempts_left": 3}


def test_account_without_a_password_refuses_every_password(rules: Rules) -> None:
    account_of(SOMEONE, password_hash=None)
    assert refusal(rules).reason is Reason.WRONG_PASSWORD


def test_frozen_account_without_a_password_is_reported_as_frozen(rules: Rules) -> None:
    account_of(SOMEONE, password_hash=None, status=FROZEN)
    assert refusal(rules).reason is Reason.ACCOUNT_FROZEN


def test_locks_grow_and_expire(rules: Rules, time: Time) -> None:
    account_of(SOMEONE)
    for minutes in (1, 5, 30, 120, 120):
        for left in (4, 3, 2, 1):
            assert refusal(rules, password=WRONG).details == {"attempts_left": left}
        last = refusal(rules, password=WRONG)
        assert last.details == {"attempts_left": 0, "retry_after": minutes * 60}
        locked = refusal(rules)
        assert locked.reason is Reason.ACCOUNT_LOCKED
        assert locked.details == {"retry_after": minutes * 60, "needs_code": False}
        time.advance(minutes=minutes, seconds=-1)
        assert refusal(rules).details == {"retry_after": 1, "needs_code": False}
        time.advance(seconds=1)
    enter(rules)


def test_wrong_tries_from_another_address_do_not_lock_the_user(rules: Rules, time: Time) -> None:
    account_of(SOMEONE)
    for _ in range(5):
        refusal(rules, password=WRONG, address="203.0.113.9")
    assert refusal(rules, address="203.0.113.9").reason is Reason.ACCOUNT_LOCKED
    enter(rules)
    # All addresses that one user of IPv6 has are one.
    for host in range(5):
        refusal(rules, password=WRONG, address=f"2001:db8:7:7::{host:x}")
    assert refusal(rules, address="2001:db8:7:7:a::1").reason is Reason.ACCOUNT_LOCKED
    enter(rules)
    enter(rules, address="2001:db8:7:8::1")


def lock_everywhere(rules: Rules) -> None:
    """Count thirty wrong passwords from six addresses without comparing them."""
    account = Account.get(Account.identity_index.matches(SOMEONE.id_number))
    for place in range(6):
        for _ in range(5):
            with suppress(Refused):
                password_attempts.count(
                    rules.services, account, password_attempts.pair_of(f"203.0.113.{place}")
                )


def test_thirty_wrong_tries_over_all_addresses_require_a_code(rules: Rules, time: Time) -> None:
    account_of(SOMEONE)
    lock_everywhere(rules)
    locked = refusal(rules)
    assert locked.reason is Reason.ACCOUNT_LOCKED
    # A caller without WeChat is led to CTID.
    assert locked.details == {"retry_after": 86_400, "needs_code": True, "way": "ctid"}
    session = wechat_session()
    locked = refusal(rules, session=session)
    assert locked.details == {"retry_after": 86_400, "needs_code": True}
    sent_code(SOMEONE.phone, "reset_password")

    assert refusal(rules, sms_code=CODE).reason is Reason.UNAUTHENTICATED
    refused = refusal(rules, session=session, sms_code="000000")
    assert refused.reason is Reason.SMS_CODE_WRONG
    assert refusal(rules, session=session).reason is Reason.ACCOUNT_LOCKED

    # A right code does not make a wrong password right, and is not used up by it.
    refused = refusal(rules, password=WRONG, session=session, sms_code=CODE)
    assert refused.details == {"attempts_left": 4}
    lock_everywhere(rules)
    enter(rules, session=session, sms_code=CODE)
    # The owner is in, so strangers have their thirty again; the code is spent.
    enter(rules)
    lock_everywhere(rules)
    elsewhere = {"session": wechat_session("li"), "address": "203.0.113.99"}
    assert refusal(rules, **elsewhere, sms_code=CODE).reason is Reason.SMS_CODE_USED


def test_phone_proof_clears_the_lock_over_all_addresses(rules: Rules) -> None:
    account_of(SOMEONE)
    lock_everywhere(rules)
    session = wechat_session()
    other = issued_proof("13800139999", session)
    refused = refusal(rules, session=session, phone_proof=other)
    assert (refused.reason, refused.details) == (Reason.PHONE_NOT_ON_RECORD, {})
    proof = issued_proof(SOMEONE.phone, session)
    enter(rules, session=session, phone_proof=proof)


def test_lock_over_all_addresses_expires_after_a_day(rules: Rules, time: Time) -> None:
    account_of(SOMEONE)
    lock_everywhere(rules)
    time.advance(hours=23, minutes=59)
    locked = refusal(rules)
    assert locked.details == {"retry_after": 60, "needs_code": True, "way": "ctid"}
    time.advance(minutes=1)
    enter(rules)


@both_databases
def test_parallel_guesses_get_five_comparisons(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_of(SOMEONE)
    looks: list[int] = []
    verify = passwords.verify

    def counted(kept: str, password: str) -> bool:
        looks.append(1)
        return verify(kept, password)

    monkeypatch.setattr(passwords, "verify", counted)
    many = Rules(rules.with_settings(web_threads=64), rules.sandbox, rules.overrides)
    results = at_once([lambda: enter(many, password=WRONG)] * 50)
    reasons = [r.reason for r in results if isinstance(r, Refused)]
    assert len(looks) == 5
    assert reasons.count(Reason.WRONG_PASSWORD) == 5, results
    assert reasons.count(Reason.ACCOUNT_LOCKED) == 45


def test_unknown_logins_are_limited_for_a_wechat_user(rules: Rules, time: Time) -> None:
    account_of(SOMEONE)
    session = wechat_session()
    for _ in range(25):
        # Known logins use nothing up.
        session = SessionInfo(
            enter(rules, session=session).session.token_hash, session.openid, None
        )
    for n in range(20):
        assert refusal(rules, f"nobody_{n}", session=session).reason is Reason.USER_NOT_FOUND
    refused = refusal(rules, "nobody_20", session=session)
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    assert refused.details == {"retry_after": 60, "scope": "lookups"}
    # Whether a login exists is not told any more either.
    assert refusal(rules, session=session).reason is Reason.TOO_MANY_ATTEMPTS
    time.advance(seconds=60)
    enter(rules, session=session)


def test_unknown_logins_are_limited_for_an_address(rules: Rules, time: Time) -> None:
    for n in range(120):
        assert refusal(rules, f"nobody_{n}").reason is Reason.USER_NOT_FOUND
    assert refusal(rules, "nobody_x").reason is Reason.TOO_MANY_ATTEMPTS
    assert refusal(rules, "nobody_x", address="192.0.2.8").reason is Reason.USER_NOT_FOUND


def test_sign_in_is_unavailable_without_redis(rules: Rules) -> None:
    account_of(SOMEONE)
    services = rules.with_settings(redis_url="unix:///nonexistent/valkey.sock")
    with pytest.raises(StoreUnavailable):
        sign_in.with_password(
            services, Credentials(SOMEONE.id_number, PASSWORD), session=None, address=ADDRESS
        )
    assert Session.select().count() == 0


def test_hash_with_other_parameters_is_renewed(rules: Rules) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    account = account_of(SOMEONE, password_hash=old)
    enter(rules)
    kept = fresh(account).password_hash
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    enter(rules)


@both_databases
@pytest.mark.parametrize("change", [{"password_hash": "x"}, {"status": CANCELLED}])
def test_account_cancelled_during_sign_in_is_refused(
    rules: Rules, monkeypatch: pytest.MonkeyPatch, change: dict[str, str]
) -> None:
    """The account is changed while the old password is compared."""
    account_of(SOMEONE)
    verify = passwords.verify

    def slow(kept: str, password: str) -> bool:
        Account.update(**change).execute()
        return verify(kept, password)

    monkeypatch.setattr(passwords, "verify", slow)
    assert refusal(rules).reason in (Reason.WRONG_PASSWORD, Reason.USER_NOT_FOUND)
    assert Session.select().count() == 0
