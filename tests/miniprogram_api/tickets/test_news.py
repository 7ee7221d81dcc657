"""The opener of a ticket is notified once, by subscription message or chat."""

import time

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.messaging import chat_inbox, subscriptions
from miniprogram_api.messaging.chat_inbox import Push
from miniprogram_api.texts import word
from miniprogram_api.tickets import news as ticket_news
from miniprogram_api.tickets import tickets
from models.desks import tickets as table
from models.storage.database import transaction
from subscription_templates import SubscriptionTopic
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules


def opened(rules: Rules, kind: tickets.Kind) -> table.Ticket:
    ticket = tickets.open_ticket(
        rules.services, kind=kind, account_id=None, openid="o-wang", source="user"
    )
    return table.Ticket.get(table.Ticket.number == ticket.id)


def subscribe(rules: Rules, topic: SubscriptionTopic) -> None:
    subscriptions.accept(
        rules.services,
        session=wechat_session("wang"),
        topic=topic,
        template_id=f"sandbox-{topic}",
    )


def close(rules: Rules, row: table.Ticket) -> list[tuple[str, str]]:
    """End the ticket twice; return kind and beginning of every received message."""
    row.state, row.reason = table.RESOLVED, "已核实"
    for _ in range(2):
        with transaction():
            ticket_news.notify_opener(row)
    while jobs.work_once(rules.services, clock.now()):
        pass
    messages = rules.sandbox.wechat_messages("o-wang")
    return [(message["kind"], message["text"][:6]) for message in messages]


@pytest.mark.parametrize(
    ("kind", "topic"),
    [("other", "ticket"), ("identity_review", "review"), ("identity_review", "ticket")],
)
def test_subscriber_gets_one_message(
    rules: Rules, kind: tickets.Kind, topic: SubscriptionTopic
) -> None:
    row = opened(rules, kind)
    subscribe(rules, topic)
    subscribe(rules, topic)
    ((channel, text),) = close(rules, row)
    assert channel == "subscribe"
    assert text.startswith(word("tickets.kinds", kind)[:4])


def test_opener_without_a_subscription_is_notified_in_an_open_chat(rules: Rules) -> None:
    row = opened(rules, "other")
    assert close(rules, row) == []
    chat_inbox.accept(Push("o-wang", "text", "", "1", int(time.time()), "1", {"Content": "在吗"}))
    assert close(rules, row)[0] == ("custom", f"您的申请{row.number}（"[:6])
