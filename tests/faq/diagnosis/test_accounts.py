"""What an account is, why somebody cannot sign in, and whether the authorisation counts."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from faq.entries import Content
from miniprogram_api import sign_in as rule
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sessions import SessionInfo
from miniprogram_api.sign_in import Credentials
from tests.support.accounts import ADDRESS, Time, account_of, account_session
from tests.support.asking_for_codes import NOON
from tests.support.diagnosing import Bot, noted
from tests.support.people import person
from tests.support.registrations import synced_account, wechat_session
from tests.support.rules import Rules

LOGIN, WRONG, FLOW = "user_not_found", "password_still_wrong", "activation_flow"
SWITCH = "authorization_setting"
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
def test_a_login_that_nobody_has(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    assert bot.codes(LOGIN) == ["no_account"]
    fail(rules, session)
    found = bot.look(WRONG, vague=True)
    assert found.decided is shipped.by_case[3]
    assert found.findings[0].message.startswith("12:00 用户不存在：")
    assert SOMEONE.id_number not in str(found.findings)


@both_databases
def test_a_password_that_was_reset(rules: Rules, shipped: Content, time: Time) -> None:
    account = account_of(SOMEONE, password_reset_at=NOON - timedelta(days=2))
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    assert fail(rules, session).reason is Reason.WRONG_PASSWORD
    found = bot.look(LOGIN, vague=True)
    assert found.decided is shipped.by_case[8]
    assert "您重置过密码，请用最近一次设置的，还可试4次" in found.findings[0].message
    assert found.findings[0].data == {"attempts_left": 4, "was_reset": True}
    # Somebody else who uses this account hears nothing of it.
    assert Bot(rules.services, shipped, wechat_session("li")).case(LOGIN) is None
    for _ in range(5):
        time.pass_by(seconds=1)
        no = fail(rules, session)
    assert no.reason is Reason.ACCOUNT_LOCKED
    time.pass_by(seconds=19)
    [finding] = bot.look(WRONG).findings
    assert (finding.code, finding.data["retry_after"]) == ("account_locked", 40)
    assert "12:02后可再登录" in finding.message
    time.pass_by(seconds=40)
    [finding] = bot.look(WRONG).findings
    assert finding.severity == "info"
    assert "锁定已经解除" in finding.message
    # Once he is in, it is over; the reset is still worth a word.
    signed_in = Bot(rules.services, shipped, account_session(account))
    assert signed_in.codes(WRONG) == ["password_was_reset"]
    assert signed_in.message(WRONG) == "您11月22日12:00 重置过密码，请用那次设置的密码登录。"
    assert signed_in.case(LOGIN) is None


@both_databases
def test_an_account_that_is_locked_from_everywhere(rules: Rules, shipped: Content) -> None:
    account = account_of(SOMEONE)
    for number in range(30):
        noted(
            wechat_session("li"),
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
    assert "请用短信验证码登录或重置密码" in before.findings[0].message
    away = rules.with_settings(redis_url="unix:///nowhere/at-all.sock")
    assert Bot(away, shipped, account_session(account)).codes(WRONG) == []


def test_an_account_that_was_never_activated(rules: Rules, shipped: Content) -> None:
    synced_account(SOMEONE)
    session = wechat_session()
    assert fail(rules, session).reason is Reason.ACTIVATION_REQUIRED
    found = Bot(rules.services, shipped, session).look(LOGIN, vague=True)
    assert found.decided is shipped.by_case[9]
    assert found.actions[0]["page"] == "pages/activation/index"


@both_databases
def test_what_the_account_is(rules: Rules, shipped: Content) -> None:
    account = account_of(SOMEONE, username="Xiuying_81", username_key="xiuying_81")
    bot = Bot(rules.services, shipped, account_session(account, None))
    assert bot.message(LOGIN) == (
        "您已登录，账号是三级实名；可用身份证号、手机号 138****0091、登录账号登录。"
    )
    account.status = "frozen"
    account.save()
    found = bot.look(LOGIN)
    assert (found.findings[0].code, found.findings[0].severity) == ("account_frozen", "block")
    account.status = "cancelled"
    account.save()
    assert bot.codes(LOGIN) == ["no_account"]


@both_databases
@pytest.mark.parametrize(
    ("columns", "reason", "words"),
    [
        ({}, "level_too_low", "还不能开启：请先通过刷脸"),
        ({"level": 4}, "off", "还没有开启"),
        (
            {"level": 4, "authorization_enabled": True, "authorization_until": NOON.date()},
            "ok",
            "已开启，有效期到11月24日，当天也算",
        ),
        (
            {
                "level": 4,
                "authorization_enabled": True,
                "authorization_until": date(2026, 11, 23),
            },
            "ended",
            "已于11月23日到期",
        ),
        ({"level": 4, "valid_until": date(2026, 11, 23)}, "card_expired", "证件已过期"),
        ({"level": 4, "status": "frozen"}, "frozen", "暂停："),
    ],
)
def test_the_authorisation(
    rules: Rules, shipped: Content, columns: dict[str, Any], reason: str, words: str
) -> None:
    account = account_of(SOMEONE, **columns)
    [finding] = Bot(rules.services, shipped, account_session(account, None)).look(SWITCH).findings
    assert finding.code == f"authorization_{reason}"
    assert finding.data["reason"] == reason
    assert finding.data["effective"] == (reason == "ok")
    assert words in finding.message
