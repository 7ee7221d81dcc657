"""The tickets of a session's holder: reading and withdrawing them."""

from peewee import Expression

from miniprogram_api import audit
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.tickets import numbers, tickets
from miniprogram_api.tickets.tickets import Ticket
from models.accounts.accounts import CANCELLED, Account
from models.desks import tickets as table
from models.storage.database import transaction

MOST_LISTED = 50


def of_caller(session: SessionInfo) -> list[Ticket]:
    """Return the tickets of the session's holder, newest first, at most 50."""
    rows = (
        table.Ticket.select()
        .where(_readable(session))
        .order_by(table.Ticket.id.desc())
        .limit(MOST_LISTED)
    )
    return [tickets.view(row) for row in rows]


def get(session: SessionInfo, ticket_id: str) -> Ticket:
    """Return one ticket of the session's holder. Raises Refused NOT_FOUND for any other."""
    return tickets.view(readable(session, ticket_id))


def withdraw(session: SessionInfo, ticket_id: str) -> Ticket:
    """Withdraw a ticket.

    Raises Refused: NOT_FOUND, TICKET_CLOSED, NOT_APPLICABLE while an account is frozen for it:
    staff must decide about that.
    """
    readable_ticket = readable(session, ticket_id)
    with transaction():
        row = tickets.unfinished_locked(readable_ticket.number)
        if tickets.keeps_frozen(row):
            raise Refused(Reason.NOT_APPLICABLE, cause="frozen")
        tickets.close(row, table.WITHDRAWN, None, actor=tickets.actor_of(session))
    return tickets.view(row)


def readable(session: SessionInfo, ticket_id: str) -> table.Ticket:
    """Return the row of a ticket of the session's holder."""
    row = numbers.find(ticket_id)
    if not table.Ticket.select().where((table.Ticket.id == row.id) & _readable(session)).exists():
        actor = tickets.actor_of(session)
        audit.write_own("api:attempt:refused", actor=actor, ticket=row.id)
        raise Refused(Reason.NOT_FOUND)
    return row


def _readable(session: SessionInfo) -> Expression:
    """Match tickets of the account, and of the WeChat user without an active account."""
    without_account = table.Ticket.account.is_null() | table.Ticket.account.in_(
        Account.select(Account.id).where(Account.status == CANCELLED)
    )
    of_user = (table.Ticket.openid == session.openid) & without_account
    if session.account_id is None:
        return of_user
    of_account = table.Ticket.account == session.account_id
    return of_account if session.openid is None else of_account | of_user
