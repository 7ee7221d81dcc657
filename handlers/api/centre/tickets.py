"""The ticket queue and the acts of the information centre."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from handlers.api.desk.window import OF_TICKETS, LineAnswer
from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import FreeText, RawText, number
from handlers.api.public.identity_checks import VERIFICATION_REASONS
from miniprogram_api.centre import acts as centre_acts
from miniprogram_api.desks import queue as ticket_queue
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.desks.queue import TicketQueue
from miniprogram_api.desks.ticket_acts import OpenedTicket
from miniprogram_api.reasons import Reason
from miniprogram_api.second_person import approvals, deciding, kinds
from miniprogram_api.second_person.approvals import ApprovalRequest
from miniprogram_api.staff.members import Permission
from miniprogram_api.tickets import tickets

resource = Resource("centre")

OF_CLAIMED_TICKETS = (
    *OF_TICKETS,
    Reason.TICKET_OF_OTHERS,
    Reason.SECOND_PERSON_REQUIRED,
    Reason.APPROVAL_PENDING,
)
OF_OWN_TICKETS = (*OF_CLAIMED_TICKETS, Reason.NOT_APPLICABLE)

WindowNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")]


class QueueQuery(Body):
    """Filters of the queue."""

    state: Literal["open", "with_centre"] | None = None
    kind: tickets.Kind | None = None
    window: WindowNumber | None = Field(None, description="0: tickets without a window.")
    whose: Literal["mine", "free"] | None = Field(None, description="free: not claimed.")
    after: RawText | None = Field(None, description="``next`` of the previous page.")


@resource.get(
    "/centre/tickets", permission=Permission.READ_WINDOW, query=QueueQuery, answer=TicketQueue
)
def list_queue(call: Call, query: QueueQuery) -> TicketQueue:
    """List unfinished tickets by due time; clerks see those of their window."""
    window_id = None if query.window is None else int(query.window)
    wanted = ticket_queue.QueueFilter(query.state, query.kind, window_id, query.whose)
    return ticket_queue.page(call.member, wanted, query.after)


@resource.get(
    "/centre/tickets/<ticket_id>",
    permission=Permission.READ_WINDOW,
    answer=OpenedTicket,
    reasons=(Reason.NOT_FOUND,),
)
def show_queued_ticket(call: Call, ticket_id: str) -> OpenedTicket:
    """Show a ticket, masked until it is claimed or unmasked for a reason."""
    return ticket_desk.get(call.member, ticket_id)


class TicketOpeningBody(Body):
    """A reason to unmask the person of a ticket."""

    reason: RawText = Field(
        description="at_window, enquiry, complaint, follow_up or approval; it is recorded."
    )
    note: RawText | None = None


@resource.post(
    "/centre/tickets/<ticket_id>/opening",
    permission=Permission.READ_WINDOW,
    body=TicketOpeningBody,
    answer=OpenedTicket,
    reasons=(Reason.NOT_FOUND, Reason.OWN_MATTER),
)
def open_queued_ticket(call: Call, ticket_id: str, body: TicketOpeningBody) -> OpenedTicket:
    """Unmask a ticket for half an hour, for a reason."""
    return ticket_desk.open_for(call.member, ticket_id, body.reason, body.note or "")


@resource.post(
    "/centre/tickets/<ticket_id>/claim",
    permission=Permission.READ_WINDOW,
    answer=OpenedTicket,
    reasons=(*OF_TICKETS, Reason.TICKET_OF_OTHERS, Reason.SECOND_PERSON_REQUIRED),
)
def claim_ticket(call: Call, ticket_id: str) -> OpenedTicket:
    """Claim a ticket; of concurrent claims one succeeds."""
    return ticket_desk.claim(call.member, ticket_id)


@resource.delete(
    "/centre/tickets/<ticket_id>/claim",
    permission=Permission.READ_WINDOW,
    reasons=OF_CLAIMED_TICKETS,
)
def release_ticket(call: Call, ticket_id: str) -> None:
    """Return a ticket to the queue."""
    ticket_desk.release(call.member, ticket_id)


class EndBody(Body):
    """The outcome of a ticket."""

    outcome: Literal["resolved", "rejected"]
    reason: FreeText = Field(description="Shown to the user.")


@resource.post(
    "/centre/tickets/<ticket_id>/end",
    permission=Permission.READ_WINDOW,
    body=EndBody,
    answer=LineAnswer,
    reasons=OF_OWN_TICKETS,
)
def end_ticket(call: Call, ticket_id: str, body: EndBody) -> LineAnswer:
    """End a claimed ticket."""
    line = ticket_desk.finish(
        call.member, ticket_id, solved=body.outcome == "resolved", reason=body.reason
    )
    return LineAnswer(ledger_number=line)


class ReasonBody(Body):
    """The reason of an act."""

    reason: FreeText


@resource.post(
    "/centre/tickets/<ticket_id>/phone-verification",
    permission=Permission.WORK_AT_CENTRE,
    body=ReasonBody,
    answer=LineAnswer,
    reasons=OF_OWN_TICKETS,
)
def verify_phone_by_hand(call: Call, ticket_id: str, body: ReasonBody) -> LineAnswer:
    """Verify the phone by hand; it needs no code, once within 3 days."""
    return LineAnswer(ledger_number=centre_acts.verify_phone(call.member, ticket_id, body.reason))


@resource.post(
    "/centre/tickets/<ticket_id>/freeze",
    permission=Permission.WORK_AT_CENTRE,
    body=ReasonBody,
    answer=LineAnswer,
    reasons=OF_OWN_TICKETS,
)
def freeze_disputed_account(call: Call, ticket_id: str, body: ReasonBody) -> LineAnswer:
    """Freeze a disputed account, once the claimant's identity is proved."""
    return LineAnswer(ledger_number=centre_acts.freeze(call.member, ticket_id, body.reason))


