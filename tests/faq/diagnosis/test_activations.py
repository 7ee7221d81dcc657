"""Diagnosis of activations and reported network errors."""

from collections.abc import Iterator

import pytest

from faq.content.entries import Content
from faq.diagnosis.observations import sentence_of
from faq.diagnosis.refusal_buttons import ACTIVATE, REGISTER
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.enrolment import activation as rule
from miniprogram_api.operations import client_reports
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import ACTIVE, Account
from models.accounts.activations import Activation
from models.accounts.sms_codes import SmsCode
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people.accounts import ADDRESS, Time, account_of, account_session
from tests.support.people.activations import finish, proved
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import synced_account, wechat_session
from tests.support.people.sms_codes import NOON, activation, ask
from tests.support.service.rules import Rules

SMS, FLOW, WRONG = "sms_not_received", "activation_flow", "activation_wrong_phone"
NETWORK = "activation_network_error"
SOMEONE = person("王秀英", number=31)
OTHER_PHONE = make_phone(32)

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def wrong_code(rules: Rules, session: SessionInfo, token: str) -> Refused:
    return noted(
        session,
        lambda: ask(rules.services, OTHER_PHONE, session=session, purpose="activate", token=token),
        OTHER_PHONE,
    )


@both_databases
def test_wrong_phone_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    account = synced_account(SOMEONE)
    session = wechat_session()
    token = activation(account.id, session)
    bot = Bot(rules.services, shipped, session)
    # On the way, and nothing wrong yet.
    found = bot.look(FLOW, vague=True)
    assert found.decided is shipped.by_case[9]
    assert found.findings[0].message == "您正在激活账号，验证码只发到登记的手机号（尾号41）。"
    assert found.findings[0].data == {"phone_hint": "41"}
    assert bot.case(SMS) is None

    no = wrong_code(rules, session, token)
    assert no.reason is Reason.PHONE_NOT_ON_RECORD
    for slug in (SMS, FLOW, WRONG, "user_not_found"):
        assert bot.case(slug) == 15
    [finding] = bot.look(WRONG).findings
    assert (finding.code, finding.severity) == ("phone_not_on_record", "block")
    assert finding.message == (
        "您填的 138****0042 与登记的手机号（尾号41）不一致；"
        "旧号停用请联系窗口，报省局信息中心更正。（12:00）"
    )
    assert finding.data["phone"] == "138****0042"
    assert SOMEONE.phone not in str(finding)
    tickets = [a["ticket"] for a in bot.look(WRONG).actions if a["type"] == "ticket"]
    assert tickets == ["activation_phone"]

    # The centre corrects the record: the same number would be taken now.
    Account.update(phone=OTHER_PHONE, phone_index=OTHER_PHONE).execute()
    assert bot.codes(WRONG) == ["activation_phone_matches"]
    assert bot.case(SMS) is None
    ask(rules.services, OTHER_PHONE, session=session, purpose="activate", token=token)
    time.advance(seconds=1)
    assert bot.case(SMS) == 1


@both_databases
def test_wrong_phone_is_reported_in_step_two_and_afterwards(
    rules: Rules, shipped: Content, time: Time
) -> None:
    account = synced_account(SOMEONE)
    session = wechat_session()
    token = activation(account.id, session)
    bot = Bot(rules.services, shipped, session)

    def prove() -> None:
        rule.prove_phone(
            rules.services,
            token,
            phone_text=OTHER_PHONE,
            proof=PhoneProof("123456"),
            session=session,
            address=ADDRESS,
        )

    noted(session, prove, OTHER_PHONE)
    assert bot.case(FLOW) == 15
    # The half hour is over; what he was told still holds.
    time.advance(hours=1)
    assert bot.case(FLOW) == 15
    assert "（尾号41）" in bot.message(WRONG)
    # Another WeChat user knows nothing of it.
    assert Bot(rules.services, shipped, wechat_session("li")).codes(WRONG) == []
    # He is signed in by now: that is over.
    Account.update(status=ACTIVE).execute()
    Activation.delete().execute()
    signed_in = Bot(rules.services, shipped, account_session(account))
    assert signed_in.codes(WRONG) == ["already_active"]


@both_databases
def test_wrong_phone_is_compared_again_after_the_activation(
    rules: Rules, shipped: Content, time: Time
) -> None:
    account = synced_account(SOMEONE)
    session = wechat_session()
    wrong_code(rules, session, activation(account.id, session))
    time.advance(days=3)
    Activation.delete().execute()
    bot = Bot(rules.services, shipped, session)
    assert bot.case(SMS) == 15
    # The centre corrects the record, first to a third phone.
    third = make_phone(33)
    Account.update(phone=third, phone_index=third).execute()
    assert f"（尾号{third[-2:]}）" in bot.message(WRONG)
    Account.update(phone=OTHER_PHONE, phone_index=OTHER_PHONE).execute()
    [finding] = bot.look(WRONG).findings
    assert finding.message == ("登记的手机号现在就是 138****0042，可以用它收验证码，继续激活。")
    assert bot.case(SMS) is None
    assert bot.case(FLOW) == 9
    # Another user's phone did it; it does not count for this user.
    Account.update(status=ACTIVE).execute()
    assert bot.codes(WRONG) == []
    assert bot.case(FLOW) is None


