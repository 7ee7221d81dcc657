"""Subscription messages (订阅消息): one per accept and occurrence.

The mini program asks the user (``wx.requestSubscribeMessage``) and reports each accept here. WeChat
allows one message per accept, so an occurrence consumes it; an accept of a long-term template is
followed by the next until the user switches it off.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated

from peewee import Expression, ModelSelect
from pydantic import Field

from miniprogram_api import clock, texts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.answers import answer_class
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.accounts.accounts import Account
from models.storage.database import lock, transaction
from models.storage.removal import remove_before
from models.subscriptions import Subscription
from subscription_templates import SubscriptionKind, SubscriptionTopic

MOST_WAITING = 20
"""Accepts of one user for one topic; more are not stored."""


@answer_class
class AcceptedSubscription:
    """A stored accept."""

    topic: SubscriptionTopic
    waiting: Annotated[int, Field(ge=1)]
    """Unused accepts."""
    # None when the limit was reached and this one was not stored.
    subscription_id: Annotated[int | None, Field(exclude=True)]


@answer_class
class SubscriptionOffer:
    """A topic that can be subscribed to, and the user's unused accepts for it."""

    topic: SubscriptionTopic
    template_id: str
    kind: SubscriptionKind
    """once: an accept allows one message; long: all until it is switched off in WeChat."""
    waiting: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class News:
    """An occurrence: its subject, its state in at most 5 characters, and what to do."""

    subject: str
    state: str
    note: str
    at: datetime


def news(key: str, at: datetime, **values: str) -> News:
    """Build news from the texts of a key."""
    said = {
        name: texts.text(f"news.{key}.{name}", **values) for name in ("subject", "state", "note")
    }
    return News(**said, at=at)


def offers(services: Services, session: SessionInfo) -> list[SubscriptionOffer]:
    """Return the topics that have a template, for this WeChat user."""
    return [
        SubscriptionOffer(
            topic,
            template.id,
            template.kind,
            _waiting(topic, Subscription.openid == session.openid).count(),
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
    """Store one accept of the session's WeChat user; joins a surrounding transaction.

    ``subject`` narrows the topic: the prefix of a number range. Raises Refused: INVALID_INPUT on
    ``topic`` when the topic has no template or the session no WeChat user, on ``template_id`` when
    it is not the topic's.
    """
    template = services.settings.wechat_templates.get(topic)
    if template is None:
        raise invalid("subscriptions.topic.not_offered")
    if session.wechat_user is None:
        raise invalid("subscriptions.topic.wechat_required")
    if template_id != template.id:
        raise invalid("subscriptions.template_id.not_allowed")
    is_long = template.kind == "long"
    with transaction():
        lock(f"subscription:{session.openid}")
        waiting = _waiting(topic, Subscription.openid == session.openid).count()
        subscription_id = None
        if waiting < (1 if is_long else MOST_WAITING):
            subscription_id = Subscription.insert(
                openid=session.openid,
                account=session.account_id,
                topic=topic,
                template_id=template_id,
                subject=subject,
                accepted_at=clock.now(),
                is_long=is_long,
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
    """Queue a message in the occurrence's transaction, if the user has an accept.

    The user is a WeChat user (``openid``), an account, or both. ``cause`` identifies the
    occurrence, such as ``ticket:7:resolved`` (at most 60 characters); each is sent once. Return
    whether it is or was queued. Raises RuntimeError outside a transaction.
    """
    own = _belongs_to(openid, account_id)
    if own is None:
        return False
    key = f"{cause}:{account_id or openid}"
    lock(f"subscription:{key}")
    if Subscription.select().where(Subscription.cause == key).exists():
        return True
    waiting = _waiting(topic, own).order_by(Subscription.accepted_at, Subscription.id).first()
    return waiting is not None and consume_accept(waiting, news, key)


def consume_accept(waiting: Subscription, news: News, key: str) -> bool:
    """Consume an accept for a message; return False when it was used. Run in a transaction."""
    content = json.dumps({**asdict(news), "at": news.at.isoformat()}, ensure_ascii=False)
    now = clock.now()
    used = (
        Subscription.update(cause=key, content=content, happened_at=now, due_at=now, since=now)
        .where((Subscription.id == waiting.id) & Subscription.happened_at.is_null())
        .execute()
    )
    if used and waiting.is_long:
        _renew(waiting, now)
    return bool(used)


def revoke(openid: str, template_ids: list[str]) -> int:
    """Delete the unused accepts of templates that the user switched off in WeChat."""
    off = (Subscription.openid == openid) & Subscription.template_id.in_(template_ids)
    return int(Subscription.delete().where(off & Subscription.happened_at.is_null()).execute())


def drop_of_account(account_id: int, openid: str | None = None) -> None:
    """Delete the unused accepts of an account (or of ``openid`` for it). Run in a transaction."""
    ended = (Subscription.account == account_id) & Subscription.happened_at.is_null()
    if openid is not None:
        ended &= Subscription.openid == openid
    Subscription.delete().where(ended).execute()


def remove_old() -> int:
    """Delete expired subscriptions, used or not; return how many."""
    now = clock.now()
    done = remove_before(Subscription.happened_at, Kept.SUBSCRIPTIONS_DONE.cutoff(now))
    return done + remove_before(Subscription.accepted_at, Kept.SUBSCRIPTIONS_WAITING.cutoff(now))


def refused_by_wechat(row: Subscription) -> None:
    """Note that WeChat takes no message for the accept of a row: a long-term one has ended."""
    if row.is_long:
        revoke(row.openid, [row.template_id])


def unused(topic: SubscriptionTopic) -> list[Subscription]:
    """Return the unused accepts of a topic, oldest first."""
    return list(_waiting(topic).order_by(Subscription.id))


def _renew(used: Subscription, now: datetime) -> None:
    Subscription.insert(
        openid=used.openid,
        account=used.account_id,
        topic=used.topic,
        template_id=used.template_id,
        subject=used.subject,
        accepted_at=now,
        is_long=True,
    ).execute()


def _waiting(topic: SubscriptionTopic, *conditions: Expression) -> "ModelSelect[Subscription]":
    return Subscription.select().where(
        Subscription.topic == topic, Subscription.happened_at.is_null(), *conditions
    )


def _belongs_to(openid: str | None, account_id: int | None) -> Expression | None:
    """Build the condition for a user's accepts; an account includes its bound WeChat user."""
    own = [Subscription.openid == openid] if openid is not None else []
    if account_id is not None:
        bound = Account.select(Account.wechat_openid).where(Account.id == account_id)
        own += [Subscription.account == account_id, Subscription.openid.in_(bound)]
    return reduce(or_, own) if own else None
