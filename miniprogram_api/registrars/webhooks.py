"""Delivery of webhook events: signed, and in order for each person.

The outbox retries an event with back-off for ten hours; then it is a dead letter, which an operator
retries or drops. Events contain no personal data: the system identifies the person by the numbers
of its own receipts.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from miniprogram_api import clock, outbox
from miniprogram_api.clients.registrar_hooks import HookAnswer, HookOutcome
from miniprogram_api.registrars.signatures import SignedRequest, sign
from miniprogram_api.registrars.watches import DISPUTED, JOB, WATCHED_FOR
from miniprogram_api.services import Services
from models.registrars import RegistrarEvent, RegistrarKey, RegistrarReceipt, RegistrarWatch
from models.storage.database import release

# Shorter than the outbox retries a job.
RETRY_PERIOD = timedelta(hours=10)
LEASE = timedelta(seconds=60)
# Limits one run, so that other jobs get their turn.
MOST_AT_ONCE = 5
MOST_RECEIPTS = 50


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
    if _next_event(watch_id) is None:
        return
    if not _lease(watch_id):
        raise NotDelivered("another worker")
    this = RegistrarWatch.id == watch_id
    try:
        for _ in range(MOST_AT_ONCE):
            event = _next_event(watch_id)
            if event is None:
                return
            RegistrarWatch.update(sending_until=clock.now() + LEASE).where(this).execute()
            _send(services, event)
    finally:
        RegistrarWatch.update(sending_until=None).where(this).execute()
    if _next_event(watch_id) is not None:
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
    return [_view(row) for row in query]


def retry(event: RegistrarEvent) -> None:
    """Retry a dead event as long as a new one; within a transaction."""
    RegistrarEvent.update(failed_at=None, tried_since=clock.now()).where(
        RegistrarEvent.id == event.id
    ).execute()
    outbox.add(JOB, {"watch_id": event.watch_id})


def fail_lost() -> int:
    """Mark events whose jobs ended without delivery as failed; return how many."""
    lost = (
        RegistrarEvent.delivered_at.is_null()
        & RegistrarEvent.failed_at.is_null()
        & (RegistrarEvent.tried_since < clock.now() - 2 * RETRY_PERIOD)
    )
    return int(RegistrarEvent.update(failed_at=clock.now()).where(lost).execute())


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


def _lease(watch_id: int) -> bool:
    now = clock.now()
    free = RegistrarWatch.sending_until.is_null() | (RegistrarWatch.sending_until < now)
    return bool(
        RegistrarWatch.update(sending_until=now + LEASE)
        .where((RegistrarWatch.id == watch_id) & free)
        .execute()
    )


def _send(services: Services, event: RegistrarEvent) -> None:
    """Send one event. Raises NotDelivered when it must be retried."""
    watch = RegistrarWatch.get_by_id(event.watch_id)
    key = RegistrarKey.get_by_id(watch.key_id)
    answer = HookAnswer(HookOutcome.NOT_ALLOWED)
    if key.active and key.webhook_url:
        body = json.dumps(_content(event, watch), ensure_ascii=False).encode()
        headers = _headers(key, event, body)
        release()
        answer = services.clients.registrar_hooks.send(key.id, key.webhook_url, headers, body)
    now = clock.now()
    changes: dict[str, Any] = {"attempts": event.attempts + 1, "status": answer.status}
    if answer.outcome is HookOutcome.TAKEN:
        changes["delivered_at"] = now
    elif answer.outcome is HookOutcome.NOT_ALLOWED or now - event.tried_since > RETRY_PERIOD:
        changes["failed_at"] = now
    RegistrarEvent.update(**changes).where(RegistrarEvent.id == event.id).execute()
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
        ],
    }


def _headers(key: RegistrarKey, event: RegistrarEvent, body: bytes) -> dict[str, str]:
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


def _view(row: RegistrarEvent) -> Delivery:
    state = "delivered" if row.delivered_at else "failed" if row.failed_at else "waiting"
    return Delivery(
        id=row.id,
        number=row.number,
        kind=row.kind,
        sequence=row.sequence,
        reason=json.loads(row.content)["reason"],
        created_at=row.created_at,
        state=state,
        attempts=row.attempts,
        status=row.status,
        delivered_at=row.delivered_at,
    )
