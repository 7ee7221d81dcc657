"""Delivery of webhook events: signed, and in order for each person.

The outbox retries an event with back-off for ten hours; then it is a dead letter, which an operator
retries or drops. Events contain no personal data: the system identifies the person by the numbers
of its own receipts.
"""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from peewee import Expression

from miniprogram_api import clock, outbox
from miniprogram_api.clients.registrar_hooks import HookAnswer, HookOutcome
from miniprogram_api.registrars.signatures import SignedRequest, sign
from miniprogram_api.registrars.watches import DISPUTED, JOB, WATCHED_FOR
from miniprogram_api.services import Services
from models.matters.events import MatterEvent
from models.matters.matters import Line, Matter
from models.registrars import RegistrarEvent, RegistrarKey, RegistrarReceipt, RegistrarWatch
from models.storage.database import release

# Shorter than the outbox retries a job.
RETRY_PERIOD = timedelta(hours=10)
LEASE = timedelta(seconds=60)
# Limits one run, so that other jobs get their turn.
MOST_AT_ONCE = 5
MOST_RECEIPTS = 50


Event = RegistrarEvent | MatterEvent


class NotDelivered(Exception):
    """The system did not take an event; the outbox retries."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as operators see it."""

    id: int
    number: str
    kind: str
    sequence: int
    reason: str
    created_at: datetime
    state: str
    """``delivered``, ``failed`` or ``waiting``."""
    attempts: int
    status: int | None
    """The HTTP status of the last answer; 0: none, None: not attempted yet."""
    delivered_at: datetime | None


def deliver(services: Services, watch_id: int) -> None:
    """Send the pending events of one watch, oldest first.

    Raises NotDelivered when some remain, or when another worker sends them.
    """
    in_order(RegistrarWatch, watch_id, lambda: _next_event(watch_id), partial(_send, services))


def in_order(
    owner: type[RegistrarWatch] | type[Matter],
    owner_id: int,
    next_event: Callable[[], Event | None],
    send: Callable[[Any], None],
) -> None:
    """Send the pending events of a watch or a matter under its lease, oldest first.

    Raises NotDelivered when some remain, or when another worker sends them.
    """
    if next_event() is None:
        return
    if not _lease(owner, owner_id):
        raise NotDelivered("another worker")
    this = owner.id == owner_id
    try:
        for _ in range(MOST_AT_ONCE):
            event = next_event()
            if event is None:
                return
            owner.update(sending_until=clock.now() + LEASE).where(this).execute()
            send(event)
    finally:
        owner.update(sending_until=None).where(this).execute()
    if next_event() is not None:
        raise NotDelivered("more are waiting")


def deliveries(key_id: str, *, before: int | None = None, most: int = 50) -> list[Delivery]:
    """Return the events of a system below id ``before``, newest first."""
    query = (
        RegistrarEvent.select(RegistrarEvent, RegistrarWatch.id)
        .join(RegistrarWatch)
        .where(RegistrarWatch.key == key_id)
        .order_by(RegistrarEvent.id.desc())
        .limit(most)
    )
    if before is not None:
        query = query.where(RegistrarEvent.id < before)
    return [view(row, json.loads(row.content)["reason"]) for row in query]


def retry(event: RegistrarEvent) -> None:
    """Retry a dead event as long as a new one; within a transaction."""
    RegistrarEvent.update(failed_at=None, tried_since=clock.now()).where(
        RegistrarEvent.id == event.id
    ).execute()
    outbox.add(JOB, {"watch_id": event.watch_id})


def fail_lost() -> int:
    """Mark events whose jobs ended without delivery as failed; return how many."""
    return sum(
        int(table.update(failed_at=clock.now()).where(_is_lost(table)).execute())
        for table in (RegistrarEvent, MatterEvent)
    )


def _is_lost(table: type[RegistrarEvent] | type[MatterEvent]) -> Expression:
    given_up = table.tried_since < clock.now() - 2 * RETRY_PERIOD
    return table.delivered_at.is_null() & table.failed_at.is_null() & given_up


def _next_event(watch_id: int) -> RegistrarEvent | None:
    return (
        RegistrarEvent.select()
        .where(
            (RegistrarEvent.watch == watch_id)
            & RegistrarEvent.delivered_at.is_null()
            & RegistrarEvent.failed_at.is_null()
        )
        .order_by(RegistrarEvent.sequence)
        .first()
    )


