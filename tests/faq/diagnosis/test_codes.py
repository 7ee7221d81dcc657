"""The probe of SMS codes agrees with the API and consumes nothing."""

import dataclasses
import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faq.content.entries import Content
from faq.diagnosis.refusal_buttons import SEND_AGAIN
from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult
from miniprogram_api.operations import outages
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones import sms_code_states, sms_codes
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.accounts.sms_codes import SmsCode
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people.accounts import Time, account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account, wechat_session
from tests.support.people.sms_codes import NOON, PHONE, activation, ask, with_gateway
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SMS = "sms_not_received"
MASKED = "138****8011"


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def bot(rules: Rules, shipped: Content, session: SessionInfo | None) -> Bot:
    return Bot(rules.services, shipped, session)


@both_databases
def test_no_request_gives_no_finding(rules: Rules, shipped: Content, time: Time) -> None:
    found = bot(rules, shipped, wechat_session()).look(SMS)
    assert (found.findings, found.decided, found.actions) == ((), None, ())


@both_databases
def test_code_in_delivery_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    ask(rules.services, session=session)
    time.advance(seconds=20)
    found = bot(rules, shipped, session).look(SMS, vague=True)
    assert found.decided is shipped.by_case[1]
    [finding] = found.findings
    assert (finding.code, finding.severity) == ("sms_code_unused", "info")
    assert finding.message == (
        f"40秒后可发下一条，本小时还能发 2 条；12:00 发往 {MASKED} 的验证码还没用"
    )
    assert finding.data == {
        "phone": MASKED,
        "sent_at": "2026-11-24T12:00:00+08:00",
        "next_at": "2026-11-24T12:01:00+08:00",
        "remaining": {"hour": 2, "day": 4},
    }
    [again] = found.actions
    assert again == {"type": "retry", "label": "12:01重新获取验证码", "retry": "sms_code"}
    time.advance(minutes=2)
    [finding] = bot(rules, shipped, session).look(SMS).findings
    assert finding.message == (
        f"现在可以再发，本小时还能发 2 条；12:00 发往 {MASKED} 的验证码还没用"
    )
    time.advance(minutes=8)
    found = bot(rules, shipped, session).look(SMS, vague=True)
    assert (found.findings[0].code, found.decided) == ("sms_code_void", shipped.by_case[1])
    assert "没有用过，已过期" in found.findings[0].message


