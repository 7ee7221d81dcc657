"""Identity disputes (冒名): the proof of a claimant, and the reservation of the identity.

A proven dispute reserves its identity for the person who filed it, until the centre ends it for
another reason than cancelling the wrong account, or an account is activated after its end.
"""

from datetime import datetime

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.desks import tickets as table
from models.desks.tickets import Ticket, TicketEvent
from models.second_person import AGREED, CANCEL_ACCOUNT, SecondPersonRequest

KIND = "identity_dispute"
PROOFS = ("face_passed", "ctid_passed", "account_frozen")
"""The steps of a ticket that prove its opener's identity: a face check, CTID, or a card seen by a
clerk.
"""


def is_open(id_number: str) -> bool:
    """Return whether a dispute about a canonical ID number, proven or not, is not decided."""
    about = Ticket.identity_index.matches(id_number) & (Ticket.kind == KIND)
    return bool(Ticket.select().where(about & Ticket.state.in_(table.UNFINISHED)).exists())


def is_proven(ticket_id: int) -> bool:
    """Return whether the opener of a dispute has proved the identity."""
    steps = (TicketEvent.ticket == ticket_id) & TicketEvent.action.in_(PROOFS)
    return bool(TicketEvent.select().where(steps).exists())


def reserving(id_number: str) -> Ticket | None:
    """Return the newest proven dispute that reserves a canonical ID number, or None."""
    about = Ticket.identity_index.matches(id_number) & (Ticket.kind == KIND)
    for row in Ticket.select().where(about).order_by(Ticket.id.desc()):
        if is_proven(row.id) and (
            row.state in table.UNFINISHED
            or (_is_upheld(row.id) and not _has_account_since(row.closed_at, id_number))
        ):
            return row
    return None


def require_not_reserved(id_number: str, session: SessionInfo) -> None:
    """Raise Refused IDENTITY_RESERVED unless the identity is free or the dispute is the caller's.

    At a window the person is present with the card, which this does not ask for.
    """
    row = reserving(id_number)
    if row is None:
        return
    by_wechat = row.openid is not None and row.openid == session.openid
    by_account = row.account_id is not None and row.account_id == session.account_id
    if not (by_wechat or by_account):
        raise Refused(Reason.IDENTITY_RESERVED)


def _is_upheld(ticket_id: int) -> bool:
    """Return whether the centre cancelled the wrong account for the dispute."""
    cancelled = (
        (SecondPersonRequest.ticket == ticket_id)
        & (SecondPersonRequest.kind == CANCEL_ACCOUNT)
        & (SecondPersonRequest.state == AGREED)
    )
    return bool(SecondPersonRequest.select().where(cancelled).exists())


def _has_account_since(end: datetime, id_number: str) -> bool:
    """Return whether an account of the person was activated after the end of the dispute."""
    of_person = Account.identity_index.matches(id_number) | Account.former_identity_index.matches(
        id_number
    )
    return bool(Account.select().where(of_person & (Account.activated_at > end)).exists())
