"""Wrong entries of a code by several askers."""

from datetime import timedelta

import pytest

from miniprogram_api import audit, clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.phones import sms_codes
from miniprogram_api.reasons import Reason, Refused
from models.accounts.sms_codes import SmsCode, SmsCodeAttempt
from tests.support.people.registrations import web_session, wechat_session
from tests.support.people.sms_code_entries import CODE, prove, refusal, sent, wrong
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def test_wrong_entries_of_a_stranger_leave_the_code_usable(rules: Rules) -> None:
    session, stranger = wechat_session(), wechat_session("li")
    sent()

    assert [wrong(rules, session=stranger) for _ in range(6)] == [4, 3, 2, 1, 0, 0]
    # A new token is the same user, as is an account of that user.
    assert wrong(rules, CODE, session=wechat_session("li")) == 0
    assert wrong(rules, CODE, session=SessionInfo(b"t" * 32, "o-li", 7)) == 0
    assert wrong(rules, session=session) == 4
    prove(rules, session=session)


def test_account_without_a_wechat_user_has_its_own_tries(rules: Rules) -> None:
    sent()
    for _ in range(5):
        wrong(rules, session=SessionInfo(b"a" * 32, None, 7))

    assert wrong(rules, CODE, session=SessionInfo(b"b" * 32, None, 7)) == 0
    prove(rules, session=SessionInfo(b"c" * 32, None, 8))


def test_browsers_of_an_address_share_the_tries_of_a_code(rules: Rules) -> None:
    owner = web_session("owner", "192.0.2.7")
    sent(requested_by=owner)

    strangers = [web_session(f"stranger-{number}", "192.0.2.7") for number in range(6)]
    assert [wrong(rules, session=one) for one in strangers] == [4, 3, 2, 1, 0, 0]
    assert wrong(rules, session=web_session("stranger-0", "192.0.2.8")) == 4
    # The browser that requested it has its own tries, also behind the same address.
    assert wrong(rules, session=owner) == 4
    prove(rules, session=owner)


@both_databases
@pytest.mark.parametrize(
    "owner",
    [
        SessionInfo(b"a" * 32, "o-owner", None),
        SessionInfo(b"a" * 32, "o-owner", 7),
        SessionInfo(b"a" * 32, None, 7),
        web_session("owner", "192.0.2.7"),
        web_session("owner", "192.0.2.7", 7),
    ],
    ids=["WeChat user", "WeChat user with account", "account", "browser", "browser with account"],
)
def test_strangers_cannot_void_a_code_for_its_asker(rules: Rules, owner: SessionInfo) -> None:
    sent(requested_by=owner)
    for number in range(6):
        for _ in range(5):
            wrong(rules, session=wechat_session(f"stranger-{number}"))
    # Strangers without a WeChat user are no askers of this code either.
    assert wrong(rules, session=SessionInfo(b"s" * 32, None, 8)) == 0

    assert [wrong(rules, session=owner) for _ in range(4)] == [4, 3, 2, 1]
    prove(rules, session=owner)


@pytest.mark.parametrize(
    "sessions",
    [
        (("o-owner", None), ("o-owner", 7)),
        ((None, 7), (None, 7)),
        (("web:owner", None), ("web:owner", 7)),
    ],
    ids=["WeChat user", "account", "browser"],
)
def test_new_session_gives_the_asker_no_new_tries(
    rules: Rules, sessions: tuple[tuple[str | None, int | None], ...]
) -> None:
    first, second = (
        SessionInfo(bytes([number]) * 32, *session, address="192.0.2.7")
        for number, session in enumerate(sessions)
    )
    sent(requested_by=first)
    assert [wrong(rules, session=first) for _ in range(3)] == [4, 3, 2]
    assert [wrong(rules, session=second) for _ in range(2)] == [1, 0]
    refused = refusal(rules, session=second)
    # The asker's own doing, not that of others.
    assert (refused.reason, refused.details) == (Reason.SMS_CODE_WRONG, {"tries_left": 0})


def test_tries_of_the_asker_are_not_among_those_of_others(rules: Rules) -> None:
    owner = wechat_session()
    sent(requested_by=owner)
    for _ in range(5):
        wrong(rules, session=owner)
    for name in "abcd":
        for _ in range(5):
            wrong(rules, session=wechat_session(name))
    assert [wrong(rules, session=wechat_session("e")) for _ in range(4)] == [4, 3, 2, 1]
    prove(rules, session=wechat_session("e"))


@both_databases
def test_simultaneous_guesses_of_browsers_share_the_tries_of_their_address(rules: Rules) -> None:
    sent()
    browsers = [web_session(f"browser-{number}", "192.0.2.7") for number in range(8)]
    at_once([lambda one=one: prove(rules, "000000", session=one) for one in browsers])
    assert [row.wrong_tries for row in SmsCodeAttempt.select()] == [5]
    # An account has its own tries, the same in every browser.
    assert wrong(rules, session=web_session("browser-1", "192.0.2.7", 7)) == 4
    assert wrong(rules, session=web_session("browser-2", "192.0.2.7", 7)) == 3


def test_code_is_void_for_others_after_twenty_five_wrong_entries(rules: Rules) -> None:
    sent()
    for name in "abcd":
        assert [wrong(rules, session=wechat_session(name)) for _ in range(5)] == [4, 3, 2, 1, 0]
    last = wechat_session("e")
    assert [wrong(rules, session=last) for _ in range(4)] == [4, 3, 2, 1]
    owner = wechat_session()

    refused = refusal(rules, "000000", session=owner)
    assert refused.details == {"tries_left": 0, "cause": "others"}
    assert refusal(rules, session=owner).details == {"tries_left": 0, "cause": "others"}
    assert refusal(rules, session=wechat_session("a")).details == {"tries_left": 0}
    assert SmsCode.get().wrong_tries == 25
    sent("222222")
    prove(rules, "222222", session=owner)


@both_databases
def test_entries_are_deleted_with_their_code(rules: Rules) -> None:
    sent()
    wrong(rules, session=wechat_session())
    assert [row.asker for row in SmsCodeAttempt.select()] == [audit.by_wechat("o-zhang")]
    SmsCode.update(created_at=clock.now() - timedelta(days=8)).execute()
    assert sms_codes.remove_old() == 1
    assert SmsCodeAttempt.select().count() == 0


@both_databases
def test_simultaneous_guesses_of_many_users_share_twenty_five_tries(rules: Rules) -> None:
    sent()
    users = [wechat_session(f"user-{number}") for number in range(8)]
    guesses = [lambda user=user: prove(rules, "000000", session=user) for user in users]

    results = [result for _ in range(5) for result in at_once(guesses)]

    left = [r.details["tries_left"] for r in results if isinstance(r, Refused)]
    assert len(left) == 40
    assert SmsCode.get().wrong_tries == 25
    assert refusal(rules, session=wechat_session()).details["cause"] == "others"
