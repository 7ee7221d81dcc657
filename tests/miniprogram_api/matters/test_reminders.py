"""Reminders: by the agent, each person at most once a day."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.matter_lines import notices
from miniprogram_api.matters import reminders
from miniprogram_api.reasons import Reason
from models.matters.matters import Line
from models.matters.messages import MatterMessage
from tests.support.matters.matters import PEOPLE, matter_of, named
from tests.support.matters.people import Holder, in_days
from tests.support.people.faces import refusal
from tests.support.service.rules import Rules

ZHANG, LI, WANG = PEOPLE


def test_the_agent_reminds_the_others_once_a_day(rules: Rules) -> None:
    posts = [named(ZHANG, "经办人"), named(LI), named(LI, "监事"), named(WANG)]
    matter = matter_of(rules.services, posts)
    agent, other = Holder(rules, ZHANG), Holder(rules, LI, "li")
    remind = lambda: reminders.remind_by_agent(agent.account.id, matter.public_id)  # noqa: E731
    refused = refusal(reminders.remind_by_agent, other.account.id, matter.public_id)
    assert refused.reason is Reason.FORBIDDEN
    one = Line.get(Line.role == "监事").public_id
    assert (reminders.remind(matter.public_id, [one]).sent) == 1
    (message,) = MatterMessage.select().where(MatterMessage.kind == notices.REMINDER)
    assert message.line.document_number == LI.id_number
    found = remind()
    assert (found.sent, found.limit) == (1, 1)
    refused = refusal(remind)
    assert refused.reason is Reason.REMINDER_LIMIT
    again = clock.now() + timedelta(seconds=refused.details["retry_after"] + 1)
    assert (again.date() - clock.today(), again.hour) == (timedelta(days=1), 9)
    with clock.replaced(lambda now=again: now):
        assert remind().sent == 2
    other.confirm(matter)
    with clock.replaced(lambda now=again + timedelta(days=1): now):
        assert remind().sent == 1
    assert Line.get(Line.role == "经办人").reminded_at is None


def test_a_person_with_two_posts_is_reminded_once(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(LI), named(LI, "监事")])
    first, second = (line.public_id for line in Line.select().order_by(Line.id))
    assert reminders.remind(matter.public_id, [first]).sent == 1
    refused = refusal(reminders.remind, matter.public_id, [second])
    assert refused.reason is Reason.REMINDER_LIMIT


def test_a_refused_matter_is_paused(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    Holder(rules, ZHANG).refuse(matter)
    refused = refusal(reminders.remind, matter.public_id)
    assert (refused.reason, refused.details["state"]) == (Reason.MATTER_CLOSED, "refused")
    assert all(line.reminded_at is None for line in Line.select())


def test_lines_of_another_matter_are_not_reminded(rules: Rules) -> None:
    first = matter_of(rules.services, [named(ZHANG)])
    second = matter_of(rules.services, [named(LI)], number="M-2")
    one = Line.get(Line.matter == second.id).public_id
    refused = refusal(reminders.remind, first.public_id, [one])
    assert refused.reason is Reason.NOT_FOUND


def test_ended_matters_are_not_reminded(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    with (
        in_days(31),
        pytest.raises(Exception, match="MATTER_EXPIRED"),
    ):
        reminders.remind(matter.public_id)
