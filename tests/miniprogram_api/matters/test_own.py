"""A person's own matters: the list, what is shown and to whom."""

from dataclasses import replace

from miniprogram_api.matters import own
from miniprogram_api.reasons import Reason
from models.accounts.accounts import Account
from models.matters.matters import Matter
from tests.support.matters.matters import PEOPLE, accept, matter_of, named, verified
from tests.support.matters.people import Holder, in_days
from tests.support.people.faces import refusal
from tests.support.service.rules import Rules

ZHANG, LI, WANG = PEOPLE


def test_list_shows_own_posts_and_what_is_to_do(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理"), named(LI)])
    matter_of(rules.services, [named(LI)], number="M-2")
    holder = Holder(rules, ZHANG)
    (item,) = own.listed(holder.account.id, "open").items or ()
    assert (item.matter_id, item.roles, item.todo) == (matter.public_id, ("股东", "经理"), True)
    holder.confirm(matter, "股东")
    assert (own.listed(holder.account.id, "open").items or ())[0].todo
    holder.confirm(matter, "经理")
    assert not (own.listed(holder.account.id, "open").items or ())[0].todo


def test_ended_matters_are_listed_for_a_year(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    holder.confirm(matter)
    accept(rules.services, matter)
    assert own.listed(holder.account.id, "open").count == 0
    (item,) = own.listed(holder.account.id, "done").items or ()
    assert item.state == "accepted"
    with in_days(366):
        assert own.listed(holder.account.id, "done").count == 0
    # Its receipt stays readable.
    assert holder.seen(matter).lines[0].receipt


def test_below_level_4_only_the_number_is_shown(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    Account.update(level=3).execute()
    found = own.listed(holder.account.id, "open")
    assert (found.count, found.items) == (1, None)
    for call in (holder.seen, holder.ids, holder.open, holder.confirm, holder.refuse):
        refused = refusal(call, matter)
        assert (refused.reason, refused.details) == (Reason.LEVEL_TOO_LOW, {"cause": "matter"})


def test_matters_of_others_do_not_exist(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(LI)])
    holder = Holder(rules, ZHANG)
    assert refusal(holder.seen, matter).reason is Reason.NOT_FOUND
    # The number alone is not enough: the name must agree.
    account = verified(replace(LI, name="李代桃"))
    refused = refusal(own.show, rules.services, account.id, matter.public_id)
    assert refused.reason is Reason.NOT_FOUND


def test_others_are_counted_and_shown_to_the_agent_alone(rules: Rules) -> None:
    matter = matter_of(
        rules.services, [named(ZHANG, "经办人"), named(LI), named(LI, "监事"), named(WANG)]
    )
    agent, shareholder = Holder(rules, ZHANG), Holder(rules, LI, "li")
    shareholder.confirm(matter, "股东")
    seen = agent.seen(matter)
    assert (seen.others.total, seen.others.confirmed) == (2, 0)
    assert seen.persons is not None
    assert [(one.name, one.role, one.state) for one in seen.persons] == [
        ("李*", "股东", "confirmed"),
        ("李*", "监事", "pending"),
        ("王*", "股东", "pending"),
    ]
    shareholder.confirm(matter, "监事")
    assert agent.seen(matter).others.confirmed == 1
    assert shareholder.seen(matter).persons is None


def test_digest_changes_with_content_and_own_lines_alone(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    holder = Holder(rules, ZHANG)
    before = holder.seen(matter)
    assert before.statement == (
        "本人已看过以上内容，确认以股东身份参与这项登记，出于本人真实意愿。"
    )
    Holder(rules, LI, "li").confirm(matter)
    assert holder.seen(matter).digest == before.digest
    Matter.update(subject_name="另一家有限公司").execute()
    assert holder.seen(matter).digest != before.digest