def start(rules: Rules, session: SessionInfo) -> None:
    rule.start(rules.services, SOMEONE.id_number, session=session, address=ADDRESS)


@both_databases
def test_active_account_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    account = account_of(SOMEONE)
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    no = noted(session, lambda: start(rules, session))
    assert no.reason is Reason.ALREADY_ACTIVE
    for slug, vague in ((FLOW, False), (NETWORK, True), (WRONG, False)):
        found = bot.look(slug, vague=vague)
        assert found.decided is shipped.by_slug[FLOW]
        # What the entry says of accounts that are not active yet gives way.
        assert found.instead.answer == "激活已经完成，只做一次。"
        assert found.findings[0].message == sentence_of(no)
        assert [action["page"] for action in found.actions] == [
            "pages/sign-in/index",
            "pages/password-reset/index",
        ]
    # Who asks why he cannot sign in is asked what the page says.
    assert bot.case("user_not_found") is None
    # What he was told before does not count any more.
    Account.update(status="cancelled").where(Account.id == account.id).execute()
    assert bot.look(FLOW).decided is None
    assert bot.codes(FLOW) == []


def test_open_activation_outweighs_an_active_account(
    rules: Rules, shipped: Content, time: Time
) -> None:
    account_of(SOMEONE)
    session = wechat_session()
    noted(session, lambda: start(rules, session))
    time.advance(minutes=1)
    activation(synced_account(person(number=34)).id, session)
    assert Bot(rules.services, shipped, session).codes(FLOW) == ["activation_under_way"]


def test_expired_activation_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    account = synced_account(SOMEONE)
    session = wechat_session()
    token = activation(account.id, session)
    time.advance(minutes=30)
    no = noted(
        session,
        lambda: ask(
            rules.services, SOMEONE.phone, session=session, purpose="activate", token=token
        ),
    )
    assert no.reason is Reason.ACTIVATION_EXPIRED
    bot = Bot(rules.services, shipped, session)
    found = bot.look(NETWORK, vague=True)
    assert found.decided is shipped.by_case[9]
    assert found.findings[0].message == f"{sentence_of(no)}（12:30的提示）"
    assert "从输入身份证号重新开始" in found.findings[0].message
    assert found.actions[0]["page"] == "pages/activation/index"
    time.advance(minutes=1)
    Activation.delete().execute()
    activation(account.id, session)
    assert bot.codes(FLOW) == ["activation_under_way"]


