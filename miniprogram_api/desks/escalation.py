"""Escalation: a ticket unclaimed at half of its term goes to the centre."""

from datetime import datetime, timedelta

from peewee import Expression

from miniprogram_api import audit, clock
from miniprogram_api.desks import acts as desk
from miniprogram_api.tickets import news as ticket_news
from miniprogram_api.tickets import tickets
from models.desks import tickets as table
from models.desks.tickets import Ticket
from models.storage.database import transaction

EVERY = timedelta(minutes=5)
MOST_AT_ONCE = 500
ACTOR = "service"


def escalate_unclaimed() -> int:
    """Hand the open tickets without a claim at half of their term to the centre; return how many.

    Several workers may run it at once.
    """
    now = clock.now()
    due = Ticket.select(Ticket.id).where(_is_due(now)).order_by(Ticket.due_at)
    escalated = 0
    for ticket_id in [row.id for row in due.limit(MOST_AT_ONCE)]:
        with transaction():
            escalated += _escalate(ticket_id, now)
    return escalated


def _is_due(now: datetime) -> Expression:
    now_ms = clock.milliseconds(now)
    unclaimed = Ticket.owner_id.is_null() | (Ticket.owned_since <= now - desk.CLAIM_TERM)
    # The middle between two instants, without their sum, which a driver would read as an instant.
    half_over = Ticket.due_at - now_ms <= now_ms - Ticket.created_at
    return (Ticket.state == table.OPEN) & unclaimed & half_over


def _escalate(ticket_id: int, now: datetime) -> bool:
    row = Ticket.locked(ticket_id)
    still_due = Ticket.select().where((Ticket.id == ticket_id) & _is_due(now))
    if row is None or not still_due.exists():
        return False
    row.state = table.WITH_CENTRE
    row.owner_id = row.owned_since = None
    row.save(only=[Ticket.state, Ticket.owner_id, Ticket.owned_since])
    tickets.note(row, ACTOR, "escalated")
    ticket_news.notify_opener(row)
    audit.write("job:ticket:escalated", actor="worker", ticket=row.id)
    return True
