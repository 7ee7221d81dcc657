"""Vague messages refer to the refusal of the last hour."""

from collections.abc import Iterator

import pytest

from faq.content import shipped
from faq.release.publishing import Published
from miniprogram_api import clock
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import NO_CASE, Reason, Refused
from tests.support.faq.bot import Bot
from tests.support.faq.diagnosis import asker_of, noted
from tests.support.people.accounts import Time, account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registration_calls import register
from tests.support.people.registrations import (
    form,
    requested_code,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.people.sms_codes import activation
from tests.support.service.rules import Rules

REPLIES = shipped.part("replies")
MISMATCH = person("王不符", number=4711)
QUOTA = person("王秀英限次", number=47)
NOT_SUPPORTED = "19912345678"


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(clock.now()).running() as running:
        yield running


def refused_phone(rules: Rules, session: SessionInfo) -> None:
    refused = noted(session, lambda: requested_code(rules, session, NOT_SUPPORTED), NOT_SUPPORTED)
    assert refused.reason is Reason.PHONE_SEGMENT_UNSUPPORTED


def refused_elements(rules: Rules, session: SessionInfo) -> None:
    sent_code(MISMATCH.phone)
    refused = noted(session, lambda: register(rules, form(MISMATCH), session))
    assert refused.reason is Reason.FOUR_ELEMENTS_MISMATCH


@pytest.mark.parametrize("text", ["怎么办", "报错了", "怎么回事", "不行啊", "没反应"])
def test_vague_complaint_is_answered_with_the_last_refusal(
    rules: Rules, bot: Bot, text: str
) -> None:
    session = wechat_session()
    refused_phone(rules, session)
    said = bot.ask(text, asker=asker_of(session))
    assert (said.case, said.diagnosis[0]["code"]) == (2, "phone_segment_unsupported")
    # The newest counts.
    refused_elements(rules, session)
    assert bot.ask(text, asker=asker_of(session)).case == 4


def test_refused_entry_is_the_first_option_of_a_clarification(
    rules: Rules, bot: Bot, published: Published
) -> None:
    session, unclear = wechat_session(), "办理"
    stranger = bot.ask(unclear)
    assert (stranger.kind, len(stranger.options)) == ("clarify", 3)
    refused_elements(rules, session)
    said = bot.ask(unclear, asker=asker_of(session))
    assert (said.kind, said.options[0]["slug"]) == ("clarify", "verify_data_missing")
    others = [option["slug"] for option in stranger.options]
    assert [option["slug"] for option in said.options[1:]] == others[:2]
    # Where nothing is understood at all it is the first to be offered.
    unknown = "光线很好"
    assert published.matcher.match(unknown).kind == "fallback"
    said = bot.ask(unknown, asker=asker_of(session))
    assert (said.kind, said.related[0]["slug"]) == ("fallback", "verify_data_missing")


def test_open_subject_is_not_repeated(rules: Rules, bot: Bot) -> None:
    session = wechat_session()
    refused_phone(rules, session)
    talk = bot.talk(asker_of(session))
    assert talk.say("怎么办").slug == "segment_199"
    assert talk.say("怎么办").answer == REPLIES["next_step"]
    refused_elements(rules, session)
    assert talk.say("怎么办").slug == "verify_data_missing"


def test_resolved_refusal_is_not_reported(rules: Rules, bot: Bot) -> None:
    session, phone = wechat_session(), MISMATCH.phone
    time = Time(clock.now())
    with time.running():
        requested_code(rules, session, phone)
        time.advance(seconds=1)
        refused = noted(session, lambda: requested_code(rules, session, phone), phone)
        assert refused.reason is Reason.SMS_RATE_LIMITED
        assert bot.ask("怎么办", asker=asker_of(session)).case == 5
        time.advance(minutes=15)
        assert bot.ask("怎么办", asker=asker_of(session)).kind == "smalltalk"


def test_refusal_is_recent_for_one_hour(rules: Rules, bot: Bot) -> None:
    session, time = wechat_session(), Time(clock.now())
    with time.running():
        refused_phone(rules, session)
        time.advance(minutes=59)
        assert bot.ask("怎么办", asker=asker_of(session)).slug == "segment_199"
        time.advance(minutes=1, seconds=1)
        assert bot.ask("怎么办", asker=asker_of(session)).kind == "smalltalk"


@pytest.mark.parametrize("text", ["今天次数满了", "次数用完了怎么办", "说太频繁了", "核验次数满了"])
def test_exhausted_tries_refer_to_the_refused_limit(rules: Rules, bot: Bot, text: str) -> None:
    session = wechat_session()
    sent_code(QUOTA.phone)
    refused = noted(session, lambda: register(rules, form(QUOTA), session))
    assert refused.reason is Reason.IDENTITY_DAILY_LIMIT
    # What else was refused meanwhile is no limit.
    refused_phone(rules, session)
    said = bot.ask(text, asker=asker_of(session))
    assert said.diagnosis[0]["code"] == "identity_daily_limit"
    # Who says of what is heard.
    assert bot.ask("验证码次数用完了", asker=asker_of(session)).case == 5


def test_courtesies_and_other_users_get_no_refusal(rules: Rules, bot: Bot) -> None:
    session = wechat_session()
    refused_phone(rules, session)
    for text in ("谢谢", "你好"):
        assert bot.ask(text, asker=asker_of(session)).kind == "smalltalk"
    assert bot.ask("怎么办", asker=asker_of(wechat_session("li"))).kind == "smalltalk"
    assert bot.ask("怎么办").kind == "smalltalk"


def held_up(bot: Bot, session: SessionInfo, text: str = "怎么办") -> tuple[str | None, list[str]]:
    """Return entry and buttons of the answer."""
    said = bot.ask(text, asker=asker_of(session))
    return said.slug, [action["label"] for action in said.actions]


@pytest.mark.parametrize("text", ["还要等多久", "还能试几次", "多久", "我该点哪里"])
def test_questions_for_time_and_place_refer_to_the_refusal(
    rules: Rules, bot: Bot, text: str
) -> None:
    assert bot.ask(text).kind != "answer"
    session = wechat_session()
    refused_elements(rules, session)
    assert bot.ask(text, asker=asker_of(session)).case == 4


def test_tries_that_were_told_are_told_again(rules: Rules, bot: Bot) -> None:
    session = wechat_session()
    refused_elements(rules, session)
    talk = bot.talk(asker_of(session))
    assert "还可试4次" in talk.say("提示核验数据缺失").diagnosis[0]["message"]
    for _ in range(2):
        assert "还可试4次" in talk.say("还能试几次").answer


def test_refusal_without_a_probe_is_reported_as_stored(rules: Rules, bot: Bot, time: Time) -> None:
    session = wechat_session()
    for details, slug, labels in (
        (Refused(Reason.ACCOUNT_CANCELLED), "registration_guide", ["去注册"]),
        (Refused(Reason.ACCOUNT_FROZEN), "account_frozen", ["查看窗口"]),
        (
            Refused(Reason.DOCUMENT_NEEDS_WINDOW, case=NO_CASE),
            "other_documents",
            ["查看窗口"],
        ),
        (
            Refused(Reason.PHONE_ACCOUNT_LIMIT),
            "no_smartphone_other_phone",
            ["换号注册", "查看窗口"],
        ),
        (
            Refused(Reason.PHONE_NOT_ON_RECORD),
            "change_phone",
            ["申请更换手机号", "查看窗口"],
        ),
        (
            Refused(Reason.CONSENT_REQUIRED, missing=["general"]),
            "privacy",
            ["查看个人信息说明", "查看个人信息与权利"],
        ),
    ):
        time.advance(seconds=1)
        refusals.note(session, details, None)
        assert held_up(bot, session) == (slug, labels)
    # A sent code ends the refusal.
    time.advance(seconds=1)
    requested_code(rules, session, MISMATCH.phone)
    assert held_up(bot, session)[0] is None


def test_refusal_of_the_account_is_reported_while_its_state_lasts(
    rules: Rules, bot: Bot, time: Time
) -> None:
    account = account_of(person(number=4712), status="frozen")
    session = account_session(account)
    time.advance(seconds=1)
    refusals.note(session, Refused(Reason.ACCOUNT_FROZEN), None)
    assert held_up(bot, session)[0] == "account_frozen"
    account.status = "active"
    account.save()
    time.advance(seconds=1)
    refusals.note(session, Refused(Reason.LEVEL_TOO_LOW), None)
    assert held_up(bot, session) == ("registration_guide", ["去刷脸", "改用网证", "查看窗口"])


def test_active_account_outweighs_an_unknown_login(rules: Rules, bot: Bot, time: Time) -> None:
    session, account = wechat_session(), account_of(person(number=4713))
    refusals.note(session, Refused(Reason.USER_NOT_FOUND), None)
    time.advance(seconds=1)
    refusals.note(session, Refused(Reason.ALREADY_ACTIVE, account_id=account.id), None)
    assert held_up(bot, session) == ("activation_flow", ["去登录", "重置密码"])


def test_skipped_step_is_reported(rules: Rules, bot: Bot, time: Time) -> None:
    session, account = wechat_session(), synced_account(person(number=4715))
    refusals.note(session, Refused(Reason.USER_NOT_FOUND), None)
    time.advance(seconds=1)
    activation(account.id, session)
    refusals.note(session, Refused(Reason.STEP_ORDER), None)
    said = bot.ask("怎么办", asker=asker_of(session))
    assert [finding["code"] for finding in said.diagnosis] == ["activation_under_way"]
    # Too late: what he tried before he began is no reason either.
    time.advance(minutes=31)
    refusals.note(session, Refused(Reason.ACTIVATION_EXPIRED), None)
    said = bot.ask("怎么办", asker=asker_of(session))
    assert [finding["code"] for finding in said.diagnosis] == ["activation_expired"]


def test_expired_lock_is_reported_as_over(rules: Rules, bot: Bot, time: Time) -> None:
    session, account = wechat_session(), account_of(person(number=4714))
    locked = Refused(Reason.WRONG_PASSWORD, account_id=account.id, attempts_left=0, retry_after=60)
    refusals.note(session, locked, None)
    assert held_up(bot, session) == ("password_still_wrong", ["重置密码"])
    time.advance(minutes=2)
    said = bot.ask("怎么办", asker=asker_of(session))
    assert "锁定已经解除" in said.diagnosis[0]["message"]
    assert said.actions[0]["label"] == "去登录"


@pytest.mark.parametrize("text", ["还要等多久", "还是不行", "然后呢"])
def test_refusal_since_the_last_message_replaces_the_subject(
    rules: Rules, bot: Bot, time: Time, text: str
) -> None:
    session = wechat_session()
    refused_phone(rules, session)
    time.advance(seconds=1)
    talk = bot.talk(asker_of(session))
    assert talk.say("怎么办").slug == "segment_199"
    time.advance(seconds=1)
    # Nothing came up: it is still that one.
    assert talk.say(text).slug == "segment_199"
    time.advance(seconds=1)
    refused_elements(rules, session)
    time.advance(seconds=1)
    said = talk.say(text)
    assert (said.slug, said.diagnosis[0]["code"]) == (
        "verify_data_missing",
        "four_elements_mismatch",
    )
