"""Messages that could not be sent: operators look, send them again or drop them.

They are replies and notices of the chat, subscription messages, and what registration systems are
told; each is known by one text such as ``reply-7``. One that WeChat knows as not wanted (43101) is
no dead letter.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peewee import Expression

from miniprogram_api import audit, chat_replies, clock, outbox, registrar_hooks, subscriptions
from miniprogram_api.reasons import Reason, Refused
from models.chat import ChatReply
from models.database import transaction
from models.registrars import RegistrarEvent, RegistrarKey, RegistrarWatch
from models.subscriptions import Subscription

REPLY, SUBSCRIPTION, EVENT = "reply", "subscription", "event"
MOST_LISTED = 200

# What WeChat's errcodes mean for the operator.
_CAUSES = {
    chat_replies.UNCERTAIN: "没有收到微信的答复，用户可能已经收到",
    -1: "微信系统繁忙，多次重试未成功",
    40003: "openid无效，用户不属于本小程序",
    subscriptions.NO_TEMPLATE: "订阅模板的编号无效，或设置里已换成别的模板",
    45002: "消息太长",
    45009: "微信接口的调用次数已满",
    45015: "超过48小时，用户再发消息后才能下发",
    45047: "超过5条，用户再发消息后才能下发",
    47003: "订阅消息的内容与模板不符",
    48002: "用户拒收消息",
}


@dataclass(frozen=True)
class DeadLetter:
    """One message; ``cause`` says in words why it was not sent, ``errcode`` is WeChat's.

    ``openid`` is who should have got it: a WeChat user, or a registration system by its key id.
    """

    key: str
    openid: str
    failed_at: datetime
    errcode: int
    cause: str
    text: str = field(repr=False)


def list_all() -> list[DeadLetter]:
    """The newest ones first, 200 of each kind at most."""
    replies = (
        ChatReply.select()
        .where(ChatReply.failed_at.is_null(False))
        .order_by(ChatReply.failed_at.desc())
        .limit(MOST_LISTED)
    )
    notices = (
        Subscription.select()
        .where(_is_dead_subscription())
        .order_by(Subscription.failed_at.desc())
        .limit(MOST_LISTED)
    )
    events = (
        RegistrarEvent.select(RegistrarEvent, RegistrarWatch, RegistrarKey)
        .join(RegistrarWatch)
        .join(RegistrarKey)
        .where(RegistrarEvent.failed_at.is_null(False))
        .order_by(RegistrarEvent.failed_at.desc())
        .limit(MOST_LISTED)
    )
    letters = [
        *map(_of_reply, replies),
        *map(_of_subscription, notices),
        *map(_of_event, events),
    ]
    return sorted(letters, key=lambda letter: letter.failed_at, reverse=True)


def count() -> int:
    """How many there are."""
    replies = ChatReply.select().where(ChatReply.failed_at.is_null(False)).count()
    events = RegistrarEvent.select().where(RegistrarEvent.failed_at.is_null(False)).count()
    return int(replies + events + Subscription.select().where(_is_dead_subscription()).count())


def send_again(key: str, *, actor: str) -> None:
    """Let one be sent as soon as possible, within the rules of every message.

    Raises Refused: NOT_FOUND when there is no such dead letter.
    """
    now = clock.now()
    with transaction():
        kind, row = _locked(key)
        if kind == REPLY:
            ChatReply.update(failed_at=None, handed_over_at=None, errcode=0, created_at=now).where(
                ChatReply.id == row.id
            ).execute()
            outbox.add(chat_replies.JOB, {"reply_id": row.id})
        elif kind == EVENT:
            registrar_hooks.try_again(row)
        else:
            Subscription.update(failed_at=None, errcode=0, happened_at=now).where(
                Subscription.id == row.id
            ).execute()
            outbox.add(subscriptions.JOB, {"subscription_id": row.id})
        audit.write("command:dead_letter:sent_again", actor=actor, letter=key)


def drop(key: str, *, actor: str) -> None:
    """Forget one for good. Raises Refused: NOT_FOUND."""
    with transaction():
        _kind, row = _locked(key)
        row.delete_instance()
        audit.write("command:dead_letter:dropped", actor=actor, letter=key)


def _locked(key: str) -> tuple[str, Any]:
    kind, _, number = key.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) <= 15):
        raise Refused(Reason.NOT_FOUND)
    row: Any = None
    if kind == REPLY:
        row = ChatReply.get_or_none(
            (ChatReply.id == int(number)) & ChatReply.failed_at.is_null(False)
        )
    elif kind == SUBSCRIPTION:
        row = Subscription.get_or_none((Subscription.id == int(number)) & _is_dead_subscription())
    elif kind == EVENT:
        row = RegistrarEvent.get_or_none(
            (RegistrarEvent.id == int(number)) & RegistrarEvent.failed_at.is_null(False)
        )
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return kind, row


def _is_dead_subscription() -> Expression:
    failed = Subscription.failed_at.is_null(False)
    return failed & (Subscription.errcode != subscriptions.USED_UP)


def _of_reply(row: ChatReply) -> DeadLetter:
    content = json.loads(row.content)
    text = content.get("text", {}).get("content", f"[{content.get('msgtype')}]")
    return _letter(f"{REPLY}-{row.id}", row, text)


def _of_subscription(row: Subscription) -> DeadLetter:
    news = json.loads(row.content or "{}")
    text = " · ".join(str(news.get(name, "")) for name in ("subject", "state", "note"))
    return _letter(f"{SUBSCRIPTION}-{row.id}", row, text)


def _of_event(row: RegistrarEvent) -> DeadLetter:
    cause = f"登记系统返回{row.status}" if row.status else "登记系统没有应答，或没有可用的推送地址"
    content = json.loads(row.content)
    key = row.watch.key
    text = f"{key.name}：{row.kind} · {content['reason']}"
    return DeadLetter(f"{EVENT}-{row.id}", key.id, row.failed_at, row.status or 0, cause, text)


def _letter(key: str, row: ChatReply | Subscription, text: str) -> DeadLetter:
    cause = _CAUSES.get(row.errcode, f"微信返回错误码{row.errcode}")
    return DeadLetter(key, row.openid, row.failed_at, row.errcode, cause, text)
