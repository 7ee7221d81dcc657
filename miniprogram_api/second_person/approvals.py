"""Requests for the approval of an act of the centre: asked, withdrawn, read.

The member who has claimed the ticket requests the act; another member of the centre decides
(``centre_acts``).
"""

import json
from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Annotated, Any, Literal, cast

from pydantic import Field

from miniprogram_api import clock, masking
from miniprogram_api.accounts import disputes
from miniprogram_api.answers import answer_class
from miniprogram_api.centre import acts as centre_acts
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import asking
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.identity.documents import id_numbers, terms
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.ledger import lines as ledger_lines
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import deciding, listing
from miniprogram_api.second_person.kinds import KINDS
from miniprogram_api.second_person.requests import is_own
from miniprogram_api.staff.members import Permission, StaffMember, names_of
from miniprogram_api.tickets import access as ticket_access
from miniprogram_api.tickets import parts, tickets
from models.desks.tickets import Ticket
from models.second_person import CLEAR_IDENTITY, LATE, WAITING, WITHDRAWN, SecondPersonRequest

GROUP = "centre_acts"
Act = Literal["correct_phone", "clear_identity", "cancel_account", "unfreeze"]

# Act → the kinds of tickets that it can solve.
TICKETS: dict[str, frozenset[str]] = {
    "correct_phone": frozenset({"activation_phone", "phone_change"}),
    "clear_identity": frozenset({"identity_review"}),
    "cancel_account": frozenset(
        {"re_registration", "identity_dispute", "name_correction", "relatives_request"}
    ),
    "unfreeze": frozenset({"identity_dispute"}),
}

State = Literal["pending", "stale", "approved", "refused", "withdrawn"]


@answer_class
class ApprovalRequest:
    """A request for a second person's decision; personal data are masked unless ``opened``."""

    id: int
    ticket_id: str
    kind: str
    act: str
    state: State
    requested_by: str = field(repr=False)
    requested_at: datetime
    expires_at: datetime
    own: bool
    # Of a matter that the caller filed or acted on: another member decides.
    involved: Annotated[bool, Field(exclude=True)]
    opened: bool
    """Whether its ticket is open to the caller; else masked."""
    reason: str = field(repr=False)
    before: Mapping[str, Any] = field(repr=False)
    after: Mapping[str, Any] = field(repr=False)
    decided_by: str | None = field(repr=False)
    decided_at: datetime | None
    refusal: str | None = field(repr=False)


def request(
    member: StaffMember,
    ticket_id: str,
    act: str,
    *,
    reason: str,
    phone: str | None = None,
    valid_from: str | None = None,
    valid_until: str | None = None,
) -> int:
    """Request an act on a ticket that the member has claimed; return the request's id.

    ``phone`` is for ``correct_phone`` (by default the ticket's), the dates are for
    ``clear_identity``.
    """
    ticket_desk.require_reason(reason)
    with desk.acting(member, "approval_requested", Permission.WORK_AT_CENTRE):
        row = ticket_desk.owned(member, ticket_id)
        if row.kind not in TICKETS.get(act, frozenset()):
            raise Refused(Reason.NOT_APPLICABLE)
        if row.kind == "identity_dispute" and not disputes.is_proven(row.id):
            raise Refused(Reason.NOT_APPLICABLE)
        details = _details(row, act, phone, valid_from, valid_until)
        account = None if act == CLEAR_IDENTITY else desk.subject_of(row)
        before, after = centre_acts.before_and_after(act, account, details)
        # Only an expired request can still block the ticket here.
        SecondPersonRequest.update(state=LATE, blocked_ticket=None).where(
            SecondPersonRequest.blocked_ticket == row.id
        ).execute()
        content = {"reason": reason, "details": details, "before": before, "after": after}
        asked = asking.ask(member, act, content, ticket_id=row.id)
        tickets.note(row, member.actor, "approval_requested")
        ledger_lines.append(
            member,
            "approval_requested",
            desk.person_of(row),
            reason=reason,
            ticket_id=row.id,
            after={"act": act, **details},
        )
    return asked.id


