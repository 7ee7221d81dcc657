"""Messages that could not be sent, for operators to retry or drop.

Chat replies and notices, subscription messages and webhook events, each identified by a key such as
``reply-7``. Messages that the user declined (43101) are excluded.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peewee import Expression

from miniprogram_api import audit, clock, outbox, texts
from miniprogram_api.messaging import chat_replies, subscriptions
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrars import matter_webhooks
from miniprogram_api.registrars import webhooks as registrar_hooks
from miniprogram_api.texts import invalid, word
from models.chat import ChatReply
from models.matters.events import MatterEvent
from models.matters.matters import Matter
from models.registrars import RegistrarEvent, RegistrarKey, RegistrarWatch
from models.storage.database import transaction
from models.subscriptions import Subscription

REPLY, SUBSCRIPTION, EVENT = "reply", "subscription", "event"
MATTER_EVENT = "matter"
MOST_LISTED = 200
LONGEST_REASON = 100
_LARGEST = 2**62
_PLACE = re.compile(
    rf"([0-9]{{1,15}})-({REPLY}|{SUBSCRIPTION}|{EVENT}|{MATTER_EVENT})-([0-9]{{1,15}})"
)


@dataclass(frozen=True)
class DeadLetter:
    """One message; ``cause`` is the localised reason, ``errcode`` is WeChat's.

    ``openid`` is the recipient: a WeChat user, or a registration system by its key id.
    """

    key: str
    openid: str
    failed_at: datetime
    errcode: int
    cause: str
    text: str = field(repr=False)

    @property
    def is_for_system(self) -> bool:
        """Return whether the recipient is a registration system."""
        return self.key.startswith((f"{EVENT}-", f"{MATTER_EVENT}-"))

    @property
    def place(self) -> str:
        """Return the position in the list, for ``page``."""
        return f"{clock.milliseconds(self.failed_at)}-{self.key}"


def list_all() -> list[DeadLetter]:
    """Return the newest dead letters, at most 200."""
    return page(limit=MOST_LISTED)


def page(*, limit: int, before: str = "") -> list[DeadLetter]:
    """Return the newest dead letters; ``before``: only those behind this ``place``."""
    events = RegistrarEvent.select(RegistrarEvent, RegistrarWatch, RegistrarKey)
    kinds: tuple[tuple[str, Any, Any, Any], ...] = (
        (REPLY, ChatReply.select(), ChatReply.failed_at.is_null(False), _of_reply),
        (SUBSCRIPTION, Subscription.select(), _is_dead_subscription(), _of_subscription),
        (
            EVENT,
            events.join(RegistrarWatch).join(RegistrarKey),
            RegistrarEvent.failed_at.is_null(False),
            _of_event,
        ),
        (
            MATTER_EVENT,
            MatterEvent.select(MatterEvent, Matter, RegistrarKey).join(Matter).join(RegistrarKey),
            MatterEvent.failed_at.is_null(False),
            _of_matter_event,
        ),
    )
    at, last_kind, number = _place(before)
    order = [kind for kind, *_ in kinds]
    letters: list[DeadLetter] = []
    for kind, rows, is_dead, letter_of in kinds:
        table = rows.model
        found = rows.where(is_dead).order_by(table.failed_at.desc(), table.id.desc())
        if at is not None:
            # Within the same moment the kinds are in their order.
            passed = order.index(kind) - order.index(last_kind)
            same = table.id < number if passed == 0 else table.id < (0 if passed < 0 else _LARGEST)
            found = found.where((table.failed_at < at) | ((table.failed_at == at) & same))
        letters += [letter_of(row) for row in found.limit(limit)]
    return sorted(letters, key=lambda letter: letter.failed_at, reverse=True)[:limit]


def count() -> int:
    """Count the dead letters."""
    replies = ChatReply.select().where(ChatReply.failed_at.is_null(False)).count()
    events = RegistrarEvent.select().where(RegistrarEvent.failed_at.is_null(False)).count()
    events += MatterEvent.select().where(MatterEvent.failed_at.is_null(False)).count()
    return int(replies + events + Subscription.select().where(_is_dead_subscription()).count())


def send_again(key: str, *, actor: str) -> None:
    """Queue a dead letter again, within the usual limits. Raises Refused NOT_FOUND."""
    now = clock.now()
    with transaction():
        kind, row = _locked(key)
        if kind == REPLY:
            ChatReply.update(failed_at=None, handed_over_at=None, errcode=0, created_at=now).where(
                ChatReply.id == row.id
            ).execute()
            outbox.add(chat_replies.JOB, {"reply_id": row.id})
        elif kind == EVENT:
            registrar_hooks.retry(row)
        elif kind == MATTER_EVENT:
            matter_webhooks.retry(row)
        else:
            Subscription.update(failed_at=None, errcode=0, happened_at=now).where(
                Subscription.id == row.id
            ).execute()
            outbox.add(subscriptions.JOB, {"subscription_id": row.id})
        audit.write("command:dead_letter:sent_again", actor=actor, letter=key)


def drop(key: str, *, actor: str, reason: str) -> None:
    """Delete a dead letter. Raises Refused: INVALID_INPUT without a reason; NOT_FOUND."""
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise invalid("dead_letters.reason.required", most=LONGEST_REASON)
    with transaction():
        _kind, row = _locked(key)
        row.delete_instance()
        audit.write("command:dead_letter:dropped", actor=actor, letter=key, reason=reason)


def _place(text: str) -> tuple[int | None, str, int]:
    """Parse a ``DeadLetter.place`` into time, kind and id; the time is None for any other text."""
    found = _PLACE.fullmatch(text)
    return (int(found[1]), found[2], int(found[3])) if found else (None, "", 0)


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
    elif kind == MATTER_EVENT:
        row = MatterEvent.get_or_none(
            (MatterEvent.id == int(number)) & MatterEvent.failed_at.is_null(False)
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
    reason = json.loads(row.content)["reason"]
    return _event(EVENT, row, row.watch.key, reason)


def _of_matter_event(row: MatterEvent) -> DeadLetter:
    key: Any = row.matter.key
    return _event(MATTER_EVENT, row, key, json.loads(row.content)["state"])


def _event(
    kind: str, row: RegistrarEvent | MatterEvent, key: RegistrarKey, reason: str
) -> DeadLetter:
    cause = texts.text(
        "dead_letters.answered" if row.status else "dead_letters.no_answer", status=row.status
    )
    said = f"{word('registrars.kinds', row.kind)} · {word('registrars.reasons', reason)}"
    text = f"{key.name}：{said}"
    return DeadLetter(f"{kind}-{row.id}", key.id, row.failed_at, row.status or 0, cause, text)


def _letter(key: str, row: ChatReply | Subscription, text: str) -> DeadLetter:
    known = texts.words("dead_letters.causes").get(str(row.errcode))
    cause = known or texts.text("dead_letters.other_errcode", errcode=row.errcode)
    return DeadLetter(key, row.openid, row.failed_at, row.errcode, cause, text)
