"""Telling the opener of a ticket how it goes: by subscription message, else in the chat.

In the program he sees it anyway. Written in the transaction of the change, sent after it. An accept
lets one message through, so it is kept for the end of the ticket.
"""

from config import SubscriptionTopic
from miniprogram_api import clock
from miniprogram_api.messaging import chat_replies, subscriptions
from miniprogram_api.messaging.subscriptions import News
from miniprogram_api.texts import text, word
from miniprogram_api.texts.tickets import next_step
from models.desks import tickets as table


def tell(row: table.Ticket, *, answered: bool = False) -> None:
    """Tell the opener what his ticket is now, once for each state; within the transaction.

    ``answered`` as for ``next_step``.
    """
    subject, state = word("tickets.kinds", row.kind), word("tickets.states", row.state)
    news = News(subject, state, row.reason or text("news.open_program"), clock.now())
    # A review is a ticket, too: whoever asked to be told of either is told once.
    topics: tuple[SubscriptionTopic, ...] = ("ticket",)
    if row.kind == "identity_review":
        topics = ("review", "ticket")
    told = row.state not in table.UNFINISHED and any(
        subscriptions.notify(
            topic,
            news,
            cause=f"ticket:{row.id}:{row.state}",
            openid=row.openid,
            account_id=row.account_id,
        )
        for topic in topics
    )
    if told or row.openid is None:
        return
    step = next_step(row.kind, row.state, row.due_at, answered=answered)
    reason = text("news.reason", reason=row.reason) if row.reason else ""
    words = text(
        "news.ticket", number=row.id, subject=subject, state=state, reason=reason, step=step
    )
    chat_replies.add_notice(row.openid, chat_replies.text(words))