class DatesBody(Body):
    """The validity of a card, and the reason of its correction."""

    valid_from: RawText
    valid_until: RawText
    reason: FreeText


@resource.post(
    "/centre/tickets/<ticket_id>/dates",
    permission=Permission.WORK_AT_CENTRE,
    body=DatesBody,
    answer=LineAnswer,
    reasons=(
        *OF_OWN_TICKETS,
        Reason.DOCUMENT_NEEDS_WINDOW,
        *VERIFICATION_REASONS,
    ),
)
def correct_dates(call: Call, ticket_id: str, body: DatesBody) -> LineAnswer:
    """Correct the validity of the card, if the source confirms it."""
    line = centre_acts.correct_dates(
        call.services,
        call.member,
        ticket_id,
        body.valid_from,
        body.valid_until,
        reason=body.reason,
        address=call.address,
    )
    return LineAnswer(ledger_number=line)


class ApprovalBody(Body):
    """An act that needs a second person."""

    act: approvals.Act
    reason: FreeText
    phone: RawText | None = Field(None, description="For correct_phone; else the ticket's.")
    valid_from: RawText | None = Field(None, description="For clear_identity; else the ticket's.")
    valid_until: RawText | None = None


class RequestedAnswer(Answer):
    """The requested approval."""

    approval_id: int


@resource.post(
    "/centre/tickets/<ticket_id>/approvals",
    permission=Permission.WORK_AT_CENTRE,
    body=ApprovalBody,
    answer=RequestedAnswer,
    status=201,
    reasons=OF_OWN_TICKETS,
)
def request_approval(call: Call, ticket_id: str, body: ApprovalBody) -> RequestedAnswer:
    """Request an act that gives or takes away an identity; a second person decides."""
    approval_id = approvals.request(call.member, ticket_id, **body.model_dump())
    return RequestedAnswer(approval_id=approval_id)


class ApprovalsAnswer(Answer):
    """Requests for approval."""

    approvals: list[ApprovalRequest]


class ApprovalsQuery(Body):
    """Which requests to list."""

    which: Literal["waiting", "stale", "decided"] = "waiting"


@resource.get(
    "/centre/approvals",
    permission=Permission.READ_CENTRE,
    query=ApprovalsQuery,
    answer=ApprovalsAnswer,
)
def list_approvals(call: Call, query: ApprovalsQuery) -> ApprovalsAnswer:
    """List the requests that wait for a second person, are stale or decided."""
    which = "late" if query.which == "stale" else query.which
    return ApprovalsAnswer(approvals=approvals.listed(call.member, which))


class DecisionBody(Body):
    """The decision on a request."""

    decision: Literal["approve", "refuse"]
    reason: RawText = Field("", description="Required to refuse.")


@resource.post(
    "/centre/approvals/<approval_id>",
    permission=Permission.WORK_AT_CENTRE,
    body=DecisionBody,
    answer=LineAnswer,
    reasons=(
        *OF_TICKETS,
        Reason.SECOND_PERSON_REQUIRED,
        Reason.PASSKEY_REQUIRED,
        Reason.APPROVAL_STALE,
        Reason.NOT_APPLICABLE,
        Reason.PHONE_ACCOUNT_LIMIT,
        Reason.ACCOUNT_CANCELLED,
    ),
)
def decide_approval(call: Call, approval_id: str, body: DecisionBody) -> LineAnswer:
    """Approve a request, which carries out the act, or refuse it."""
    line = deciding.decide(
        call.services,
        call.member,
        number(approval_id),
        kinds.CENTRE_ACTS,
        agrees=body.decision == "approve",
        reason=body.reason,
    )
    return LineAnswer(ledger_number=line)


@resource.post(
    "/centre/approvals/<approval_id>/withdrawal",
    permission=Permission.WORK_AT_CENTRE,
    body=ReasonBody,
    answer=LineAnswer,
    reasons=(*OF_TICKETS, Reason.NOT_APPLICABLE),
)
def withdraw_approval(call: Call, approval_id: str, body: ReasonBody) -> LineAnswer:
    """Withdraw one's own request; the ticket can be worked on again."""
    line = approvals.withdraw(call.member, number(approval_id), body.reason)
    return LineAnswer(ledger_number=line)
