"""The verifications of a person at windows, and what second persons said about them."""

from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Literal

from miniprogram_api import clock
from miniprogram_api.answers import answer_class
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import StaffMember, names_of
from models.desks.tickets import Ticket
from models.second_person import (
    AGREED,
    DENIED,
    HELD_VERIFICATION,
    LATE,
    VERIFICATION,
    VERIFICATIONS,
    VOID,
    WAITING,
    SecondPersonRequest,
)

DECIDED_BY = ("verification_confirmed", "verification_revoked", "verification_refused")
"""The ledger actions that record the decision and its reason."""
MOST = 20
Outcome = Literal["pending", "held", "confirmed", "revoked", "refused", "void", "lapsed"]
_OUTCOMES: dict[tuple[str, str], Outcome] = {
    (VERIFICATION, WAITING): "pending",
    (VERIFICATION, AGREED): "confirmed",
    (VERIFICATION, DENIED): "revoked",
    (HELD_VERIFICATION, WAITING): "held",
    (HELD_VERIFICATION, AGREED): "confirmed",
    (HELD_VERIFICATION, DENIED): "refused",
    (HELD_VERIFICATION, VOID): "void",
    (HELD_VERIFICATION, LATE): "lapsed",
}


@answer_class
class PastVerification:
    """A verification at a window; names of persons are not in it."""

    id: int
    """Of the review."""
    ticket_id: str
    at: datetime
    window: str | None
    clerk: str = field(repr=False)
    outcome: Outcome
    decided_at: datetime | None
    reason: str = field(repr=False)
    """Of the decision."""


def of_person(id_number: str, but: int | None = None) -> tuple[PastVerification, ...]:
    """Return those of a person by the canonical ID number, newest first; ``but``: without one."""
    of_identity = Ticket.identity_index.matches(id_number)
    return _read(of_identity & (SecondPersonRequest.id != (but or 0)))


def of_clerk_on(day: datetime, clerk_id: int, but: int | None = None) -> list[SecondPersonRequest]:
    """Return a clerk's acts of the day of ``day``, oldest first; ``but``: without one."""
    begin = clock.midnight(day.astimezone(clock.SHANGHAI).date())
    end = begin + timedelta(days=1)
    asked = SecondPersonRequest
    of_day = (asked.asked_at >= begin) & (asked.asked_at < end) & (asked.asked_by == clerk_id)
    rows = asked.select(asked, Ticket).join(Ticket).where(asked.kind.in_(VERIFICATIONS) & of_day)
    return [row for row in rows.order_by(asked.id) if row.id != but]


def denied_of(member: StaffMember) -> tuple[PastVerification, ...]:
    """Return a clerk's acts that a second person denied in the last 30 days, newest first."""
    own = SecondPersonRequest.asked_by == member.id
    lately = SecondPersonRequest.decided_at > clock.now() - timedelta(days=30)
    return _read(own & (SecondPersonRequest.state == DENIED) & lately)


def _read(condition: Any) -> tuple[PastVerification, ...]:
    asked = SecondPersonRequest
    rows = list(
        asked.select(asked, Ticket)
        .join(Ticket)
        .where(asked.kind.in_(VERIFICATIONS) & condition)
        .order_by(asked.id.desc())
        .limit(MOST)
    )
    clerks = names_of({row.asked_by_id for row in rows})
    window_names = windows.names([row.window_id for row in rows])
    return tuple(
        PastVerification(
            row.id,
            row.ticket.number,
            row.asked_at,
            window_names.get(row.window_id),
            clerks.get(row.asked_by_id, ""),
            _OUTCOMES[row.kind, row.state],
            row.decided_at,
            reason_of(row),
        )
        for row in rows
    )


def reason_of(request: SecondPersonRequest) -> str:
    """Return the reason of a decision; empty before it and without one."""
    if request.decided_at is None:
        return ""
    line = ledger.of_ticket(request.ticket_id, DECIDED_BY, request.decided_at)
    return "" if line is None else str(line.content.get("reason", ""))
