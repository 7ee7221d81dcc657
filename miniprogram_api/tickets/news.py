"""Notifications about a ticket to its opener: by subscription message, else in the chat.

Written in the transaction of the change, sent after it. The mini program shows the state anyway. An
accept allows one message, so it is reserved for the end of the ticket.
"""

from miniprogram_api import clock
from miniprogram_api.access import web_visitors
from miniprogram_api.accounts import disputes
from miniprogram_api.messaging import chat_replies, notices, subscriptions
from miniprogram_api.messaging.subscriptions import News
from miniprogram_api.texts import text, word
from miniprogram_api.tickets.due import next_step_of
from models.desks import tickets as table
from subscription_templates import SubscriptionTopic


def notify_opener(row: table.Ticket, *, answered: bool = False) -> None:
    """Notify the opener of the ticket's state, once for each; within the transaction."""
    is_over = row.state not in table.UNFINISHED
    if is_over and row.source == "clerk" and row.kind == disputes.KIND and row.phone:
        # The person has no account that reads the ticket.
        notices.add(None, notices.DISPUTE_ENDED, row.phone)
    subject, state = word("tickets.kinds", row.kind), word("tickets.states", row.state)
    news = News(subject, state, row.reason or text("news.open_program"), clock.now())
    # A review is a ticket, too: either accept is used, once.
    topics: tuple[SubscriptionTopic, ...] = ("ticket",)
    if row.kind == "identity_review":
        topics = ("review", "ticket")
    is_sent = is_over and any(
        subscriptions.notify(
            topic,
            news,
            cause=f"ticket:{row.id}:{row.state}",
            openid=row.openid,
            account_id=row.account_id,
        )
        for topic in topics
    )
    openid = web_visitors.wechat_user(row.openid)
    if is_sent or openid is None:
        return
    step = next_step_of(row, answered=answered)
    reason = text("news.reason", reason=row.reason) if row.reason else ""
    words = text(
        "news.ticket", number=row.number, subject=subject, state=state, reason=reason, step=step
    )
    chat_replies.add_notice(openid, chat_replies.text(words))
