"""The probe of number ranges uses the API's list."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from faq.content.entries import Content
from faq.diagnosis.findings import Diagnosis
from faq.diagnosis.range_claims import agrees_with_ranges
from faq.diagnosis.refusal_buttons import CHANGE_PHONE, CORRECT_PHONE, OTHER_NUMBER, SEND_AGAIN
from faq.matching.matcher import Matcher
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.enrolment import registration
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.reasons import Reason
from models.accounts.accounts import Account
from models.accounts.sms_codes import SmsCode
from tests.support.faq.diagnosis import Bot, noted, with_entry
from tests.support.people.accounts import ADDRESS, Time, account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registrations import form, sent_code, synced_account, wechat_session
from tests.support.people.sms_codes import NOON, activation, ask
from tests.support.service.rules import Rules

PHONE, MASKED = "19912345678", "199****5678"
SMS, RANGE = "sms_not_received", "segment_199"

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


@both_databases
def test_refused_phone_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    no = noted(session, lambda: ask(rules.services, PHONE, session=session), PHONE)
    assert no.reason is Reason.PHONE_SEGMENT_UNSUPPORTED
    time.advance(minutes=5)
    found = bot.look(SMS, vague=True)
    assert found.decided is shipped.by_case[2]
    [finding] = found.findings
    assert (finding.code, finding.severity) == ("phone_segment_unsupported", "block")
    assert finding.message == (
        f"199号段暂不支持，开通时间确定后会公布；现在办理请换一个手机号。（12:00您用的 {MASKED}）"
    )
    assert finding.data == {"segment": "199", "supported_from": None, "phone": MASKED}
    assert found.actions[0]["page"] == "pages/register/index"

    # The day is the list's of this moment, not the one that he was told.
    number_ranges.set_range("199", date(2026, 12, 1), actor="test")
    assert "预计12月1日起可用" in bot.message(SMS, vague=True)

    number_ranges.set_range("199", date(2026, 11, 24), actor="test")
    found = bot.look(RANGE)
    assert found.findings[0].code == "number_range_supported"
    assert found.findings[0].message == (
        f"请重新获取验证码，{MASKED} 的号段已经开通，现在可以用了。"
    )
    assert bot.case(SMS) is None
    # And so it is.
    ask(rules.services, PHONE, session=session)


@both_databases
def test_opened_part_of_a_range_is_supported(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    noted(session, lambda: ask(rules.services, PHONE, session=session), PHONE)
    number_ranges.set_range("1991", date(2026, 11, 1), actor="test")
    assert Bot(rules.services, shipped, session).codes(RANGE) == ["number_range_supported"]


def test_later_phone_outweighs_the_refused_one(rules: Rules, shipped: Content, time: Time) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    noted(session, lambda: ask(rules.services, PHONE, session=session), PHONE)
    time.advance(seconds=5)
    ask(rules.services, session=session)
    assert bot.case(SMS) == 1
    assert bot.codes(SMS, vague=True) == ["sms_code_unused"]
    time.advance(seconds=5)
    noted(session, lambda: ask(rules.services, PHONE, session=session), PHONE)
    assert bot.case(SMS) == 2


@pytest.mark.parametrize("is_used", [False, True])
def test_used_code_to_another_phone_outweighs_the_refusal(
    rules: Rules, shipped: Content, time: Time, is_used: bool
) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    noted(session, lambda: ask(rules.services, PHONE, session=session), PHONE)
    time.advance(seconds=5)
    ask(rules.services, session=session)
    if is_used:
        SmsCode.update(used_at=NOON).execute()
        time.advance(hours=2)
    assert bot.case(SMS) == (None if is_used else 1)
    assert "phone_segment_unsupported" not in bot.codes(RANGE)
    # Who asks about that phone all the same hears of it.
    assert bot.message(RANGE, question=f"{PHONE}能用吗").endswith(f"（12:00您用的 {MASKED}）")


@pytest.mark.parametrize(
    ("slug", "question"),
    [
        (SMS, "138的号收不到验证码"),
        (SMS, "用我老婆的13811112222收不到验证码"),
        ("registration_guide", "我换了138的号，怎么注册"),
        (RANGE, "不是199，是138的"),
    ],
)
def test_named_phone_outweighs_the_refused_one(
    rules: Rules, shipped: Content, slug: str, question: str
) -> None:
    session = wechat_session()
    noted(session, lambda: ask(rules.services, PHONE, session=session), PHONE)
    found = Bot(rules.services, shipped, session).look(slug, vague=True, question=question)
    assert found.decided is None
    assert not any(finding.code == "phone_segment_unsupported" for finding in found.findings)
    assert (found.instead is not None) == (slug == RANGE)


@both_databases
def test_registration_with_another_phone_ends_the_finding(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    someone = person(number=3)
    noted(session, lambda: ask(rules.services, PHONE, session=session), PHONE)
    sent_code(someone.phone)
    registration.register(rules.services, form(someone), session=session, address=ADDRESS)
    signed_in = SessionInfo(session.token_hash, session.openid, Account.get().id)
    bot = Bot(rules.services, shipped, signed_in)
    # The code is long gone, and the refusal would be kept for days.
    time.advance(days=2)
    assert bot.case(SMS) is None
    # Who tries that phone again is refused again, and hears of it.
    noted(signed_in, lambda: ask(rules.services, PHONE, session=signed_in), PHONE)
    assert bot.case(SMS) == 2


@both_databases
def test_phone_on_record_in_a_blocked_range_is_reported(rules: Rules, shipped: Content) -> None:
    someone = person(phone=PHONE)
    session = wechat_session()
    activation(synced_account(someone).id, session)
    bot = Bot(rules.services, shipped, session)
    assert bot.case(SMS) == 2
    found = bot.look(SMS, vague=True)
    message = found.findings[0].message
    assert message.startswith("199号段暂不支持")
    # With another number he could not register: he has an account.
    assert message.endswith(f"请申请更正登记的手机号。（登记的手机号 {MASKED}）")
    assert found.actions == (CORRECT_PHONE,)
    assert OTHER_NUMBER in found.hidden

    other = account_of(person(number=2, phone=PHONE))
    signed_in = Bot(rules.services, shipped, account_session(other, "li"))
    assert signed_in.case(SMS) == 2
    found = signed_in.look(SMS, vague=True)
    assert found.findings[0].message.endswith(f"请先更换登记的手机号。（登记的手机号 {MASKED}）")
    assert found.actions == (CHANGE_PHONE,)


def test_signed_in_user_changes_the_phone_instead_of_registering(
    rules: Rules, shipped: Content
) -> None:
    session = account_session(account_of(person(number=3)), "li")
    found = Bot(rules.services, shipped, session).look(RANGE, question=f"{PHONE}怎么不能用")
    assert found.actions == (CHANGE_PHONE,)
    assert OTHER_NUMBER in found.hidden


@pytest.mark.parametrize(
    "question",
    [
        "16612345678收不到短信",
        "166的号收不到验证码",
        "手机166 1234 5678收不到验证码怎么办",
        "+8616612345678收不到短信",
        "我的手机号17031234567能注册吗",
        "一个手机号可以注册几个账号，我的是16612345678",
        "重置密码17031234567收不到码",
    ],
)
def test_named_number_of_a_blocked_range_decides(
    rules: Rules, shipped: Content, matcher: Matcher, question: str
) -> None:
    for prefix in ("166", "1703"):
        number_ranges.set_range(prefix, None, actor="test")
    for session in (None, wechat_session()):
        bot = Bot(rules.services, shipped, session)
        found = bot.diagnose(matcher.match(question), question)
        assert (found.decided or matcher.match(question).entry) is shipped.by_case[2]
        assert found.question_back is None
        assert found.findings[0].code == "phone_segment_unsupported"
        assert SEND_AGAIN in found.hidden
    for prefix in ("166", "1703"):
        number_ranges.remove(prefix, actor="test")
    assert bot.diagnose(matcher.match(question), question).decided is None


def test_named_and_recorded_range_is_reported_once(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    noted(session, lambda: ask(rules.services, PHONE, session=session), PHONE)
    time.advance(minutes=5)
    ask(rules.services, session=session)
    for slug in (SMS, RANGE):
        found = bot.look(slug, question=f"{PHONE}收不到短信")
        assert slug == RANGE or found.decided is shipped.by_case[2]
        [finding] = found.findings
        assert finding.message.endswith(f"（12:00您用的 {MASKED}）")


@pytest.mark.parametrize(
    ("slug", "question"),
    [
        ("activation_wrong_phone", "登记的手机号16612345678不用了怎么激活"),
        ("user_not_found", "16612345678登录提示用户不存在"),
        ("change_phone", "把16612345678换成13912345678"),
        ("sms_not_received", "等了166秒收不到验证码"),
        ("sms_not_received", "13912345678收不到验证码"),
    ],
)
def test_number_that_is_not_the_cause_is_ignored(
    rules: Rules, shipped: Content, slug: str, question: str
) -> None:
    number_ranges.set_range("166", None, actor="test")
    for vague in (False, True):
        found = Bot(rules.services, shipped, wechat_session()).look(
            slug, question=question, vague=vague
        )
        assert (found.decided, found.hidden) == (None, ())


@pytest.mark.parametrize(
    "question",
    [
        "我1995出生的，收不到验证码",
        "我生日19930506，收不到验证码",
        "1992.3.4出生，验证码收不到",
        "验证码199234收不到",
        "我的验证码是199234，提示不对",
        "我是1998生的能注册账号吗",
        "注册资金199万可以注册吗",
    ],
)
def test_digits_that_are_no_phone_are_ignored(
    rules: Rules, shipped: Content, question: str
) -> None:
    bot = Bot(rules.services, shipped, wechat_session())
    for slug in ("sms_not_received", "registration_guide"):
        assert bot.look(slug, question=question).decided is None
    for number in ("199", "199xxxx5678", "1991234567", "19923的号", "1991开头"):
        found = bot.look("sms_not_received", question=f"{number}收不到验证码")
        assert found.decided is shipped.by_case[2], number


def test_blocked_part_of_a_range_is_reported(rules: Rules, shipped: Content) -> None:
    number_ranges.set_range("1703", NOON.date() + timedelta(days=7), actor="test")
    bot = Bot(rules.services, shipped, None)
    for question in ("170号段能注册吗", "17011234567能注册吗"):
        assert bot.message(RANGE, question=question) == (
            "170号段可以注册和收验证码，但其中暂不支持：1703（预计12月1日起可用）。"
        )
    assert bot.message(RANGE, question="1703的呢").startswith("1703号段暂不支持")
    assert len(bot.codes(RANGE, question="199的和138的能注册吗")) == 2
    assert bot.message(RANGE, question="171的呢") == "171号段可以注册和收验证码。"


@pytest.mark.parametrize(
    ("question", "code", "message"),
    [
        ("199号段什么时候支持", "phone_segment_unsupported", "199号段暂不支持，"),
        ("幺九九的号用不了", "phone_segment_unsupported", "199号段暂不支持，"),
        ("１９９ 的", "phone_segment_unsupported", "199号段暂不支持，"),
        ("我的号码19912345678", "phone_segment_unsupported", "199号段暂不支持，"),
        ("不是199开头，是192的能注册吗", "number_range_supported", "192号段可以注册"),
        ("192的能注册吗", "number_range_supported", "192号段可以注册和收验证码。"),
        ("171的号呢", "number_range_supported", "171号段已经开通，可以注册和收验证码。"),
        ("哪些号段不行", "number_ranges_closed", "现在暂不支持的号段：199；其他号段都可以用。"),
        ("110101199003079915", "number_ranges_closed", "现在暂不支持的号段：199；"),
    ],
)
def test_named_ranges_of_a_visitor_are_looked_up(
    rules: Rules, shipped: Content, question: str, code: str, message: str
) -> None:
    number_ranges.set_range("171", date(2026, 11, 1), actor="test")
    found = Bot(rules.services, shipped, None).look(RANGE, question=question)
    assert [finding.code for finding in found.findings] == [code]
    assert found.findings[0].message.startswith(message)
    assert "12345678" not in found.findings[0].message


def test_visitor_gets_the_opening_day_and_the_end_of_an_outage(
    rules: Rules, shipped: Content
) -> None:
    bot = Bot(rules.services, shipped, None)
    number_ranges.set_range("199", NOON.date() + timedelta(days=7), actor="test")
    assert bot.message(RANGE) == (
        "现在暂不支持的号段：199（预计12月1日起可用）；其他号段都可以用。"
    )
    number_ranges.remove("199", actor="test")
    assert bot.message(RANGE) == "现在没有暂不支持的号段，您的手机号可以直接注册。"
    # A question about a message is not answered with ranges.
    assert bot.look(SMS).findings == ()


def test_opened_range_replaces_the_entrys_text(rules: Rules, shipped: Content) -> None:
    bot = Bot(rules.services, shipped, None)
    assert bot.look(RANGE, question="199号段能注册吗").instead is None
    number_ranges.set_range("199", NOON.date(), actor="test")
    found = bot.look(RANGE, question="199号段能注册吗")
    assert found.findings[0].message == "199号段已经开通，可以注册和收验证码。"
    assert found.instead.answer == "可以直接注册、收验证码，不用换号。"
    assert [action["label"] for action in found.actions] == ["去注册"]
    # A part that is closed is reason enough to read what the entry says.
    number_ranges.set_range("1993", None, actor="test")
    partly = bot.look(RANGE, question="199号段能注册吗")
    assert (partly.findings[0].data["unsupported"], partly.instead) == (["1993"], None)


@pytest.mark.parametrize("text", ["不是199", "我的手机号不是199开头，收不到验证码", "没有199的号"])
def test_negated_range_is_ignored(rules: Rules, shipped: Content, text: str) -> None:
    assert Bot(rules.services, shipped, None).look(SMS, question=text).decided is None


def test_refused_phone_on_record_is_reported_once(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = account_session(account_of(person(number=21, phone=PHONE)))
    no = noted(
        session, lambda: ask(rules.services, PHONE, session=session, purpose="confirm"), PHONE
    )
    assert no.reason is Reason.PHONE_SEGMENT_UNSUPPORTED
    found = Bot(rules.services, shipped, session).look(RANGE)
    # Not 现在办理请换一个手机号, which is for registrations.
    [finding] = found.findings
    assert finding.message.endswith(f"请先更换登记的手机号。（登记的手机号 {MASKED}）")
    assert found.actions == (CHANGE_PHONE,)


def test_published_text_never_contradicts_the_table(rules: Rules, shipped: Content) -> None:
    def found(content: Content) -> Diagnosis:
        return Bot(rules.services, content, None).look(RANGE, question="199号段能注册吗")

    opened = with_entry(shipped, RANGE, answer="199号段已支持。", steps=("打开注册页。",))
    # The table refuses 199: nothing of the published text is left.
    told = found(opened)
    assert (told.state, told.instead.answer[:13]) == ("range_closed", "199号段暂不支持注册和收")
    assert not any(part in line for line in told.instead.steps for part in ("已支持", "{"))
    assert told.findings[0].code == "phone_segment_unsupported"
    assert found(shipped).instead is None
    number_ranges.set_range("199", NOON.date() + timedelta(days=7), actor="test")
    assert "预计12月1日起可用" in found(opened).instead.steps[1]
    number_ranges.set_range("199", NOON.date(), actor="test")
    assert found(opened).instead is None
    assert found(shipped).state == "range_open"


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("199号段暂不支持注册。", True),
        ("199号段在开通之前暂不支持注册和收验证码，开通日期以公告为准。", True),
        ("199号段已支持。", False),
        ("166号段已经开通；199、192号段可以用。", False),
        ("166号段可以注册，199开头的暂不支持。", True),
        ("166号段暂不支持。", False),
        ("1991号段用不了。", True),
        ("没有别的号码可用的，请到窗口。", True),
    ],
)
def test_claims_about_ranges_are_compared_with_the_table(
    rules: Rules, text: str, agrees: bool
) -> None:
    assert agrees_with_ranges(text, NOON.date()) is agrees
