"""Erasure of personal data in tickets when its purpose has ended (PIPL art. 19)."""

import json
from datetime import datetime

from miniprogram_api import audit, clock
from miniprogram_api.ledger import links
from miniprogram_api.retention import Kept
from miniprogram_api.texts import text
from models.accounts.accounts import CANCELLED, Account
from models.desks.tickets import ComplaintSubject, Ticket, TicketEvent, TicketEvidence
from models.second_person import CENTRE_ACTS, SecondPersonRequest
from models.storage.database import transaction

ERASED = text("tickets.erased")
# The rest is erased an hour later.
MOST_AT_ONCE = 2_000


def erase_old() -> int:
    """Erase personal data in tickets that ended long ago; return how many.

    Tickets of a cancelled account are erased with the account's personal data. Kind, states and
    times stay, because verifications and the ledger refer to the ticket.
    """
    now = clock.now()
    is_erased_account = (Account.status == CANCELLED) & Account.former_identity_index.is_null()
    due = (
        Ticket.select(Ticket.id)
        .left_outer_join(Account)
        .where(
            Ticket.closed_at.is_null(False)
            & Ticket.erased_at.is_null()
            & ((Ticket.closed_at < Kept.TICKETS.cutoff(now)) | is_erased_account)
        )
        .limit(MOST_AT_ONCE)
    )
    ticket_ids: list[int] = [row.id for row in due]
    for ticket_id in ticket_ids:
        with transaction():
            _erase(ticket_id, now)
            audit.write("job:ticket:erased", actor="worker", ticket=ticket_id)
    return len(ticket_ids)


def _erase(ticket_id: int, now: datetime) -> None:
    Ticket.update(
        openid=None,
        matter="",
        name=None,
        id_number=None,
        identity_index=None,
        phone=None,
        contact=None,
        description=ERASED,
        facts="{}",
        conversation_id=None,
        reason=None,
        erased_at=now,
    ).where(Ticket.id == ticket_id).execute()
    steps = TicketEvent.select(TicketEvent.id).where(
        (TicketEvent.ticket == ticket_id) & TicketEvent.note.is_null(False)
    )
    links.erased(TicketEvent._meta.table_name, [step.id for step in steps])
    TicketEvent.update(note=None).where(TicketEvent.ticket == ticket_id).execute()
    ComplaintSubject.delete().where(ComplaintSubject.ticket == ticket_id).execute()
    TicketEvidence.delete().where(TicketEvidence.ticket == ticket_id).execute()
    asked = json.dumps({"reason": ERASED, "details": {}}, ensure_ascii=False)
    SecondPersonRequest.update(content=asked).where(
        (SecondPersonRequest.ticket == ticket_id) & SecondPersonRequest.kind.in_(CENTRE_ACTS)
    ).execute()
