"""Messages that say little are answered by what stands open in the record."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from faq.conversation.answering import Answer
from miniprogram_api import clock
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.sms.gateway import SmsOutcome
from miniprogram_api.operations import client_reports
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import password_resets
from models.accounts.accounts import Account
from models.accounts.sms_codes import SmsCode
from tests.support.faq.bot import Bot
from tests.support.faq.diagnosis import asker_of, noted
from tests.support.people.accounts import ADDRESS, Time, account_of, account_session
from tests.support.people.persons import make_phone, person
from tests.support.people.registration_calls import register
from tests.support.people.registrations import (
    PASSWORD,
    form,
    issued_proof,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.people.sms_codes import activation, refusal, with_gateway
from tests.support.service.rules import Rules

VAGUE = ("又不行", "卡住了")
SOMEONE = person(number=4731)
ONE_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(clock.now().replace(hour=10, minute=42, second=0, microsecond=0)).running() as time:
        yield time


def heard(bot: Bot, session: SessionInfo, text: str = "又不行") -> Answer:
    return bot.ask(text, asker=asker_of(session))


def said(answer: Answer) -> str:
    """Return everything that the answer says, what the record says first."""
    return answer.as_text()


def submit(rules: Rules, session: SessionInfo, **changes: Any) -> Refused:
    sent_code(SOMEONE.phone)
    given = form(SOMEONE, **changes)
    return noted(session, lambda: register(rules, given, session))


@pytest.mark.parametrize("text", VAGUE)
def test_warning_about_the_dates_is_pending(rules: Rules, bot: Bot, time: Time, text: str) -> None:
    session = wechat_session()
    until = (SOMEONE.valid_until or date.max) + ONE_DAY
    no = submit(rules, session, valid_until=until.isoformat())
    assert no.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    # A limit that has passed since does not hide it.
    time.advance(minutes=1)
    full = Refused(Reason.SMS_RATE_LIMITED, window="minute", retry_after=20)
    refusals.note(session, full, SOMEONE.phone)
    time.advance(minutes=2)
    answer = heard(bot, session, text)
    assert answer.slug == "verify_data_missing"
    assert "结束日期像是差了一天" in said(answer)
    assert answer.answer.startswith("请先对照证件看一看标出的地方")


def test_doubtful_dates_of_the_account_are_pending(bot: Bot) -> None:
    until = (SOMEONE.valid_until or date.max) + ONE_DAY
    answer = heard(bot, account_session(account_of(SOMEONE, valid_until=until)))
    assert answer.slug == "two_ids_old_dates"
    assert "结束日期像是差了一天" in said(answer)
    assert answer.actions[0]["page"] == "pages/account/identity-dates"


@pytest.mark.parametrize("text", [*VAGUE, "15位的不行吗"])
def test_old_number_is_pending(rules: Rules, bot: Bot, text: str) -> None:
    session = wechat_session()
    no = submit(rules, session, id_number="110101900307992")
    assert no.reason is Reason.INVALID_INPUT
    answer = heard(bot, session, text)
    assert answer.slug == "verify_data_missing"
    assert "请填现在证件上的18位号码" in said(answer)


def test_network_failure_of_the_phone_is_pending(rules: Rules, bot: Bot, time: Time) -> None:
    session = wechat_session()
    activation(synced_account(SOMEONE).id, session)
    assert heard(bot, session).slug == "activation_flow"
    time.advance(minutes=1)
    client_reports.add(rules.services, session, "network", "activation.phone", "")
    answer = heard(bot, session)
    assert answer.slug == "activation_network_error"
    assert answer.answer.startswith("请换个网络再激活：10:43")


@pytest.mark.parametrize(
    ("is_activating", "slug"), [(False, "sms_not_received"), (True, "activation_network_error")]
)
def test_gateway_that_fails_for_others_is_pending(
    rules: Rules, bot: Bot, time: Time, is_activating: bool, slug: str
) -> None:
    down = with_gateway(rules.services, lambda: SmsOutcome.FAILED)
    for number in (1, 2):
        refusal(down, make_phone(number), session=wechat_session("li"))
        time.advance(minutes=1)
    session = wechat_session()
    if is_activating:
        activation(synced_account(SOMEONE).id, session)
        client_reports.add(rules.services, session, "network", "activation.phone", "")
    else:
        # A stranger who complains about something is not told of it.
        assert heard(bot, session).slug is None
        noted(session, lambda: refusal_of(down, session), SOMEONE.phone)
    answer = heard(bot, session)
    assert answer.slug == slug
    assert "从10:42起" in answer.answer
    assert "不是您的手机或网络的问题" in answer.answer
    # By its name every asker is told it.
    assert "从10:42起" in said(bot.ask("收不到验证码"))


def refusal_of(services: Any, session: SessionInfo) -> None:
    sms_codes.request(
        services,
        session=session,
        phone_text=SOMEONE.phone,
        purpose="register",
        activation_token=None,
    )


def test_ended_authorisation_is_pending(bot: Bot) -> None:
    ended = clock.today() - ONE_DAY
    account = account_of(SOMEONE, level=4, authorization_enabled=True, authorization_until=ended)
    session = account_session(account)
    for text in (*VAGUE, "然后呢"):
        answer = heard(bot, session, text)
        assert answer.slug == "authorization_expired"
        assert f"已于{ended.month}月{ended.day}日到期" in answer.answer
        assert "账号管理" in answer.answer
        assert answer.actions[0]["page"] == "pages/account/authorization"


@pytest.mark.parametrize("is_signed_in", [False, True])
@pytest.mark.parametrize("by_wechat", [False, True])
def test_reset_of_the_password_is_pending(
    rules: Rules, bot: Bot, time: Time, is_signed_in: bool, by_wechat: bool
) -> None:
    session = wechat_session()
    account = account_of(SOMEONE, password_changed_at=clock.now() - ONE_DAY)
    begun = password_resets.begin(
        rules.services,
        SOMEONE.id_number,
        SOMEONE.phone,
        session=session,
        address=ADDRESS,
        proof=PhoneProof(
            None if by_wechat else sent_code(SOMEONE.phone, "reset_password"),
            issued_proof(SOMEONE.phone, session) if by_wechat else None,
        ),
    )
    password_resets.finish(rules.services, begun.token, PASSWORD + "9", session=session)
    # The code is found by the WeChat user that requested it.
    if not is_signed_in and not by_wechat:
        SmsCode.update(openid=session.openid).execute()
    time.advance(minutes=4)
    asker = account_session(account) if is_signed_in else session
    answer = heard(bot, asker)
    assert answer.slug == "password_still_wrong"
    assert answer.answer.startswith("现在用重置时设置的新密码登录就行；密码是10:42重置的")
    time.advance(hours=1)
    assert heard(bot, asker).slug is None


@pytest.mark.parametrize("text", [*VAGUE, "密码对的怎么还是登不上"])
def test_lock_advises_no_careful_typing(rules: Rules, bot: Bot, time: Time, text: str) -> None:
    session, account = wechat_session(), account_of(SOMEONE)
    locked = Refused(Reason.ACCOUNT_LOCKED, account_id=account.id, retry_after=300)
    refusals.note(session, locked, None)
    answer = heard(bot, session, text)
    assert answer.slug == "password_still_wrong"
    assert "10:47后可再登录" in answer.answer
    assert "大小写" not in said(answer)
    time.advance(minutes=4)
    assert "60秒后可再登录" in heard(bot, session, text).answer


def test_limit_of_another_person_is_told_with_an_account(bot: Bot) -> None:
    session = account_session(account_of(SOMEONE))
    refusals.note(session, Refused(Reason.TOO_MANY_ATTEMPTS, scope="person", retry_after=600), None)
    answer = heard(bot, session)
    assert answer.slug == "many_failures_manual"
    assert "有他人用这个身份多次核验未通过" in said(answer)


@pytest.mark.parametrize("text", ["然后呢", "接下来做什么"])
@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "下一步是刷脸核验身份"),
        ({"level": 4}, "就差最后一步：到“账号管理”"),
        (
            {"level": 4, "authorization_enabled": True},
            "都办好了，12月1日以前（当天也算）不用再做什么",
        ),
        ({"level": 4, "status": "frozen"}, "请带身份证原件到窗口处理"),
    ],
)
def test_next_step_is_told_until_nothing_is_left(
    bot: Bot, text: str, columns: dict[str, Any], told: str
) -> None:
    until = date(clock.today().year, 12, 1)
    account = account_of(SOMEONE, **columns)
    Account.update(authorization_until=until).where(Account.authorization_enabled).execute()
    with Time(clock.now().replace(month=11, day=25)).running():
        answer = heard(bot, account_session(account), text)
    assert told in answer.answer


def test_unclear_first_message_is_answered_by_what_stands_open(bot: Bot) -> None:
    text = "上礼拜还能办 今天又说不行"
    ended = clock.today() - ONE_DAY
    account = account_of(SOMEONE, level=4, authorization_enabled=True, authorization_until=ended)
    assert heard(bot, account_session(account), text).slug == "authorization_expired"