def _lease(owner: type[RegistrarWatch] | type[Matter], owner_id: int) -> bool:
    now = clock.now()
    free = owner.sending_until.is_null() | (owner.sending_until < now)
    return bool(
        owner.update(sending_until=now + LEASE).where((owner.id == owner_id) & free).execute()
    )


def _send(services: Services, event: RegistrarEvent) -> None:
    watch = RegistrarWatch.get_by_id(event.watch_id)
    key = RegistrarKey.get_by_id(watch.key_id)
    attempt(services, event, key, lambda: _content(event, watch))


def attempt(
    services: Services, event: Event, key: RegistrarKey, content: Callable[[], dict[str, Any]]
) -> None:
    """Send one event and note the answer. Raises NotDelivered when it must be retried."""
    answer = HookAnswer(HookOutcome.NOT_ALLOWED)
    if key.active and key.webhook_url:
        body = json.dumps(content(), ensure_ascii=False).encode()
        headers = _headers(key, event, body)
        release()
        answer = services.clients.registrar_hooks.send(key.id, key.webhook_url, headers, body)
    now = clock.now()
    changes: dict[str, Any] = {"attempts": event.attempts + 1, "status": answer.status}
    if answer.outcome is HookOutcome.TAKEN:
        changes["delivered_at"] = now
    elif answer.outcome is HookOutcome.NOT_ALLOWED or now - event.tried_since > RETRY_PERIOD:
        changes["failed_at"] = now
    table = type(event)
    table.update(**changes).where(table.id == event.id).execute()
    if "delivered_at" not in changes and "failed_at" not in changes:
        raise NotDelivered(answer.status)


def _content(event: RegistrarEvent, watch: RegistrarWatch) -> dict[str, Any]:
    """Build the body; docs/registrar.md describes it."""
    held = RegistrarReceipt.select().where(
        (RegistrarReceipt.key == watch.key_id)
        & RegistrarReceipt.identity_index.matches(watch.id_number)
    )
    if event.kind != DISPUTED:
        # A dispute concerns every receipt, which may have been about the wrong person.
        held = held.where(RegistrarReceipt.asked_at > event.created_at - WATCHED_FOR)
    held = held.order_by(RegistrarReceipt.id.desc()).limit(MOST_RECEIPTS)
    lines = (
        Line.select(Line, Matter)
        .join(Matter)
        .where(
            (Matter.key == watch.key_id)
            & Line.document_index.matches(watch.id_number)
            & Line.receipt.is_null(False)
        )
        .order_by(Line.id.desc())
        .limit(MOST_RECEIPTS)
    )
    return {
        "event_id": event.number,
        "type": event.kind,
        "sequence": event.sequence,
        "occurred_at": event.created_at.isoformat(timespec="seconds"),
        "person": json.loads(event.content),
        "receipts": [
            {"receipt": row.number, "matter": row.matter, "role": row.role}
            for row in held
            if row.name == watch.name
        ]
        + [
            {"receipt": line.receipt, "matter": line.matter.number, "role": line.role}
            for line in lines
            if line.name == watch.name
        ],
    }


def _headers(key: RegistrarKey, event: Event, body: bytes) -> dict[str, str]:
    signed = SignedRequest(
        key_id=key.id,
        timestamp=str(int(clock.now().timestamp())),
        nonce=secrets.token_hex(16),
        signature="",
        method="POST",
        path=urlsplit(key.webhook_url).path or "/",
        body=body,
    )
    return {
        "Content-Type": "application/json; charset=utf-8",
        "X-Key-Id": signed.key_id,
        "X-Timestamp": signed.timestamp,
        "X-Nonce": signed.nonce,
        "X-Event-Id": event.number,
        "X-Signature": sign(base64.b64decode(key.secret), signed),
    }


def view(row: Event, reason: str) -> Delivery:
    """Return one event as operators see it."""
    state = "delivered" if row.delivered_at else "failed" if row.failed_at else "waiting"
    return Delivery(
        id=row.id,
        number=row.number,
        kind=row.kind,
        sequence=row.sequence,
        reason=reason,
        created_at=row.created_at,
        state=state,
        attempts=row.attempts,
        status=row.status,
        delivered_at=row.delivered_at,
    )
