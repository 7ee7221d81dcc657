"""Diagnosis of the matters (业务) that the asker confirms."""

from collections.abc import Iterator
from typing import Any

import pytest

from faq.content.entries import Content
from miniprogram_api.matter_lines import changes
from miniprogram_api.matters import standings
from models.accounts.accounts import FROZEN, Account
from models.matters.decisions import Decision
from models.matters.events import MatterEvent
from models.storage.database import transaction
from tests.support.faq.diagnosis import Bot, asker_of
from tests.support.matters import matters as tools
from tests.support.matters.matters import PEOPLE, matter_of, named, verified
from tests.support.people.accounts import Time, account_of, account_session
from tests.support.people.sms_codes import NOON
from tests.support.service.rules import Rules

ZHANG, LI, WANG = PEOPLE
GUIDES = (
    "matter_todo",
    "matter_second_face",
    "matter_waiting",
    "matter_not_mine",
    "matter_expired",
)

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def answers(rules: Rules, content: Content, account: Account) -> dict[str, tuple[Any, str]]:
    """Return state and first sentence of each guide."""
    bot = Bot(rules.services, content, account_session(account, None))
    found = {slug: bot.look(slug) for slug in GUIDES}
    return {
        slug: (one.state, "" if one.instead is None else one.instead.answer)
        for slug, one in found.items()
    }


@both_databases
def test_guides_follow_the_matter_from_to_do_to_acceptance(rules: Rules, shipped: Content) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    assert answers(rules, shipped, zhang)["matter_todo"][0] == "matter_none"
    matter = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理"), named(LI)])
    found = answers(rules, shipped, zhang)
    assert {state for state, _ in found.values()} == {"matter_to_confirm"}
    assert "您有1项业务在等您，最早的一项请在12月24日前办完" in found["matter_todo"][1]
    assert "每项要再刷一次脸" in found["matter_second_face"][1]
    assert "选“不是我办的”" in found["matter_not_mine"][1]
    tools.confirm(rules.services, matter, zhang)
    found = answers(rules, shipped, zhang)
    assert "还差1人没有确认" in found["matter_waiting"][1]
    assert "还差1人没有确认" in found["matter_todo"][1]
    tools.confirm(rules.services, matter, li)
    assert "所有人都确认好了" in answers(rules, shipped, zhang)["matter_waiting"][1]
    tools.accept(rules.services, matter)
    assert "已受理" in answers(rules, shipped, zhang)["matter_waiting"][1]


def test_refused_lost_and_expired_matters_are_told(
    rules: Rules, shipped: Content, time: Time
) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    tools.confirm(rules.services, matter, zhang)
    tools.refuse(rules.services, matter, li)
    assert "暂停" in answers(rules, shipped, zhang)["matter_waiting"][1]
    tools.confirm(rules.services, matter, li)
    with transaction():
        changes.lose_lines(tools.lines_of(matter)[:1], "card_expired")
    found = answers(rules, shipped, zhang)
    assert "您的确认失效了（证件到期）" in found["matter_expired"][1]
    assert found["matter_todo"][0] == "matter_lost"
    time.advance(days=31)
    assert (
        "已经失效；仍要办理请经办人重新发起" in answers(rules, shipped, zhang)["matter_expired"][1]
    )


def test_agent_hears_who_has_not_confirmed_and_others_only_how_many(
    rules: Rules, shipped: Content
) -> None:
    agent, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG, "经办人"), named(LI), named(WANG, "监事")])
    tools.confirm(rules.services, matter, agent)
    tools.confirm(rules.services, matter, li)

    def said(account: Account) -> str:
        bot = Bot(rules.services, shipped, account_session(account, None))
        return bot.message("matter_waiting")

    assert "（监事）" in said(agent)
    assert WANG.name not in said(agent)
    assert "监事" not in said(li)


def test_record_chooses_the_matter_for_an_open_wording(rules: Rules, shipped: Content) -> None:
    zhang = verified(ZHANG)
    matter_of(rules.services, [named(ZHANG)])
    bot = Bot(rules.services, shipped, account_session(zhang, None))
    found = bot.look("face_check_errors", "matter_todo", vague=True, confidence=0.6)
    assert found.decided is shipped.by_slug["matter_todo"]


def test_below_level_4_only_the_check_is_named(rules: Rules, shipped: Content) -> None:
    zhang = account_of(ZHANG)
    matter_of(rules.services, [named(ZHANG)])
    found = answers(rules, shipped, zhang)
    assert found["matter_todo"] == (
        "to_verify",
        "请先刷脸、用网证或到窗口通过身份核验，再查看待办业务。",
    )


def test_below_level_4_ended_matters_are_not_told(rules: Rules, shipped: Content) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    ended = matter_of(rules.services, [named(ZHANG, "经办人")])
    tools.confirm(rules.services, ended, zhang)
    tools.accept(rules.services, ended)
    Account.update(level=3).execute()
    found = answers(rules, shipped, zhang)
    assert {state for state, _ in found.values()} == {"matter_none", None}
    assert "受理" not in found["matter_todo"][1]
    # One that waits for another alone: only that it waits.
    waiting = matter_of(rules.services, [named(ZHANG, "经办人"), named(LI)], number="M-2")
    Account.update(level=4).execute()
    tools.confirm(rules.services, waiting, zhang)
    assert "还差1人没有确认" in answers(rules, shipped, zhang)["matter_waiting"][1]
    Account.update(level=3).execute()
    bot = Bot(rules.services, shipped, account_session(zhang, None))
    (finding,) = bot.look("matter_waiting").findings
    assert finding.message == "请先刷脸、用网证或到窗口通过身份核验，再查看待办业务。"
    Account.update(level=4, status=FROZEN).execute()
    assert standings.of_holder(asker_of(account_session(li, None)).account) == []
    assert standings.of_holder(asker_of(account_session(zhang, None)).account) == []


def test_diagnosis_changes_nothing(rules: Rules, shipped: Content) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    before = tools.states_of(matter), MatterEvent.select().count(), Decision.select().count()
    answers(rules, shipped, zhang)
    assert (
        tools.states_of(matter),
        MatterEvent.select().count(),
        Decision.select().count(),
    ) == before


def test_bot_offers_nothing_to_confirm_after_not_mine(rules: Rules, shipped: Content) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    bot = Bot(rules.services, shipped, account_session(zhang, None))
    opening = "pages/matters/index"
    assert opening in [action.get("page") for action in bot.look("matter_todo").actions]
    tools.refuse(rules.services, matter, zhang)
    for slug in GUIDES:
        found = bot.look(slug)
        assert opening not in [action.get("page") for action in found.actions], slug
    assert "您说过不是您办的" in found.findings[0].message
