"""Queue messages to persons about their matters, in the transaction of their cause.

``delivery.matter_messages`` sends them in the daytime; they carry the person's line, never the
person.
"""

from collections.abc import Iterable

from miniprogram_api import clock
from models.matters.matters import Line
from models.matters.messages import MatterMessage

INVITATION, REMINDER = "invitation", "reminder"
CHANGED = "changed"
"""The reason of a LOST message: a later version changed what was confirmed."""
LOST, ACCEPTED, WITHDRAWN, EXPIRED = "lost", "accepted", "withdrawn", "expired"


def add(lines: Iterable[Line], kind: str, reason: str = "") -> None:
    """Queue one message to each person of these lines."""
    persons = {(line.matter_id, line.document_number): line for line in lines}
    now = clock.now()
    for line in persons.values():
        MatterMessage.insert(
            matter=line.matter_id,
            line=line.id,
            kind=kind,
            reason=reason,
            created_at=now,
            due_at=now,
        ).execute()
