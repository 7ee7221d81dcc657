"""Diagnosis of wrong and expired codes."""

from collections.abc import Iterator

import pytest

from faq.content.entries import Content
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from models.accounts.sms_codes import SmsCode
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people.accounts import Time
from tests.support.people.registrations import wechat_session
from tests.support.people.sms_codes import NOON, PHONE, ask
from tests.support.service.rules import Rules

SMS, REJECTED = "sms_not_received", "code_rejected"


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def prove(rules: Rules, session: SessionInfo, code: str) -> Refused:
    return noted(
        session,
        lambda: sms_codes.prove(
            session=session,
            phone=PHONE,
            purpose="register",
            proof=PhoneProof(code),
        ),
        PHONE,
    )


def test_wrong_code_is_reported_with_the_remaining_tries(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    ask(rules.services, session=session)
    time.advance(minutes=2)
    SmsCode.update(code_hash=b"of another code").execute()
    own = Bot(rules.services, shipped, session)

    no = prove(rules, session, "123456")
    for asked in (
        own.look(SMS, REJECTED, question="提示验证码错误", confidence=0.6),
        own.look("registration_guide", question="注册不了"),
        own.look("change_phone", REJECTED, question="验证码不对", confidence=0.6),
    ):
        assert asked.decided is shipped.by_slug[REJECTED]
        assert asked.findings[0].code == "sms_code_wrong"
        assert asked.findings[0].data["tries_left"] == no.details["tries_left"] == 4
        assert "输错过1次，还可试4次" in asked.findings[0].message
        assert asked.instead.answer == "验证码输错了，请照最新一条短信重新填写。"
    # A question about another code keeps its entry, with the finding.
    for slug, question in ((SMS, "收不到验证码"), ("sms_rate_limit", "一天能发几条")):
        found = own.look(slug, question=question)
        assert (found.decided, found.instead) == (None, None)
        assert found.findings[0].code == "sms_code_wrong"
    assert own.look("registration_guide", question="怎么注册").instead is None
    for _ in range(4):
        no = prove(rules, session, "123456")
    found = own.look("registration_guide", question="注册不了")
    assert found.findings[0].data["tries_left"] == no.details["tries_left"] == 0
    assert "已输错5次作废" in found.findings[0].message
    assert found.instead.answer == "这条验证码输错5次，已经作废，请重新获取一条。"
    # The next code is another one.
    ask(rules.services, session=session)
    assert own.codes(SMS, question="验证码错误") == ["sms_code_unused"]


def test_wrong_code_after_a_refused_request_can_be_retyped(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    ask(rules.services, session=session)
    SmsCode.update(code_hash=b"of another code").execute()
    own = Bot(rules.services, shipped, session)
    time.advance(seconds=10)
    limited = noted(session, lambda: ask(rules.services, session=session), PHONE)
    assert limited.reason is Reason.SMS_RATE_LIMITED
    assert own.case(SMS) == 5
    time.advance(seconds=10)
    assert prove(rules, session, "123456").details["tries_left"] == 4
    found = own.look(SMS, REJECTED, vague=True, confidence=0.6)
    assert found.decided is shipped.by_slug[REJECTED]
    assert found.findings[0].code == "sms_code_wrong"
    assert found.instead.answer == "验证码输错了，请照最新一条短信重新填写。"
    # With no try left he does need another one.
    for _ in range(4):
        prove(rules, session, "123456")
    assert own.case(SMS) == 5


def test_expired_code_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    ask(rules.services, session=session)
    code = rules.sandbox.last_code(PHONE)
    own = Bot(rules.services, shipped, session)
    time.advance(minutes=11)
    # Who does not type it is not told that it was refused.
    assert own.codes(SMS) == ["sms_code_void"]
    no = prove(rules, session, code)
    assert no.reason is Reason.SMS_CODE_EXPIRED
    found = own.look(REJECTED, question="验证码失效了怎么填")
    assert (found.findings[0].code, found.findings[0].severity) == ("sms_code_expired", "warn")
    assert found.instead.answer == "这条验证码不能再用了，请重新获取一条。"
    time.advance(minutes=1)
    ask(rules.services, session=session)
    time.advance(seconds=1)
    assert own.codes(SMS) == ["sms_code_unused"]


def test_phone_without_a_code_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    own = Bot(rules.services, shipped, session)
    assert prove(rules, session, "123456").details["cause"] == "no_code"
    found = own.look(REJECTED, question="验证码不对")
    assert (
        found.findings[0].message == "这个手机号现在没有可用的验证码，请先获取一条。（12:00的提示）"
    )
    assert found.instead.answer == "这个手机号现在没有可用的验证码，请先获取一条。"
    time.advance(minutes=1)
    ask(rules.services, session=session)
    time.advance(seconds=1)
    assert own.codes(SMS) == ["sms_code_unused"]
