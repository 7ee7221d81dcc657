"""Events to registration systems: signed, and in order for each person and each matter.

An event is retried with backoff for ten hours; then an operator retries or drops it. Events contain
no personal data: the system identifies the person by the numbers of its own receipts.
"""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from miniprogram_api import clock, texts
from miniprogram_api.clients.registrar_hooks import HookOutcome
from miniprogram_api.delivery.channels import Channel, HandOver, Letter, Outcome, Result
from miniprogram_api.registrars.signatures import SignedRequest, sign
from miniprogram_api.registrars.watches import DISPUTED, WATCHED_FOR
from miniprogram_api.services import Services
from miniprogram_api.texts import word
from models.matters.events import MatterEvent
from models.matters.matters import Line, Matter
from models.registrars import RegistrarEvent, RegistrarKey, RegistrarReceipt, RegistrarWatch
from models.storage.database import release

RETRY_FOR = timedelta(hours=10)
MOST_RECEIPTS = 50

Event = RegistrarEvent | MatterEvent


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


def of_persons(key_id: str, *, before: int | None = None, most: int = 50) -> list[Delivery]:
    """Return the events about persons of a system below id ``before``, newest first."""
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


def of_matters(key_id: str, *, most: int = 50) -> list[Delivery]:
    """Return the newest events of a system's matters that are sent to it."""
    query = (
        MatterEvent.select(MatterEvent, Matter.id)
        .join(Matter)
        .where((Matter.key == key_id) & MatterEvent.since.is_null(False))
        .order_by(MatterEvent.id.desc())
        .limit(most)
    )
    return [_view(row) for row in query]


def _send_person(services: Services, event: RegistrarEvent, _hand_over: HandOver) -> Result:
    watch = RegistrarWatch.get_by_id(event.watch_id)
    return _send(services, event, watch.key_id, lambda: _person_body(event, watch))


def _send_matter(services: Services, event: MatterEvent, _hand_over: HandOver) -> Result:
    matter = Matter.get_by_id(event.matter_id)
    return _send(services, event, str(matter.key_id), lambda: _matter_body(event, matter))


def _send(
    services: Services, event: Event, key_id: str, content: Callable[[], dict[str, Any]]
) -> Result:
    key = RegistrarKey.get_by_id(key_id)
    if not (key.active and key.webhook_url):
        return Result(Outcome.FAILED)
    body = json.dumps(content(), ensure_ascii=False).encode()
    headers = _headers(key, event, body)
    release()
    answer = services.clients.registrar_hooks.send(key.id, key.webhook_url, headers, body)
    outcomes = {HookOutcome.TAKEN: Outcome.DONE, HookOutcome.NOT_ALLOWED: Outcome.FAILED}
    return Result(outcomes.get(answer.outcome, Outcome.LATER), answer.status)


def _person_body(event: RegistrarEvent, watch: RegistrarWatch) -> dict[str, Any]:
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
    return _head(event) | {
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


def _matter_body(event: MatterEvent, matter: Matter) -> dict[str, Any]:
    """Build the body; docs/registrar.md describes it."""
    stored = json.loads(event.content)
    return _head(event) | {
        "matter": {
            "matter_id": matter.public_id,
            "number": matter.number,
            "version": stored["version"],
            "state": stored["state"],
        },
        "lines": stored["lines"],
    }


def _head(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.number,
        "type": event.kind,
        "sequence": event.sequence,
        "occurred_at": event.created_at.isoformat(timespec="seconds"),
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


def _view(row: Event) -> Delivery:
    state = "delivered" if row.done_at else "failed" if row.failed_at else "waiting"
    return Delivery(
        id=row.id,
        number=row.number,
        kind=row.kind,
        sequence=row.sequence,
        reason=_reason(row),
        created_at=row.created_at,
        state=state,
        attempts=row.attempts,
        status=row.code if row.attempts else None,
        delivered_at=row.done_at,
    )


def _reason(event: Event) -> str:
    """Return why a person's event was made, or the state of the matter."""
    content = json.loads(event.content)
    return str(content["reason" if isinstance(event, RegistrarEvent) else "state"])


def _letter(event: Event) -> Letter:
    key: Any = event.watch.key if isinstance(event, RegistrarEvent) else event.matter.key
    key_of_cause = "dead_letters.answered" if event.code else "dead_letters.no_answer"
    cause = texts.text(key_of_cause, status=event.code)
    kind, reason = word("registrars.kinds", event.kind), word("registrars.reasons", _reason(event))
    return Letter(key.id, cause, f"{key.name}：{kind} · {reason}")


PERSONS = Channel(
    name="event",
    table=RegistrarEvent,
    letter=_letter,
    send=_send_person,
    queue=RegistrarEvent.watch,
    retry_for=RETRY_FOR,
)
MATTERS = Channel(
    name="matter",
    table=MatterEvent,
    letter=_letter,
    send=_send_matter,
    queue=MatterEvent.matter,
    retry_for=RETRY_FOR,
)
