"""Queue messages to persons about their matters, in the transaction of their cause.

``matters.messages`` sends them; they carry the person's line, never the person.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from miniprogram_api import clock, outbox
from models.matters.matters import Line
from models.matters.messages import MatterMessage

JOB = "matter.tell"
DAY_BEGINS, DAY_ENDS = time(8), time(21)

INVITATION, REMINDER = "invitation", "reminder"
LOST, ACCEPTED, WITHDRAWN, EXPIRED = "lost", "accepted", "withdrawn", "expired"


def add(lines: Iterable[Line], kind: str, reason: str = "") -> None:
    """Queue one message to each person of these lines, to be sent in the daytime."""
    persons = {(line.matter_id, line.document_number): line for line in lines}
    now = clock.now()
    for line in persons.values():
        message_id = MatterMessage.insert(
            matter=line.matter_id, line=line.id, kind=kind, reason=reason, created_at=now
        ).execute()
        outbox.add(JOB, {"message_id": message_id}, run_at=in_daytime(now))


def in_daytime(at: datetime) -> datetime:
    """Return the instant, or the next 8 o'clock when it is at night."""
    if DAY_BEGINS <= at.time() < DAY_ENDS:
        return at
    day = at.date() + timedelta(days=at.time() >= DAY_ENDS)
    return datetime.combine(day, DAY_BEGINS, at.tzinfo)