def withdraw(member: StaffMember, request_id: int, reason: str) -> int:
    """Withdraw one's own request; return the ledger line's number."""
    ticket_desk.require_reason(reason)
    with desk.acting(member, "approval_withdrawn", Permission.WORK_AT_CENTRE):
        known = listing.find(member, request_id, GROUP)
        desk.locked_ticket(member, known.ticket.number)
        asked = deciding.locked(known)
        if asked.state != WAITING:
            raise Refused(Reason.NOT_APPLICABLE)
        if not is_own(member, asked):
            raise Refused(Reason.FORBIDDEN)
        deciding.end(asked, WITHDRAWN, member)
        tickets.note(asked.ticket, member.actor, "approval_withdrawn", reason)
        return ledger_lines.append(
            member,
            "approval_withdrawn",
            desk.person_of(asked.ticket),
            reason=reason,
            ticket_id=asked.ticket_id,
            before={"act": asked.kind},
        )


def listed(member: StaffMember, which: listing.Which = "waiting") -> list[ApprovalRequest]:
    """Return waiting requests, the first to expire first, or others, newest first."""
    return _read(member, listing.rows(member, GROUP, which, most=listing.PAGE))


def get(member: StaffMember, request_id: int) -> ApprovalRequest:
    """Return one request."""
    return _read(member, [listing.find(member, request_id, GROUP)])[0]


def _read(member: StaffMember, rows: list[SecondPersonRequest]) -> list[ApprovalRequest]:
    people = {row.asked_by_id for row in rows} | {row.decided_by for row in rows}
    names = names_of([person for person in people if person is not None])
    acted_on = parts.acted_on(member.actor, {row.ticket_id for row in rows})
    return [_request(member, row, names, acted_on) for row in rows]


def _request(
    member: StaffMember, row: SecondPersonRequest, names: Mapping[int, str], acted_on: set[int]
) -> ApprovalRequest:
    content = json.loads(row.content)
    opened = ticket_access.is_open_to(member, row.ticket)
    own = is_own(member, row)

    def shown(values: Mapping[str, Any]) -> Mapping[str, Any]:
        phone = values.get("phone")
        return values if opened or not phone else {**values, "phone": masking.phone(phone)}

    def masked(text: str | None) -> str | None:
        return text if opened or text is None else masking.free_text(text)

    return ApprovalRequest(
        row.id,
        row.ticket.number,
        row.ticket.kind,
        row.kind,
        cast("State", KINDS[row.kind].state_of(row)),
        names.get(row.asked_by_id, ""),
        row.asked_at,
        row.due_at,
        own,
        own or row.ticket_id in acted_on,
        opened,
        masked(content["reason"]) or "",
        shown(content.get("before", {})),
        shown(content.get("after", content["details"])),
        None if row.decided_by is None else names.get(row.decided_by, ""),
        row.decided_at,
        masked(content.get("refusal")),
    )


def _details(
    row: Ticket, act: str, phone: str | None, valid_from: str | None, valid_until: str | None
) -> dict[str, Any]:
    """Return the parameters of the act, checked."""
    if act == "correct_phone":
        return {"phone": phone_numbers.parse_phone("phone", phone or row.phone)}
    if act != "clear_identity":
        return {}
    facts = json.loads(row.facts)
    refused = RefusedFields()
    if row.name is None or row.id_number is None:
        raise Refused(Reason.NOT_APPLICABLE)
    today = clock.today()
    holder = id_numbers.check(row.id_number, today).value
    term = terms.check(
        valid_from or facts.get("valid_from"),
        valid_until or facts.get("valid_until"),
        holder,
        today,
    )
    refused.add(term.refusals)
    refused.raise_if_any()
    assert term.value is not None  # noqa: S101 - nothing was refused.
    until: date | None = term.value.valid_until
    return {
        "valid_from": term.value.valid_from.isoformat(),
        "valid_until": None if until is None else until.isoformat(),
    }
