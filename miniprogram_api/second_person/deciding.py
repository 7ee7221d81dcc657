"""The decision of a second person: one order of checks for every kind.

The decision is never by the member that asks, nor by one that has a part in the matter; it is one
transaction with what follows.
"""

from contextlib import nullcontext

from miniprogram_api import audit, clock
from miniprogram_api.desks import acts as desk
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person.kinds import KINDS, LAPSING, Kinds
from miniprogram_api.second_person.requests import Verdict
from miniprogram_api.services import Services
from miniprogram_api.staff import another_member
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import due
from models.second_person import AGREED, DENIED, LATE, WAITING, SecondPersonRequest
from models.storage.database import transaction


def decide(
    services: Services,
    member: StaffMember,
    request_id: int,
    kinds: Kinds = KINDS,
    *,
    agrees: bool,
    reason: str = "",
    cause: str = "",
) -> int:
    """Agree to a request, or deny it, and do what follows; return the ledger line's number.

    ``reason``: a sentence, which the person reads after a no; ``cause``: of ``Kind.causes``.

    ``kinds``: a request of another kind is not found.
    """
    of_kinds = SecondPersonRequest.kind.in_([*kinds])
    known = SecondPersonRequest.get_or_none((SecondPersonRequest.id == request_id) & of_kinds)
    kind = next(iter(kinds.values())) if known is None else kinds[known.kind]
    verdict = Verdict(agrees, reason, cause)
    kind.require_reason(verdict)
    action = kind.agreed if agrees else kind.denied
    claim = kind.claimed(services, known) if known is not None and agrees else None
    with (
        claim or nullcontext(lambda: None) as confirm_claim,
        desk.acting(member, action, *kind.deciders),
    ):
        another_member.require_decider(services, member)
        if known is None:
            raise Refused(Reason.NOT_FOUND)
        confirm_claim()
        kind.lock_ticket(member, known)
        request = locked(known)
        another_member.require_another(member, kind.barred(request))
        kind.require_undecided(request)
        kind.require_others(member, request)
        end(request, AGREED if agrees else DENIED, member)
        if agrees:
            return kind.agree(services, member, request, kind.words_of(verdict))
        return kind.deny(member, request, kind.words_of(verdict))


def locked(request: SecondPersonRequest) -> SecondPersonRequest:
    """Return a request, locked; its ticket is locked before it."""
    row = SecondPersonRequest.locked(request.id)
    assert row is not None  # noqa: S101 - undecided requests are never deleted.
    return row


def end(request: SecondPersonRequest, state: str, member: StaffMember) -> None:
    """Store a member's decision on a locked request."""
    request.state, request.blocked_ticket = state, None
    request.decided_by, request.decided_at = member.id, clock.now()
    request.save()


def end_late() -> int:
    """End the requests that lapse and were not decided in time; return how many.

    Nothing follows but that the ticket is free for a new request.
    """
    is_late = (
        SecondPersonRequest.kind.in_(LAPSING)
        & (SecondPersonRequest.state == WAITING)
        & due.overdue(SecondPersonRequest.due_at, clock.now())
    )
    ended = 0
    for row in list(SecondPersonRequest.select(SecondPersonRequest.id).where(is_late)):
        with transaction():
            late = SecondPersonRequest.update(state=LATE, blocked_ticket=None)
            # A decision at the same moment comes first.
            if late.where(is_late & (SecondPersonRequest.id == row.id)).execute():
                audit.write("job:second_person:late", actor="worker", request=row.id)
                ended += 1
    return ended