def test_record_without_a_phone_is_reported(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    activation(synced_account(SOMEONE, phone=None, phone_index=None).id, session)
    bot = Bot(rules.services, shipped, session)
    assert bot.codes(WRONG) == ["activation_without_phone"]
    assert bot.case(FLOW) == 15


def test_proved_phone_is_reported(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    activation(synced_account(SOMEONE).id, session)
    Activation.update(step=2).execute()
    assert "请接着设置密码" in Bot(rules.services, shipped, session).message(FLOW)


def test_right_phone_outweighs_earlier_wrong_ones(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    token = activation(synced_account(SOMEONE).id, session)

    def mistyped() -> None:
        rule.prove_phone(
            rules.services,
            "x" * 43,
            phone_text=OTHER_PHONE,
            proof=PhoneProof("123456"),
            session=session,
            address=ADDRESS,
        )

    noted(session, mistyped)
    bot = Bot(rules.services, shipped, session)
    # One token was mistyped, and the activation lives.
    assert bot.codes(FLOW) == ["activation_under_way"]
    time.advance(minutes=1)
    wrong_code(rules, session, token)
    assert bot.case(SMS) == 15
    Activation.update(step=2).execute()
    assert bot.codes(FLOW) == ["activation_under_way"]
    # A waiting user needs no code any more and is told the remaining steps.
    found = bot.look(SMS, vague=True)
    assert (found.decided, found.question_back) == (shipped.by_case[9], None)
    assert found.instead.answer == "激活的手机号已经验证，只差最后一步：设置密码。"
    # Who asks about a phone that is not right is not told to set a password in its place.
    assert bot.look(WRONG).instead is None


def test_signed_in_user_has_no_activation_finding(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = account_session(account_of(SOMEONE))
    client_reports.add(rules.services, session, "network", "activation.phone", "")
    bot = Bot(rules.services, shipped, session)
    for slug, advice in ((FLOW, "登录"), (NETWORK, "可以直接办理"), (WRONG, "账号管理")):
        found = bot.look(slug, question="激活不了", vague=True)
        assert found.decided is None
        assert found.findings[0].message == "您已经登录，账号不用再激活。"
        assert found.instead.answer.startswith("激活已经完成")
        assert advice in str(found.instead)
    assert bot.case(SMS) is None


@both_databases
def test_network_errors_of_the_activation_page_are_reported(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    client_reports.add(rules.services, session, "network", "register.phone", "")
    assert bot.codes("activation_network_error") == ["reported_network"]
    assert bot.case(SMS) is None
    time.advance(minutes=1)
    client_reports.add(rules.services, session, "network", "activation.phone", "网络连接失败")
    found = bot.look(SMS, vague=True)
    assert found.decided is shipped.by_case[11]
    assert found.findings[0].message == (
        "请换个网络再试，12:01您的手机在激活时报告了网络连接失败，我们已收到。"
    )
    assert [a["type"] for a in found.actions] == ["retry", "ticket"]
    # A code that went out since then shows that the network is there.
    time.advance(minutes=1)
    ask(rules.services, session=session)
    assert bot.case(SMS) == 1
    time.advance(days=1)
    assert bot.codes("activation_network_error") == []


@pytest.mark.parametrize(
    ("step", "case"), [("activation.phone", 9), ("page-3", 9), ("activation.password", 11)]
)
def test_proved_phone_ends_an_earlier_network_error(
    rules: Rules, shipped: Content, time: Time, step: str, case: int
) -> None:
    session = wechat_session()
    activation(synced_account(SOMEONE).id, session)
    time.advance(seconds=5)
    client_reports.add(rules.services, session, "network", step, "")
    time.advance(seconds=5)
    bot = Bot(rules.services, shipped, session)
    assert bot.case(FLOW) == 11
    # WeChat's number proves it without a code; the step that is left may have failed all the same.
    Activation.update(step=2).execute()
    assert bot.case(FLOW) == bot.case(NETWORK) == case
    state = bot.look(FLOW, vague=True).state
    assert state == ("password_step_left" if case == 9 else "network_failed")


def test_sent_code_ends_an_earlier_network_error(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    token = activation(synced_account(SOMEONE).id, session)
    time.advance(minutes=1)
    client_reports.add(rules.services, session, "network", "activation.phone", "")
    time.advance(minutes=1)
    bot = Bot(rules.services, shipped, session)
    assert bot.case(NETWORK) == 11
    ask(rules.services, SOMEONE.phone, session=session, purpose="activate", token=token)
    SmsCode.update(used_at=NOON).execute()
    time.advance(minutes=2)
    assert bot.case(NETWORK) == 9
    messages = [finding.message for finding in bot.look(NETWORK).findings]
    assert "网络已经连上了，12:01您的手机报告过网络连接失败。" in messages


def test_report_with_an_unknown_step_counts_during_activation(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    activation(synced_account(SOMEONE).id, session)
    time.advance(seconds=5)
    client_reports.add(rules.services, session, "network", "page-3", "")
    assert Bot(rules.services, shipped, session).case(SMS) == 11


def test_other_reports_are_listed_without_deciding(rules: Rules, shipped: Content) -> None:
    account = account_of(SOMEONE)
    session = account_session(account)
    client_reports.add(rules.services, session, "sms", "register.phone", "")
    client_reports.add(rules.services, session, "face", "face", "")
    client_reports.add(rules.services, session, "other", "else", "")
    bot = Bot(rules.services, shipped, session)
    assert bot.codes(SMS) == ["reported_sms"]
    assert bot.codes("face_check_errors") == ["reported_face"]
    assert bot.case(SMS) is None


def test_code_to_the_right_phone_ends_the_wrong_phone_finding(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = wechat_session()
    token = activation(synced_account(SOMEONE).id, session)
    bot = Bot(rules.services, shipped, session)
    wrong_code(rules, session, token)
    assert bot.case(FLOW) == 15
    time.advance(minutes=1)
    ask(rules.services, SOMEONE.phone, session=session, purpose="activate", token=token)
    time.advance(seconds=1)
    assert "phone_not_on_record" not in bot.codes(FLOW)


@pytest.mark.parametrize(
    ("name", "case", "code"),
    [("王秀英不符", 4, "four_elements_mismatch"), ("王秀英源忙", 12, "identity_source_busy")],
)
def test_refusal_of_the_last_step_is_reported(
    rules: Rules, shipped: Content, time: Time, name: str, case: int, code: str
) -> None:
    someone, session = person(name, number=33), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    time.advance(seconds=1)
    noted(session, lambda: finish(rules, token, session))
    found = Bot(rules.services, shipped, session).look(FLOW, question="激活不了")
    assert found.decided is shipped.by_case[case]
    assert found.findings[0].code == code
    assert found.actions[0] == ACTIVATE
    # Where he registers he would be sent to activating.
    assert REGISTER in found.hidden
    assert "注册页" not in str(found.instead)
