"""A request for a second person: the members that decide, until when, and what follows."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import another_member
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import invalid
from miniprogram_api.tickets import due
from models.desks.tickets import UNFINISHED
from models.second_person import LATE, WAITING, SecondPersonRequest

LONGEST_REASON = 300


class About(NamedTuple):
    """What a list tells of a request."""

    name: str
    """The person's name, masked, or the kind and number of the ticket."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision of a second person."""

    agrees: bool
    reason: str = field(default="", repr=False)
    """A sentence; after a no the person reads it."""
    cause: str = ""
    """A key of the kind's ``causes``, for a no."""


class Kind:
    """One kind of request; the subclasses say what follows on yes and no.

    A request is due after two working days (``tickets.due``). Where ``lapses`` is set it ends then
    as ``late`` and must be asked anew; else it is overdue and still decided.
    """

    lapses: ClassVar[bool] = False
    readers: ClassVar[Permission] = Permission.READ_WINDOW
    deciders: ClassVar[tuple[Permission, ...]] = (
        Permission.WORK_AT_WINDOW,
        Permission.WORK_AT_CENTRE,
    )
    agreed: ClassVar[str]
    """The action of agreeing, for the ledger and the audit of a refused attempt."""
    denied: ClassVar[str]
    states: ClassVar[Mapping[str, str]]
    """State → its name in the API and in the texts of the page."""
    causes: ClassVar[Mapping[str, str]] = {}
    """Key → words of the reasons for a no, one of which is chosen; empty: a free text is enough."""

    def require_reason(self, verdict: Verdict) -> None:
        """Raise Refused INVALID_INPUT: on ``reason`` or ``cause`` when denied without, or too long.

        Where there are ``causes``, one is chosen; the reason is then a further sentence.
        """
        if not verdict.agrees:
            if self.causes and verdict.cause not in self.causes:
                raise invalid("reviews.cause.required", field="cause")
            if not self.causes and not verdict.reason.strip():
                raise invalid("reviews.reason.required")
        if len(verdict.reason) > LONGEST_REASON:
            raise invalid("reviews.reason.too_long", most=LONGEST_REASON)

    def words_of(self, verdict: Verdict) -> str:
        """Return the reason that is recorded, and that the person reads after a no."""
        cause = "" if verdict.agrees else self.causes.get(verdict.cause, "")
        return "：".join(filter(None, (cause, verdict.reason.strip())))

    def claimed(
        self, services: Services, request: SecondPersonRequest
    ) -> AbstractContextManager[Callable[[], None]] | None:
        """Return what an agreement holds around the transaction; it yields its check within."""

    def lock_ticket(self, member: StaffMember, request: SecondPersonRequest) -> None:
        """Lock the ticket, which comes before the request in the order of locks."""

    def barred(self, request: SecondPersonRequest) -> set[str]:
        """Return the actors that may not decide: the one that asks, and others with a part."""
        return {another_member.actor_of(request.asked_by_id)}

    def require_undecided(self, request: SecondPersonRequest) -> None:
        """Raise Refused NOT_APPLICABLE when it has ended."""
        if request.state != WAITING:
            raise Refused(Reason.NOT_APPLICABLE)

    def require_others(self, member: StaffMember, request: SecondPersonRequest) -> None:
        """Raise Refused OWN_MATTER when the request is about the member as a person."""

    def agree(
        self, services: Services, member: StaffMember, request: SecondPersonRequest, reason: str
    ) -> int:
        """Do what follows on yes, in the transaction; return the ledger line's number."""
        raise NotImplementedError

    def deny(self, member: StaffMember, request: SecondPersonRequest, reason: str) -> int:
        """Do what follows on no, in the transaction; return the ledger line's number."""
        raise NotImplementedError

    def about(self, request: SecondPersonRequest) -> About:
        """Return what a list tells of the request."""
        raise NotImplementedError

    def state_of(self, request: SecondPersonRequest) -> str:
        """Return the name of the request's state."""
        state = LATE if self.is_late(request) else request.state
        return self.states[state]

    def is_late(self, request: SecondPersonRequest) -> bool:
        """Return whether it can no longer be decided: too late, or its ticket has ended."""
        if not self.lapses or request.state != WAITING:
            return request.state == LATE
        return due.is_overdue(request.due_at) or request.ticket.state not in UNFINISHED


def is_own(member: StaffMember, request: SecondPersonRequest) -> bool:
    """Return whether the member asks for it, so that another one decides."""
    return request.asked_by_id == member.id


def is_overdue(request: SecondPersonRequest) -> bool:
    """Return whether it waits although it was due."""
    return request.state == WAITING and due.is_overdue(request.due_at)
