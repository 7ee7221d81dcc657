"""The decision of a second person: one order of checks for every kind.

The decision is never by the member that asks, nor by one that has a part in the matter; it is one
transaction with what follows.
"""

from contextlib import nullcontext

from miniprogram_api import audit, clock
from miniprogram_api.desks import acts as desk
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person.kind import GROUPS
from miniprogram_api.second_person.kinds import KINDS, LAPSING
from miniprogram_api.services import Services
from miniprogram_api.staff import second_person
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import due
from models import second_person as table
from models.second_person import SecondPersonRequest
from models.storage.database import transaction


def decide(
    services: Services,
    member: StaffMember,
    request_id: int,
    *,
    agrees: bool,
    reason: str,
    group: str | None = None,
) -> int:
    """Agree to a request, or deny it, and do what follows; return the ledger line's number.

    ``group``: where another group's request is not found.
    """
    kinds = tuple(KINDS) if group is None else GROUPS[group]
    of_group = (SecondPersonRequest.id == request_id) & SecondPersonRequest.kind.in_(kinds)
    known = SecondPersonRequest.get_or_none(of_group)
    kind = KINDS[kinds[0] if known is None else known.kind]
    kind.require_reason(reason, agrees=agrees)
    action = kind.agreed if agrees else kind.denied
    claim = kind.claimed(services, known) if known is not None and agrees else None
    with (
        claim or nullcontext(lambda: None) as confirm_claim,
        desk.acting(member, action, *kind.deciders),
    ):
        if known is None:
            raise Refused(Reason.NOT_FOUND)
        confirm_claim()
        request = locked(member, known)
        second_person.require_another(member, kind.barred(request))
        require_undecided(request)
        kind.require_others(member, request)
        end(request, table.AGREED if agrees else table.DENIED, member)
        if agrees:
            return kind.agree(services, member, request, reason)
        return kind.deny(member, request, reason)


def locked(member: StaffMember, request: SecondPersonRequest) -> SecondPersonRequest:
    """Return a request, locked after its ticket. Raises Refused as the lock of the ticket."""
    KINDS[request.kind].lock_ticket(member, request)
    row = SecondPersonRequest.locked(request.id)
    assert row is not None  # noqa: S101 - undecided requests are never deleted.
    return row


def end(request: SecondPersonRequest, state: str, member: StaffMember) -> None:
    """Store a member's decision on a locked request."""
    request.state, request.blocked_ticket = state, None
    request.decided_by, request.decided_at = member.id, clock.now()
    request.save()


def require_undecided(request: SecondPersonRequest) -> None:
    """Raise Refused: APPROVAL_STALE when it is late, NOT_APPLICABLE when it has ended."""
    lapses = KINDS[request.kind].lapses
    is_waiting = request.state == table.WAITING
    if lapses and (request.state == table.LATE or (is_waiting and due.is_overdue(request.due_at))):
        raise Refused(Reason.APPROVAL_STALE)
    if not is_waiting:
        raise Refused(Reason.NOT_APPLICABLE)


def end_late() -> int:
    """End the requests that lapse and were not decided in time; return how many.

    Nothing follows but that the ticket is free for a new request.
    """
    is_late = (
        SecondPersonRequest.kind.in_(LAPSING)
        & (SecondPersonRequest.state == table.WAITING)
        & due.overdue(SecondPersonRequest.due_at, clock.now())
    )
    ended = 0
    for row in list(SecondPersonRequest.select(SecondPersonRequest.id).where(is_late)):
        with transaction():
            late = SecondPersonRequest.update(state=table.LATE, blocked_ticket=None)
            # A decision at the same moment comes first.
            if late.where(is_late & (SecondPersonRequest.id == row.id)).execute():
                audit.write("job:second_person:late", actor="worker", request=row.id)
                ended += 1
    return ended
