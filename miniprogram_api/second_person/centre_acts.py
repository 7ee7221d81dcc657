"""A second member of the centre approves an act that gives or takes away an identity.

The request lapses when it is not decided in time. An approval does the act in the same transaction,
unless the account has changed since.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from miniprogram_api.authorisation_effect import VERIFIED_LEVEL
from miniprogram_api.centre import acts as centre_acts
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.ledger import lines as ledger_lines
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person.requests import About, Kind, Verdict, is_overdue
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import word
from miniprogram_api.tickets import parts, tickets
from models.desks.tickets import Ticket
from models.second_person import (
    AGREED,
    CLEAR_IDENTITY,
    DENIED,
    LATE,
    VOID,
    WAITING,
    WITHDRAWN,
    SecondPersonRequest,
)

REFUSED = "approval_refused"


class CentreAct(Kind):
    """An act on a ticket of the centre: yes does it, no returns the ticket."""

    lapses = True
    readers = Permission.READ_CENTRE
    deciders = (Permission.WORK_AT_CENTRE,)
    agreed = denied = "approval_decided"
    states: ClassVar = {
        WAITING: "pending",
        AGREED: "approved",
        DENIED: "refused",
        LATE: "stale",
        VOID: "stale",
        WITHDRAWN: "withdrawn",
    }

    @override
    def require_reason(self, verdict: Verdict) -> None:
        """Raise Refused INVALID_INPUT on ``reason`` when denied without one."""
        if not verdict.agrees:
            ticket_desk.require_reason(verdict.reason)

    @override
    def lock_ticket(self, member: StaffMember, request: SecondPersonRequest) -> None:
        """Lock the ticket, which the member may work on."""
        desk.locked_ticket(member, request.ticket.number)

    @override
    def require_undecided(self, request: SecondPersonRequest) -> None:
        """Raise Refused APPROVAL_STALE when it is late, NOT_APPLICABLE when it has ended."""
        if is_overdue(request) or request.state == LATE:
            raise Refused(Reason.APPROVAL_STALE)
        super().require_undecided(request)

    @override
    def barred(self, request: SecondPersonRequest) -> set[str]:
        """Return the asking member, and those that filed the ticket or froze the account."""
        return super().barred(request) | parts.actors(request.ticket_id, parts.ACTED)

    @override
    def agree(
        self, services: Services, member: StaffMember, request: SecondPersonRequest, reason: str
    ) -> int:
        """Do the act and end the ticket, unless the account has changed since the request."""
        content = json.loads(request.content)
        _require_as_shown(request.ticket, request.kind, content)
        return centre_acts.do(
            services,
            member,
            request.ticket,
            request.kind,
            content["details"],
            reason=content["reason"],
            requested_by=f"staff:{request.asked_by_id}",
        )

    @override
    def deny(self, member: StaffMember, request: SecondPersonRequest, reason: str) -> int:
        """Store the reason for the asking member; return the ledger line's number."""
        content = {**json.loads(request.content), "refusal": reason}
        request.content = json.dumps(content, ensure_ascii=False)
        request.save(only=[SecondPersonRequest.content])
        tickets.note(request.ticket, member.actor, REFUSED, reason)
        return ledger_lines.append(
            member,
            REFUSED,
            desk.person_of(request.ticket),
            reason=reason,
            ticket_id=request.ticket_id,
            before={"act": request.kind},
        )

    @override
    def about(self, request: SecondPersonRequest) -> About:
        """Return kind and number of the ticket."""
        ticket = request.ticket
        return About(f"{word('tickets.kinds', ticket.kind)} #{ticket.number}")


def _require_as_shown(row: Ticket, act: str, content: Mapping[str, Any]) -> None:
    """Raise Refused NOT_APPLICABLE when the account has changed since the request."""
    if act == CLEAR_IDENTITY:
        return
    account = desk.subject_of(row)
    if content.get("needs_level") and account.level < VERIFIED_LEVEL:
        # Asked at a window, whose verification was revoked since.
        raise Refused(Reason.NOT_APPLICABLE)
    before, _ = centre_acts.before_and_after(act, account, content["details"])
    if before != content.get("before", before):
        raise Refused(Reason.NOT_APPLICABLE)
