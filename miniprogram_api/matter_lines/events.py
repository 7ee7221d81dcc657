"""Append events to a matter, in the transaction of their cause."""

import json
import secrets
from collections.abc import Iterable
from typing import Any

from miniprogram_api import clock
from models.matters.events import MatterEvent
from models.matters.matters import Line, Matter
from models.registrars import RegistrarKey

LINE_CONFIRMED, LINE_REFUSED = "matter.line_confirmed", "matter.line_refused"
LINE_LOST = "matter.line_lost"
CONFIRMED, EXPIRED = "matter.confirmed", "matter.expired"


def append(matter: Matter, kind: str, lines: Iterable[Line], *, reason: str | None = None) -> None:
    """Append one event to a locked matter; its system gets it if it has a webhook.

    ``matter`` and ``lines`` are as after the change; ``reason`` stands for that of the lines. The
    content names no person: the matter's own number is added on sending.
    """
    now, number, is_sent = clock.now(), secrets.token_hex(12), has_webhook(matter)
    matter.sequence += 1
    Matter.update(sequence=matter.sequence).where(Matter.id == matter.id).execute()
    content = {
        "version": matter.version,
        "state": matter.state,
        "lines": [_line(line, reason) for line in lines],
    }
    MatterEvent.insert(
        number=number,
        matter=matter.id,
        sequence=matter.sequence,
        kind=kind,
        content=json.dumps(content, ensure_ascii=False, sort_keys=True),
        created_at=now,
        since=now if is_sent else None,
        due_at=now if is_sent else None,
    ).execute()


def has_webhook(matter: Matter) -> bool:
    """Return whether the matter was made by an active system with a webhook."""
    is_key = (RegistrarKey.id == matter.key_id) & RegistrarKey.active
    return bool(
        matter.key_id
        and RegistrarKey.select().where(is_key & (RegistrarKey.webhook_url != "")).exists()
    )


def _line(line: Line, reason: str | None) -> dict[str, Any]:
    return {
        "line_id": line.public_id,
        "role": line.role,
        "state": line.state,
        "reason": line.reason if reason is None else reason,
    }
