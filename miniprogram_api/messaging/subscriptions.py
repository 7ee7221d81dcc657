"""Subscription messages (订阅消息): who agreed to be told is told once, when the thing happens.

The mini program asks the person (``wx.requestSubscribeMessage``) and reports each accept here. One
accept lets WeChat send one message, so an accept is used up by the occurrence that it is told of.
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Annotated, cast

from peewee import Expression, ModelSelect
from pydantic import Field

from config import SubscriptionTemplate, SubscriptionTopic
from miniprogram_api import clock, outbox, texts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.wechat_messages import SendOutcome
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.accounts.accounts import Account
from models.storage.database import lock, release, transaction
from models.subscriptions import Subscription

JOB = "subscription.send"
PAGES: dict[SubscriptionTopic, str] = {
    "number_range_supported": "pages/register/index",
    "sms_window_over": "pages/register/index",
    "ticket": "pages/tickets/index",
    "review": "pages/tickets/index",
    "authorisation_ending": "pages/account/authorization",
}
"""What a tap on the message opens."""
MOST_WAITING = 20
"""Accepts of one person for one topic; more of them are not kept."""
TRIED_FOR = timedelta(hours=12)
"""So long a message is worth being sent after what it tells of."""

USED_UP = 43101
"""WeChat's errcode: the person refuses, or the accept was used before."""
NO_TEMPLATE = 40037
"""WeChat's errcode for a template that is none; ours where the settings have another one."""

# What WeChat lets stand under each kind of key (subscribe/send, 订阅消息参数值内容限制说明).
_LONGEST = {"thing": 20, "phrase": 5, "name": 10, "character_string": 32}
_NOT_HAN = re.compile("[^\u4e00-\u9fff]")
_NOT_ASCII = re.compile("[^!-~]")


@answer_class
class AcceptedSubscription:
    """An accept was kept."""

    topic: SubscriptionTopic
    waiting: Annotated[int, Field(ge=1)]
    """Accepts that are not used up yet."""
    # None when there were so many that this one was not kept.
    subscription_id: Annotated[int | None, Field(exclude=True)]


@answer_class
class SubscriptionOffer:
    """A topic that can be asked for, and how many accepts of the person wait for it."""

    topic: SubscriptionTopic
    template_id: str
    waiting: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class News:
    """What happened: whom or what it concerns, its state in at most 5 characters, what to do."""

    subject: str
    state: str
    note: str
    at: datetime


def news(key: str, at: datetime, **values: str) -> News:
    """Return news by the key of their texts."""
    said = {
        name: texts.text(f"news.{key}.{name}", **values) for name in ("subject", "state", "note")
    }
    return News(**said, at=at)


class NotSent(Exception):
    """WeChat did not take the message now; the outbox tries again later."""


def offers(services: Services, session: SessionInfo) -> list[SubscriptionOffer]:
    """The topics that have a template, for this WeChat user."""
    return [
        SubscriptionOffer(
            topic, template.id, _waiting(topic, Subscription.openid == session.openid).count()
        )
        for topic, template in services.settings.wechat_templates.items()
    ]


def accept(
    services: Services,
    *,
    session: SessionInfo,
    topic: SubscriptionTopic,
    template_id: str,
    subject: str = "",
) -> AcceptedSubscription:
    """Keep one accept of the session's WeChat user.

    ``subject`` narrows the topic: the prefix of a number range. Within a transaction it is part of
    that one. Raises Refused: INVALID_INPUT on ``topic`` when the topic has no template or the
    session no WeChat user, on ``template_id`` when it is not the topic's.
    """
    template = services.settings.wechat_templates.get(topic)
    if template is None:
        raise invalid("subscriptions.topic.not_offered")
    if session.openid is None:
        raise invalid("subscriptions.topic.wechat_required")
    if template_id != template.id:
        raise invalid("subscriptions.template_id.not_allowed")
    with transaction():
        lock(f"subscription:{session.openid}")
        waiting = _waiting(topic, Subscription.openid == session.openid).count()
        subscription_id = None
        if waiting < MOST_WAITING:
            subscription_id = Subscription.insert(
                openid=session.openid,
                account=session.account_id,
                topic=topic,
                template_id=template_id,
                subject=subject,
                accepted_at=clock.now(),
            ).execute()
            waiting += 1
    return AcceptedSubscription(topic, waiting, subscription_id)


def notify(
    topic: SubscriptionTopic,
    news: News,
    *,
    cause: str,
    openid: str | None = None,
    account_id: int | None = None,
) -> bool:
    """Tell a person, in the transaction of what happened, if he agreed to be told.

    He is a WeChat user (``openid``), an account, or both. ``cause`` names the occurrence, such as
    ``ticket:7:resolved`` (at most 60 characters); whoever was told of it is not told again. Returns
    whether he is told by it or was before. Raises RuntimeError outside a transaction.
    """
    own = _belongs_to(openid, account_id)
    if own is None:
        return False
    key = f"{cause}:{account_id or openid}"
    lock(f"subscription:{key}")
    if Subscription.select().where(Subscription.cause == key).exists():
        return True
    waiting = _waiting(topic, own).order_by(Subscription.accepted_at, Subscription.id).first()
    return waiting is not None and tell(waiting, news, key)


