"""Diagnosis of accounts, sign-in and authorisation."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from faq.content.entries import Content, without
from faq.diagnosis import refusal_buttons
from faq.diagnosis.refusal_buttons import FACE, REGISTER, RESET_PASSWORD, SIGN_IN
from faq.matching.matcher import Matcher
from miniprogram_api.access import password_attempts, refusals, sign_in_origins
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import changes as account_changes
from miniprogram_api.enrolment import registration
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sign_in import sign_in as rule
from miniprogram_api.sign_in.sign_in import Credentials
from models.accounts.accounts import Account
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people import registrations
from tests.support.people.accounts import ADDRESS, Time, account_of, account_session
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import PASSWORD, form, sent_code, synced_account
from tests.support.people.sms_codes import NOON, activation
from tests.support.service.rules import Rules

LOGIN, WRONG, FLOW = "user_not_found", "password_still_wrong", "activation_flow"
SOMEONE = person("王秀英", number=81)

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def fail(rules: Rules, session: SessionInfo, password: str = "Wrong-77-password") -> Refused:
    credentials = Credentials(SOMEONE.id_number, password)
    return noted(
        session,
        lambda: rule.with_password(rules.services, credentials, session=session, address=ADDRESS),
    )


@both_databases
def test_unknown_login_is_reported(rules: Rules, shipped: Content) -> None:
    session = registrations.wechat_session()
    bot = Bot(rules.services, shipped, session)
    assert bot.codes(LOGIN) == ["no_account"]
    fail(rules, session)
    found = bot.look(WRONG, vague=True)
    assert found.decided is shipped.by_case[3]
    assert found.findings[0].message.startswith("用户不存在：")
    assert found.findings[0].message.endswith("（12:00的提示）")
    assert SOMEONE.id_number not in str(found.findings)


@both_databases
def test_recent_password_reset_is_reported(rules: Rules, shipped: Content, time: Time) -> None:
    account = account_of(SOMEONE, password_reset_at=NOON - timedelta(days=2))
    session = registrations.wechat_session()
    bot = Bot(rules.services, shipped, session)
    assert fail(rules, session).reason is Reason.WRONG_PASSWORD
    found = bot.look(LOGIN, vague=True)
    assert found.decided is shipped.by_case[8]
    assert "您重置过密码，请用最近一次设置的，还可试4次" in found.findings[0].message
    assert found.findings[0].data == {"attempts_left": 4, "was_reset": True}
    # Another user of this account is not told.
    assert Bot(rules.services, shipped, registrations.wechat_session("li")).case(LOGIN) is None
    for _ in range(5):
        time.advance(seconds=1)
        no = fail(rules, session)
    assert no.reason is Reason.ACCOUNT_LOCKED
    time.advance(seconds=19)
    [finding] = bot.look(WRONG).findings
    assert (finding.code, finding.data["retry_after"]) == ("account_locked", 40)
    assert "40秒后可再登录" in finding.message
    # No password is taken until then.
    assert SIGN_IN in bot.look(WRONG).hidden
    time.advance(seconds=40)
    [finding] = bot.look(WRONG).findings
    assert finding.severity == "info"
    assert "锁定已经解除" in finding.message
    assert SIGN_IN in bot.look(WRONG).actions
    # Once he is in, it is over; the reset is still worth a word.
    refusals.forget_sign_in(session.openid)
    signed_in = Bot(rules.services, shipped, account_session(account))
    assert signed_in.codes(WRONG) == ["password_was_reset"]
    assert signed_in.message(WRONG) == "请用11月22日12:00重置时设置的密码登录。"
    assert signed_in.case(LOGIN) is None


def test_wrong_password_of_a_phone_change_is_reported(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = account_session(account_of(SOMEONE))
    bot, phone = Bot(rules.services, shipped, session), make_phone(82)

    def change(password: str) -> object:
        return account_changes.change_phone(
            rules.services,
            session.account_id or 0,
            phone,
            password,
            session=session,
            address=ADDRESS,
            proof=PhoneProof(sent_code(phone, "change_phone")),
        )

    no = noted(session, lambda: change("Wrong-77-password"))
    assert no.reason is Reason.WRONG_PASSWORD
    found = bot.look(WRONG)
    assert "还可试4次" in found.findings[0].message
    assert (found.actions, found.hidden) == ((RESET_PASSWORD,), (SIGN_IN,))
    time.advance(minutes=1)
    change(PASSWORD)
    assert bot.codes(WRONG) == []


def test_begun_activation_ends_the_unknown_login_finding(
    rules: Rules, shipped: Content, time: Time
) -> None:
    session = registrations.wechat_session()
    fail(rules, session)
    bot = Bot(rules.services, shipped, session)
    assert "user_not_found" in bot.codes(FLOW)
    time.advance(minutes=1)
    activation(synced_account(person(number=83)).id, session)
    assert bot.codes(FLOW) == ["activation_under_way"]


@both_databases
def test_lock_over_all_addresses_is_reported(rules: Rules, shipped: Content) -> None:
    account = account_of(SOMEONE)
    for number in range(30):
        noted(
            registrations.wechat_session("li"),
            lambda number=number: rule.with_password(  # type: ignore[misc]
                rules.services,
                Credentials(SOMEONE.id_number, "Wrong-77-password"),
                session=None,
                address=f"192.0.2.{number}",
            ),
        )
    bot = Bot(rules.services, shipped, account_session(account))
    before = bot.look(WRONG)
    assert [finding.code for finding in before.findings] == ["account_locked"]
    assert "请用短信验证码或微信手机号登录、重置密码，或本人刷脸" in before.findings[0].message
    # An address that is exempt is not known here.
    assert "平时登录这个账号的微信和网络不受影响" in before.findings[0].message
    assert before.instead.answer.startswith("请改用短信验证码或微信手机号登录")
    away = rules.with_settings(redis_url="unix:///nowhere/at-all.sock")
    assert Bot(away, shipped, account_session(account)).codes(WRONG) == []
    # Where the holder signs in, this lock does not hold.
    sign_in_origins.note(account.id, account_session(account))
    assert Bot(rules.services, shipped, account_session(account)).codes(WRONG) == []


def test_unactivated_account_is_reported(rules: Rules, shipped: Content) -> None:
    synced_account(SOMEONE)
    session = registrations.wechat_session()
    assert fail(rules, session).reason is Reason.ACTIVATION_REQUIRED
    found = Bot(rules.services, shipped, session).look(LOGIN, vague=True)
    assert found.decided is shipped.by_case[9]
    assert found.actions[0]["page"] == "pages/activation/index"


@both_databases
def test_activation_ends_the_unactivated_finding(rules: Rules, shipped: Content) -> None:
    account = synced_account(SOMEONE)
    session = registrations.wechat_session()
    assert fail(rules, session).reason is Reason.ACTIVATION_REQUIRED
    bot = Bot(rules.services, shipped, session)
    assert bot.codes(FLOW) == ["activation_required"]
    # With another phone, so that nothing of it is this WeChat user's.
    Account.update(status="active", activated_at=NOON).where(Account.id == account.id).execute()
    assert bot.codes(FLOW) == []
    assert bot.case(LOGIN) is None


@both_databases
def test_new_password_ends_the_lock_finding(rules: Rules, shipped: Content, time: Time) -> None:
    account = account_of(SOMEONE)
    session = registrations.wechat_session()
    bot = Bot(rules.services, shipped, session)
    for _ in range(6):
        fail(rules, session)
        time.advance(seconds=1)
    assert bot.codes(WRONG) == ["account_locked"]
    assert str(account.id) not in str(bot.look(WRONG).findings[0].data)
    time.advance(seconds=5)
    Account.update(password_changed_at=time.now, password_reset_at=time.now).execute()
    assert bot.codes(WRONG) == []
    assert bot.case(LOGIN) is None


def test_lock_over_all_addresses_is_looked_up(rules: Rules, shipped: Content, time: Time) -> None:
    account = account_of(SOMEONE)
    session = registrations.wechat_session()
    for number in range(31):
        credentials = Credentials(SOMEONE.id_number, "Wrong-77-password")
        no = noted(
            session,
            lambda number=number, credentials=credentials: rule.with_password(  # type: ignore[misc]
                rules.services, credentials, session=session, address=f"192.0.2.{number}"
            ),
        )
        time.advance(seconds=1)
    assert no.details["needs_code"]
    bot = Bot(rules.services, shipped, session)
    time.advance(hours=1)
    found = bot.look(WRONG)
    [finding] = found.findings
    assert (finding.severity, finding.data["retry_after"]) == ("block", 23 * 3600 - 31)
    assert list(found.actions[:2]) == [RESET_PASSWORD, refusal_buttons.CLEAR_LIMIT]
    password_attempts.unlock(rules.services, account.id)
    assert "锁定已经解除" in bot.message(WRONG)


def test_expired_tries_are_not_counted(rules: Rules, shipped: Content, time: Time) -> None:
    account_of(SOMEONE)
    session = registrations.wechat_session()
    for _ in range(4):
        fail(rules, session)
    bot = Bot(rules.services, shipped, session)
    time.advance(hours=23)
    assert "还可试1次" in bot.message(WRONG)
    time.advance(hours=1)
    [finding] = bot.look(WRONG).findings
    assert finding.message == (
        "密码错误，多为手误，请留意大小写和符号，也可重置密码。（昨天12:00的提示）"
    )
    assert finding.data == {}
    # And so it is.
    assert fail(rules, session).details["attempts_left"] == 4


def test_last_wrong_password_reports_the_end_of_the_lock(
    rules: Rules, shipped: Content, time: Time
) -> None:
    account_of(SOMEONE)
    session = registrations.wechat_session()
    bot = Bot(rules.services, shipped, session)
    for _ in range(5):
        fail(rules, session)
    assert "已达次数上限，60秒后可再试" in bot.message(WRONG)
    time.advance(minutes=1)
    [finding] = bot.look(WRONG).findings
    assert "锁定已经解除" in finding.message
    assert finding.severity == "info"


@both_databases
def test_later_sign_in_ends_earlier_findings(rules: Rules, shipped: Content, time: Time) -> None:
    session = registrations.wechat_session()
    bot = Bot(rules.services, shipped, session)
    fail(rules, session)
    assert bot.case(LOGIN) == 3
    time.advance(days=6)
    given = form(SOMEONE, sent_code(SOMEONE.phone))
    registration.register(rules.services, given, session=session, address=ADDRESS)
    assert bot.codes(LOGIN) == ["no_account"]
    assert bot.case(LOGIN) is None
    session = registrations.wechat_session()
    fail(rules, session)
    assert bot.case(LOGIN) == 8
    right = Credentials(SOMEONE.id_number, PASSWORD)
    rule.with_password(rules.services, right, session=session, address=ADDRESS)
    assert bot.case(LOGIN) is None


@both_databases
def test_cancelled_account_is_not_reported_as_unknown(
    rules: Rules, shipped: Content, time: Time
) -> None:
    gone = {"status": "cancelled", "identity_index": None, "cancelled_at": NOON}
    account_of(SOMEONE, **gone, former_identity_index=SOMEONE.id_number)
    session = registrations.wechat_session()
    bot = Bot(rules.services, shipped, session)
    assert fail(rules, session, PASSWORD).reason is Reason.ACCOUNT_CANCELLED
    for slug in (LOGIN, WRONG, "forgot_password", "cancel_account"):
        found = bot.look(slug, vague=True)
        assert found.decided is shipped.by_slug["registration_guide"]
        assert found.question_back is None
        assert found.findings[0].message == (
            "该账号已于11月24日注销，您可以用现有身份证重新注册。（12:00的提示）"
        )
        assert [action["label"] for action in found.actions] == ["去注册"]
        assert "已于11月24日注销" in found.instead.answer
    # He registered again, with another WeChat user.
    account_of(SOMEONE)
    assert bot.look(LOGIN, vague=True).decided is None
    assert bot.codes(LOGIN) == ["no_account"]
    # Once he is in, it is forgotten.
    right = Credentials(SOMEONE.id_number, PASSWORD)
    rule.with_password(rules.services, right, session=session, address=ADDRESS)
    assert refusals.last(session.openid, None) == []


@both_databases
def test_frozen_account_is_not_reported_as_locked(rules: Rules, shipped: Content) -> None:
    account = account_of(SOMEONE, level=4, status="frozen", password_reset_at=NOON)
    bot = Bot(rules.services, shipped, account_session(account, None))
    for slug in ("forgot_password", "change_phone", "cancel_account", WRONG):
        found = bot.look(slug)
        assert found.decided is shipped.by_slug["account_frozen"]
        assert [finding.code for finding in found.findings] == ["account_frozen"]
        assert [action["page"] for action in found.actions] == ["pages/windows/index"]
        assert without(shipped.by_slug[slug].buttons, found.hidden) != (
            shipped.by_slug[slug].buttons
        )
    # What is not refused is answered, and told of freezing beside it.
    found = bot.look(LOGIN)
    assert (found.decided, found.findings[0].code) == (None, "account_frozen")
    Account.update(status="active").execute()
    for slug in ("change_phone", "cancel_account"):
        assert bot.look(slug).decided is None
        assert bot.look(slug).hidden == ()


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("提示账号已冻结", "account_frozen"),
        ("为什么冻结", "account_frozen"),
        ("账号锁了", "forgot_password"),
        ("要等多久自动解开", "forgot_password"),
        ("能恢复吗", "cancel_account"),
    ],
)
def test_questions_about_locks_and_freezing_are_distinguished(
    matcher: Matcher, question: str, slug: str
) -> None:
    entry = matcher.match(question).entry
    assert entry is not None
    assert entry.slug == slug


@both_databases
def test_account_state_is_reported(rules: Rules, shipped: Content) -> None:
    account = account_of(SOMEONE, username="Xiuying_81", username_index="Xiuying_81")
    bot = Bot(rules.services, shipped, account_session(account, None))
    assert bot.message(LOGIN) == (
        "您已登录，账号是三级实名；可用身份证号、手机号 138****0091、登录账号登录。"
    )
    found = bot.look(LOGIN)
    assert found.instead.answer == "您现在已经登录，接着刷脸核验身份就行，不用再登录。"
    assert FACE in found.actions
    guide = bot.look("registration_guide")
    assert (guide.state, guide.hidden) == ("to_verify", (REGISTER,))
    account.level = 4
    account.save()
    guide = bot.look("registration_guide")
    assert guide.findings[0].message.startswith(
        "您已登录，账号是四级实名，身份已核验通过，不用再刷脸；"
    )
    assert FACE in guide.hidden
    assert guide.instead.answer.endswith("不用再注册，也不用再刷脸。")
    assert bot.look(LOGIN).instead.answer == "您现在已经登录，可以直接办理。"
    account.status = "frozen"
    account.save()
    found = bot.look(LOGIN)
    assert (found.findings[0].code, found.findings[0].severity) == ("account_frozen", "block")
    account.status = "cancelled"
    account.save()
    assert bot.codes(LOGIN) == ["no_account"]
