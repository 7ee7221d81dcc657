"""Delivery of the events of matters to the system that made them, in order within a matter."""

import json
from functools import partial
from typing import Any

from miniprogram_api import clock, outbox
from miniprogram_api.registrars import webhooks
from miniprogram_api.registrars.webhooks import Delivery
from miniprogram_api.services import Services
from models.matters.events import MatterEvent
from models.matters.matters import Matter
from models.registrars import RegistrarKey

JOB = "matter.deliver"


def deliver(services: Services, matter_id: int) -> None:
    """Send the pending events of one matter; raises as ``webhooks.in_order``."""
    webhooks.in_order(Matter, matter_id, partial(_next_event, matter_id), partial(_send, services))


def deliveries(key_id: str, *, most: int = 50) -> list[Delivery]:
    """Return the newest events of a system's matters that are sent to it."""
    query = (
        MatterEvent.select(MatterEvent, Matter.id)
        .join(Matter)
        .where((Matter.key == key_id) & MatterEvent.tried_since.is_null(False))
        .order_by(MatterEvent.id.desc())
        .limit(most)
    )
    return [webhooks.view(row, json.loads(row.content)["state"]) for row in query]


def retry(event: MatterEvent) -> None:
    """Retry a dead event as long as a new one; within a transaction."""
    MatterEvent.update(failed_at=None, tried_since=clock.now()).where(
        MatterEvent.id == event.id
    ).execute()
    outbox.add(JOB, {"matter_id": event.matter_id})


def _next_event(matter_id: int) -> MatterEvent | None:
    return (
        MatterEvent.select()
        .where(
            (MatterEvent.matter == matter_id)
            & MatterEvent.tried_since.is_null(False)
            & MatterEvent.delivered_at.is_null()
            & MatterEvent.failed_at.is_null()
        )
        .order_by(MatterEvent.sequence)
        .first()
    )


def _send(services: Services, event: MatterEvent) -> None:
    matter = Matter.get_by_id(event.matter_id)
    key = RegistrarKey.get_by_id(matter.key_id)
    webhooks.attempt(services, event, key, lambda: _content(event, matter))


def _content(event: MatterEvent, matter: Matter) -> dict[str, Any]:
    """Build the body; docs/registrar.md describes it."""
    stored = json.loads(event.content)
    return {
        "event_id": event.number,
        "type": event.kind,
        "sequence": event.sequence,
        "occurred_at": event.created_at.isoformat(timespec="seconds"),
        "matter": {
            "matter_id": matter.public_id,
            "number": matter.number,
            "version": stored["version"],
            "state": stored["state"],
        },
        "lines": stored["lines"],
    }
