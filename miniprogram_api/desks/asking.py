"""Ask for a second person, and find what waits for one; ``second_person`` decides."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from miniprogram_api import clock
from miniprogram_api.captures.evidence import Evidence
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import due
from models.desks.tickets import Ticket
from models.second_person import (
    CENTRE_ACTS,
    DENIED,
    HELD_VERIFICATION,
    MINOR_CONFIRMATION,
    VERIFICATION,
    VERIFICATIONS,
    WAITING,
    SecondPersonRequest,
)


def ask(
    member: StaffMember,
    kind: str,
    content: Mapping[str, Any] | None = None,
    *,
    ticket_id: int | None = None,
    account_id: int | None = None,
    decision_id: int | None = None,
    evidence: Evidence | None = None,
) -> SecondPersonRequest:
    """Store what another member has to decide within two working days, in the caller's act.

    ``content`` is stored encrypted. An act of the centre blocks its ticket until it is decided.
    """
    now = clock.now()
    return SecondPersonRequest.create(
        kind=kind,
        account=account_id,
        ticket=ticket_id,
        blocked_ticket=ticket_id if kind in CENTRE_ACTS else None,
        decision=decision_id,
        window_id=member.window_id,
        asked_by=member.id,
        asked_at=now,
        due_at=due.second_person_due(now),
        content=None if content is None else json.dumps(content, ensure_ascii=False),
        evidence=None if evidence is None else evidence.stored(),
    )


def blocks(ticket_id: int) -> bool:
    """Return whether another member has to decide about an act on the ticket."""
    in_time = ~due.overdue(SecondPersonRequest.due_at, clock.now())
    asked = (SecondPersonRequest.blocked_ticket == ticket_id) & in_time
    return bool(SecondPersonRequest.select().where(asked).exists()) or held(ticket_id) is not None


def held(ticket_id: int) -> int | None:
    """Return the request for the verification of a ticket that is held, None without one."""
    of_ticket = IS_HELD & (SecondPersonRequest.ticket == ticket_id)
    request: SecondPersonRequest | None = SecondPersonRequest.select().where(of_ticket).first()
    return None if request is None else request.id


def held_of_person(id_number: str) -> SecondPersonRequest | None:
    """Return the request for the verification of a person that is held, by the ID number."""
    of_person = IS_HELD & Ticket.identity_index.matches(id_number)
    return SecondPersonRequest.select().join(Ticket).where(of_person).first()


def review_due(account_id: int) -> datetime | None:
    """Return until when the verification of an account is to be reviewed, None without one."""
    of_account = SecondPersonRequest.account == account_id
    waiting = (SecondPersonRequest.kind == VERIFICATION) & (SecondPersonRequest.state == WAITING)
    request = SecondPersonRequest.select().where(of_account & waiting).first()
    return None if request is None else request.due_at


def denied_lately(id_number: str) -> bool:
    """Return whether a second person denied a verification of a person, up to a working day ago."""
    request = (
        SecondPersonRequest.select(SecondPersonRequest.decided_at)
        .join(Ticket)
        .where(
            SecondPersonRequest.kind.in_(VERIFICATIONS)
            & (SecondPersonRequest.state == DENIED)
            & Ticket.identity_index.matches(id_number)
        )
        .order_by(SecondPersonRequest.decided_at.desc())
        .first()
    )
    if request is None or request.decided_at is None:
        return False
    return not due.is_overdue(due.until_next_working_day(request.decided_at))


def require_reviewed(member: StaffMember, kind: str) -> None:
    """Raise Refused REVIEWS_OVERDUE while reviews of the member's acts wait twice their term.

    ``count`` is their number, ``kind`` that of the acts which are not possible meanwhile.
    """
    waiting = (SecondPersonRequest.kind == kind) & (SecondPersonRequest.state == WAITING)
    query = SecondPersonRequest.select(SecondPersonRequest.due_at).where(
        waiting
        & (SecondPersonRequest.asked_by == member.id)
        & due.overdue(SecondPersonRequest.due_at, clock.now())
    )
    late = [row for row in query if due.is_overdue(due.block_due(row.due_at))]
    if late:
        raise Refused(Reason.REVIEWS_OVERDUE, kind=kind, count=len(late))


IS_WITHOUT_EFFECT = SecondPersonRequest.kind.in_((HELD_VERIFICATION, MINOR_CONFIRMATION)) & (
    SecondPersonRequest.state == WAITING
)
"""The condition of an act of a person that a second person decides before its effect."""
IS_HELD = (SecondPersonRequest.kind == HELD_VERIFICATION) & (SecondPersonRequest.state == WAITING)
"""The condition of a verification without effect yet."""
