"""Telling the opener of a ticket how it goes: by subscription message, else in the chat.

In the program he sees it anyway. Written in the transaction of the change, sent after it. An accept
lets one message through, so it is kept for the end of the ticket.
"""

from config import SubscriptionTopic
from miniprogram_api import chat_replies, clock, subscriptions, ticket_words
from miniprogram_api.subscriptions import News
from models import tickets as table

KIND_WORDS = {
    "phone_verification": "手机号人工核实",
    "identity_review": "身份信息复核",
    "manual_verification": "窗口人工核验",
    "activation_phone": "激活手机号更正",
    "re_registration": "注销后重新注册",
    "phone_change": "更换登记手机号",
    "identity_dispute": "冒名注册处理",
    "other": "人工咨询",
}
STATE_WORDS = {
    table.OPEN: "已受理",
    table.WITH_CENTRE: "处理中",
    table.RESOLVED: "已办结",
    table.REJECTED: "未通过",
    table.WITHDRAWN: "已撤回",
}


def tell(row: table.Ticket, *, answered: bool = False) -> None:
    """Tell the opener what his ticket is now, once for each state; within the transaction.

    ``answered`` as for ``ticket_words.next_step``.
    """
    subject, state = KIND_WORDS[row.kind], STATE_WORDS[row.state]
    news = News(subject, state, row.reason or "请打开小程序查看", clock.now())
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
    step = ticket_words.next_step(row.kind, row.state, row.due_at, answered=answered)
    reason = f"说明：{row.reason}。" if row.reason else ""
    words = f"您的工单{row.id}（{subject}）{state}。{reason}{step}"
    chat_replies.add_notice(row.openid, chat_replies.text(words))