def tell(waiting: Subscription, news: News, key: str) -> bool:
    """Use an accept up for a message; False when it was used up meanwhile. Within a transaction."""
    content = json.dumps({**asdict(news), "at": news.at.isoformat()}, ensure_ascii=False)
    used = (
        Subscription.update(cause=key, content=content, happened_at=clock.now())
        .where((Subscription.id == waiting.id) & Subscription.happened_at.is_null())
        .execute()
    )
    if used:
        outbox.add(JOB, {"subscription_id": waiting.id})
    return bool(used)


def send(services: Services, subscription_id: int) -> None:
    """Send one message; does nothing when it was sent or can never be sent.

    After a time-out it counts as sent: it may have arrived, and nobody wants it twice. Raises
    NotSent when it must be tried again.
    """
    row = Subscription.get_or_none(Subscription.id == subscription_id)
    if row is None or row.content is None or row.sent_at or row.failed_at:
        return
    topic = cast(SubscriptionTopic, row.topic)
    template = services.settings.wechat_templates.get(topic)
    if template is None or template.id != row.template_id:
        _end(row, failed_at=clock.now(), errcode=NO_TEMPLATE)
        return
    content = json.loads(row.content)
    news = News(**{**content, "at": datetime.fromisoformat(content["at"])})
    release()
    result = services.clients.wechat_messages.send_subscribed(
        row.openid, row.template_id, PAGES[topic], values(template, news)
    )
    now = clock.now()
    if result.outcome is SendOutcome.REFUSED:
        _end(row, failed_at=now, errcode=result.errcode)
    elif result.outcome is not SendOutcome.NOT_SENT:
        _end(row, sent_at=now)
    elif now - row.happened_at > TRIED_FOR:
        _end(row, failed_at=now, errcode=result.errcode)
    else:
        raise NotSent(result.errcode)


def values(template: SubscriptionTemplate, news: News) -> dict[str, str]:
    """What stands under the template's keys, in the forms that WeChat accepts there."""
    return {
        key: _fitting(key.rstrip("0123456789"), news, name) for key, name in template.fields.items()
    }


def revoke(openid: str, template_ids: list[str]) -> int:
    """The person switched these templates off in WeChat: nothing of them waits any more."""
    off = (Subscription.openid == openid) & Subscription.template_id.in_(template_ids)
    return int(Subscription.delete().where(off & Subscription.happened_at.is_null()).execute())


def end_of_account(account_id: int, openid: str | None = None) -> None:
    """Let nobody (or not ``openid``) be told of this account any more. Within a transaction."""
    ended = (Subscription.account == account_id) & Subscription.happened_at.is_null()
    if openid is not None:
        ended &= Subscription.openid == openid
    Subscription.delete().where(ended).execute()


def remove_old() -> int:
    """Delete what was told 90 days ago and what waited for a year; returns how many."""
    now = clock.now()
    done = Subscription.happened_at < Kept.SUBSCRIPTIONS_DONE.cutoff(now)
    return int(
        Subscription.delete()
        .where(done | (Subscription.accepted_at < Kept.SUBSCRIPTIONS_WAITING.cutoff(now)))
        .execute()
    )


def waiting_for(topic: SubscriptionTopic) -> list[Subscription]:
    """The accepts of a topic that wait, the oldest first."""
    return list(_waiting(topic).order_by(Subscription.id))


def _waiting(topic: SubscriptionTopic, *conditions: Expression) -> "ModelSelect[Subscription]":
    return Subscription.select().where(
        Subscription.topic == topic, Subscription.happened_at.is_null(), *conditions
    )


def _belongs_to(openid: str | None, account_id: int | None) -> Expression | None:
    """The condition for whose accepts these are; an account's bound WeChat user is the same."""
    own = [Subscription.openid == openid] if openid is not None else []
    if account_id is not None:
        bound = Account.select(Account.wechat_openid).where(Account.id == account_id)
        own += [Subscription.account == account_id, Subscription.openid.in_(bound)]
    return reduce(or_, own) if own else None


def _fitting(kind: str, news: News, name: str) -> str:
    if name == "at":
        at = news.at.astimezone(clock.SHANGHAI)
        text = texts.text("times.year_month_day", year=at.year, month=at.month, day=at.day)
        if kind != "date":
            text += f" {at:%H:%M}"
    else:
        text = " ".join(str(getattr(news, name)).split())
    if kind == "phrase":
        text = _NOT_HAN.sub("", text)
    elif kind == "character_string":
        text = _NOT_ASCII.sub("", text)
    longest = _LONGEST.get(kind, len(text))
    if len(text) > longest:
        text = text[: longest - 1] + "…" if kind == "thing" else text[:longest]
    return text or ("-" if kind == "character_string" else texts.text("truth.nothing"))


def _end(row: Subscription, **changes: object) -> None:
    Subscription.update(**changes).where(Subscription.id == row.id).execute()
