"""Wrong entries of a code by several askers."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.phones import sms_codes
from miniprogram_api.reasons import Refused
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
    row_id = sent()
    SmsCode.update(openid=owner.openid).where(SmsCode.id == row_id).execute()

    strangers = [web_session(f"stranger-{number}", "192.0.2.7") for number in range(6)]
    assert [wrong(rules, session=one) for one in strangers] == [4, 3, 2, 1, 0, 0]
    assert wrong(rules, session=web_session("stranger-0", "192.0.2.8")) == 4
    # The browser that requested it has its own tries, also behind the same address.
    assert wrong(rules, session=owner) == 4
    assert SmsCode.get().wrong_tries == 7
    prove(rules, session=owner)


@both_databases
def test_simultaneous_guesses_of_browsers_share_the_tries_of_their_address(rules: Rules) -> None:
    sent()
    browsers = [web_session(f"browser-{number}", "192.0.2.7") for number in range(8)]
    at_once([lambda one=one: prove(rules, "000000", session=one) for one in browsers])
    assert [row.wrong_tries for row in SmsCodeAttempt.select()] == [5]
    # An account has its own tries, the same in every browser.
    assert wrong(rules, session=web_session("browser-1", "192.0.2.7", 7)) == 4
    assert wrong(rules, session=web_session("browser-2", "192.0.2.7", 7)) == 3


def test_code_is_void_after_twenty_five_wrong_entries_of_all(rules: Rules) -> None:
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
    assert [row.asker for row in SmsCodeAttempt.select()] == ["o-zhang"]
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