@both_databases
def test_minute_limit_blocks_only_after_a_refusal(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    ask(rules.services, session=session)
    time.advance(seconds=5)
    no = noted(session, lambda: ask(rules.services, session=session), PHONE)
    found = bot(rules, shipped, session).look(SMS, vague=True)
    assert found.decided is shipped.by_case[5]
    [finding] = found.findings
    assert (finding.code, finding.severity) == ("sms_rate_limited", "block")
    assert finding.data["retry_after"] == no.details["retry_after"] == 55
    assert "55秒后可发下一条" in finding.message
    # The refusal is over: what is left is the code that he has not used.
    time.advance(seconds=55)
    assert bot(rules, shipped, session).case(SMS) == 1


@both_databases
def test_full_hour_and_day_limits_block(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    for _ in range(3):
        ask(services, session=session)
        time.advance(minutes=2)
    found = bot(rules, shipped, session).look(SMS, vague=True)
    assert found.decided is shipped.by_case[5]
    assert "一小时内已发满3条，13:00后可发下一条" in found.findings[0].message
    # Two that were never entered: the way to people stands beside the time.
    time.advance(minutes=60)
    for _ in range(2):
        ask(services, session=session)
        time.advance(minutes=2)
    found = bot(rules, shipped, session).look(SMS, vague=True)
    assert found.decided is shipped.by_case[5]
    assert "24小时内已发满5条，11月25日12:00后可发下一条" in found.findings[0].message
    assert found.actions[0]["label"] == "11月25日12:00重新获取验证码"


def test_second_unused_code_offers_a_ticket(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    for _ in range(2):
        ask(rules.services, session=session)
        time.advance(minutes=2)
    tickets = [a for a in bot(rules, shipped, session).look(SMS).actions if a["type"] == "ticket"]
    assert [action["ticket"] for action in tickets] == ["phone_verification"]


@pytest.mark.parametrize(
    ("changes", "code", "words", "case"),
    [
        ({"used_at": NOON}, "sms_code_arrived", "已经用过", None),
        (
            {"confirmed_by": b"t" * 32, "confirmed_until": NOON + timedelta(minutes=30)},
            "sms_code_arrived",
            "已经填对过",
            None,
        ),
        ({"state": "refused"}, "sms_unavailable", "没有发出去", 1),
        ({"state": "refused", "purpose": "activate"}, "sms_unavailable", "没有发出去", 11),
        ({"state": "uncertain"}, "sms_unavailable", "可能会晚到", 1),
    ],
)
def test_outcome_of_the_code_is_reported(
    rules: Rules,
    shipped: Content,
    time: Time,
    changes: dict[str, Any],
    code: str,
    words: str,
    case: int | None,
) -> None:
    session = wechat_session()
    ask(rules.services, session=session)
    time.advance(minutes=2)
    SmsCode.update(**changes).execute()
    found = bot(rules, shipped, session).look(SMS, vague=True)
    assert found.findings[0].code == code
    assert words in found.findings[0].message
    assert (found.decided and found.decided.case) == case


def test_failed_gateway_during_activation_gives_the_report_id(
    rules: Rules, shipped: Content, time: Time
) -> None:
    someone = person()
    session = wechat_session()
    token = activation(synced_account(someone).id, session)
    services = with_gateway(rules.services, lambda: SmsOutcome.FAILED)

    def request() -> None:
        ask(
            services,
            someone.phone,
            session=session,
            purpose="activate",
            token=token,
            report_number="1a2b3c4d",
        )

    no = noted(session, request, someone.phone)
    assert (no.reason, no.case) == (Reason.SMS_UNAVAILABLE, 11)
    found = bot(rules, shipped, session).look(SMS, vague=True)
    assert found.decided is shipped.by_case[11]
    assert "报编号 1a2b3c4d" in found.findings[0].message


def test_limits_filled_by_another_user_are_reported(
    rules: Rules, shipped: Content, time: Time
) -> None:
    """The user's only request was refused, so no code of the user is stored."""
    ask(rules.services, session=wechat_session("li"))
    session = wechat_session()
    noted(session, lambda: ask(rules.services, session=session), PHONE)
    [finding] = bot(rules, shipped, session).look(SMS).findings
    assert finding.message == f"60秒后可发下一条，本小时还能发 2 条（{MASKED}）"
    assert bot(rules, shipped, session).case(SMS) == 5


@both_databases
def test_code_of_another_user_is_void_after_entries_of_others(
    rules: Rules, shipped: Content, time: Time
) -> None:
    account: Account = account_of(person())
    session = account_session(account)
    ask(rules.services, account.phone, session=wechat_session("li"))
    time.advance(minutes=2)
    SmsCode.update(wrong_tries=25).execute()
    found = bot(rules, shipped, session).look(SMS, vague=True)
    assert found.findings[0].code == "sms_code_void"
    assert "被他人输错太多次，已作废" in found.findings[0].message
    assert found.decided is not None
    assert found.decided.case == 1
    # For the user who requested it, it is not.
    assert bot(rules, shipped, wechat_session("li")).codes(SMS) == ["sms_code_unused"]


def test_account_without_a_wechat_user_sees_codes_of_its_phone(
    rules: Rules, shipped: Content, time: Time
) -> None:
    someone = person(phone=PHONE)
    account: Account = account_of(someone)
    ask(rules.services, session=wechat_session("li"))
    session = account_session(account, None)
    assert bot(rules, shipped, session).codes(SMS) == ["sms_code_unused"]
    assert bot(rules, shipped, account_session(account)).codes(SMS) == ["sms_code_unused"]
    # Another WeChat user knows nothing of it.
    assert bot(rules, shipped, wechat_session("wang")).codes(SMS) == []


def test_other_findings_are_reported_without_redis(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    ask(rules.services, session=session)
    noted(session, lambda: ask(rules.services, session=session), PHONE)
    away = rules.with_settings(redis_url="unix:///nowhere/at-all.sock")
    found = Bot(away, shipped, session).look(SMS, vague=True)
    assert [finding.message for finding in found.findings] == [
        f"12:00 发往 {MASKED} 的验证码还没用"
    ]
    assert found.decided is shipped.by_case[1]


def test_no_resend_time_while_sms_is_switched_off(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    ask(rules.services, session=session)
    time.advance(minutes=2)
    outages.switch_off("sms", "短信通道维护中，预计下午恢复。", None, actor="test")
    for slug in (SMS, "sms_rate_limit"):
        found = bot(rules, shipped, session).look(slug)
        assert sorted(finding.message for finding in found.findings) == [
            f"12:00 发往 {MASKED} 的验证码还没用",
            "短信通道维护中，预计下午恢复。",
        ]
        assert SEND_AGAIN in found.hidden
        assert [action["type"] for action in found.actions] == ["page"]
    outages.switch_on("sms", actor="test")
    assert "现在可以再发" in bot(rules, shipped, session).message(SMS)


@pytest.mark.parametrize("is_his", [True, False])
def test_no_resend_time_for_a_range_listed_since(
    rules: Rules, shipped: Content, time: Time, is_his: bool
) -> None:
    session = wechat_session()
    ask(rules.services, session=session if is_his else wechat_session("li"))
    if not is_his:
        noted(session, lambda: ask(rules.services, session=session), PHONE)
    time.advance(minutes=2)
    number_ranges.set_range("1380", None, actor="test")
    found = bot(rules, shipped, session).look(SMS, vague=True)
    assert found.decided is shipped.by_case[2]
    [finding] = found.findings
    no = noted(session, lambda: ask(rules.services, session=session), PHONE)
    assert finding.code == no.reason.name.lower()
    assert "1380号段暂不支持" in finding.message
    assert "现在可以再发" not in finding.message
    assert SEND_AGAIN in found.hidden
    assert [action["page"] for action in found.actions] == ["pages/register/index"]


def test_too_many_phones_are_reported(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    for number in range(10):
        ask(services, f"139000000{number + 11}", session=session)
    no = noted(session, lambda: ask(services, session=session), PHONE)
    assert no.reason is Reason.TOO_MANY_ATTEMPTS
    own = bot(rules, shipped, session)
    assert own.codes(SMS) == ["sms_code_unused", "too_many_attempts"]
    assert "12:00 您一小时内换用的手机号太多，13:00后可再获取" in str(own.look(SMS).findings)
    time.advance(hours=1)
    assert own.codes(SMS) == ["sms_code_void"]


# Nothing consumed, nothing contradicted -----------------------------------------------------------

PHONES = itertools.count(13900000011, 20)
START = datetime(2026, 11, 23, 23, 30, tzinfo=clock.SHANGHAI)
steps = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from([0, 1, 59_999, 60_000, 60_001, 3_480_000, 3_599_999, 82_740_000]),
            st.integers(0, 20_000_000),
        ),
        st.sampled_from([*[SmsOutcome.ACCEPTED] * 4, SmsOutcome.FAILED, SmsOutcome.UNCERTAIN]),
    ),
    min_size=1,
    max_size=25,
)


class Gateway:
    outcome = SmsOutcome.ACCEPTED

    def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
        return SmsResult(self.outcome)


def entries_of(services: Services, phone: str) -> Any:
    key = sms_codes.limit_of(phone).key
    return services.clients.store._server.call(  # type: ignore[attr-defined]
        lambda client: (client.zrange(key, 0, -1, withscores=True), client.pttl(key) > 0)
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
def test_bot_agrees_with_the_api(
    rules: Rules, shipped: Content, steps: list[tuple[int, SmsOutcome]]
) -> None:
    phone, gateway = str(next(PHONES)), Gateway()
    session = SessionInfo(b"t" * 32, f"o-{phone}", None)
    services = Services(
        rules.services.settings,
        dataclasses.replace(rules.services.clients, sms=gateway),  # type: ignore[arg-type]
    )
    own, now = Bot(services, shipped, session), 0
    with clock.replaced(lambda: START + timedelta(milliseconds=now)):
        for gap, gateway.outcome in steps:
            now += gap
            before = entries_of(services, phone)
            [windows] = services.clients.store.inquire([sms_code_states.windows(phone)])
            said = own.look(SMS, vague=True)
            assert entries_of(services, phone) == before
            try:
                answer = ask(services, phone, session=session)
            except Refused as no:
                answer = no
            limited = isinstance(answer, Refused) and answer.reason is Reason.SMS_RATE_LIMITED
            assert (windows.refusal is not None) == limited
            shown = [f for f in said.findings if "next_at" in f.data]
            for finding in shown:
                assert finding.data["remaining"] == {
                    name: windows.remaining[name] for name in ("hour", "day")
                }
                assert ("后可发下一条" in finding.message) == limited
            if isinstance(answer, Refused) and limited:
                assert windows.refusal.details == answer.details
                assert (windows.next_at - clock.now()).seconds == answer.details["retry_after"]
                if answer.details["window"] != "minute":
                    assert said.decided is shipped.by_case[5]
