"""Four-eyes approval of acts that give or take away an identity.

The member who has claimed the ticket requests the act; another member of the centre decides within
two working days, and an approval does the act in the same transaction. The decision is never by the
requester, nor by a member who filed the ticket or froze the account for it.
"""

import json
from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Annotated, Any, Literal

from peewee import Expression
from pydantic import Field

from miniprogram_api import clock, masking
from miniprogram_api.accounts import disputes
from miniprogram_api.answers import answer_class
from miniprogram_api.centre import acts as centre_acts
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.identity.documents import id_numbers, terms
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import second_person
from miniprogram_api.staff.members import Permission, StaffMember, names_of, require
from miniprogram_api.tickets import access as ticket_access
from miniprogram_api.tickets import parts, tickets
from models.desks import desks as table
from models.desks.desks import Approval
from models.desks.tickets import UNFINISHED, Ticket

Act = Literal["correct_phone", "clear_identity", "cancel_account", "unfreeze"]

# Act → the kinds of tickets that it can solve.
KINDS: dict[str, frozenset[str]] = {
    "correct_phone": frozenset({"activation_phone", "phone_change"}),
    "clear_identity": frozenset({"identity_review"}),
    "cancel_account": frozenset({"re_registration", "identity_dispute"}),
    "unfreeze": frozenset({"identity_dispute"}),
}
WITHDRAWN = "withdrawn"
PAGE = 50

State = Literal["pending", "stale", "approved", "refused", "withdrawn"]
Which = Literal["waiting", "stale", "decided"]


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
    """Request an act on a ticket that the member has claimed; return the approval's id.

    ``phone`` is for ``correct_phone`` (by default the ticket's), the dates are for
    ``clear_identity``.
    """
    ticket_desk.require_reason(reason)
    with desk.acting(member, "approval_requested", Permission.WORK_AT_CENTRE):
        row = ticket_desk.owned(member, ticket_id)
        if row.kind not in KINDS.get(act, frozenset()):
            raise Refused(Reason.NOT_APPLICABLE)
        if row.kind == "identity_dispute" and not disputes.is_proven(row.id):
            raise Refused(Reason.NOT_APPLICABLE)
        details = _details(row, act, phone, valid_from, valid_until)
        account = None if act == "clear_identity" else desk.subject_of(row)
        before, after = centre_acts.before_and_after(act, account, details)
        now = clock.now()
        # Only an expired request can still be pending here.
        Approval.update(pending_ticket=None).where(Approval.pending_ticket == row.id).execute()
        approval = Approval.create(
            ticket=row.id,
            pending_ticket=row.id,
            act=act,
            content=json.dumps(
                {"reason": reason, "details": details, "before": before, "after": after},
                ensure_ascii=False,
            ),
            requested_by=member.id,
            requested_at=now,
            expires_at=desk.review_due(now),
        )
        tickets.note(row, member.actor, "approval_requested")
        ledger.append(
            member,
            "approval_requested",
            desk.person_of(row),
            reason=reason,
            ticket_id=row.id,
            after={"act": act, **details},
        )
    return int(approval.id)


def listed(
    member: StaffMember, which: Which = "waiting", *, before: int | None = None, most: int = PAGE
) -> list[ApprovalRequest]:
    """Return waiting requests, the first to expire first, or others, newest first.

    ``before``: the last id on the previous page.
    """
    require(member, Permission.READ_CENTRE)
    query = Approval.select(Approval, Ticket).join(Ticket)
    if which == "decided":
        query = query.where(Approval.state != table.PENDING)
    else:
        query = query.where(
            (Approval.state == table.PENDING) & (_waiting() if which == "waiting" else ~_waiting())
        )
    if which == "waiting":
        query = query.order_by(Approval.expires_at, Approval.id)
    else:
        query = query.order_by(Approval.id.desc())
        if before is not None:
            query = query.where(Approval.id < before)
    return _read(member, list(query.limit(most)))


def get(member: StaffMember, approval_id: int) -> ApprovalRequest:
    """Return one request. Raises Refused: FORBIDDEN, NOT_FOUND."""
    require(member, Permission.READ_CENTRE)
    rows = list(Approval.select(Approval, Ticket).join(Ticket).where(Approval.id == approval_id))
    if not rows:
        raise Refused(Reason.NOT_FOUND)
    return _read(member, rows)[0]


def withdraw(member: StaffMember, approval_id: int, reason: str) -> int:
    """Withdraw one's own request; return the ledger line's number.

    Raises Refused: INVALID_INPUT on ``reason``, FORBIDDEN (another member's), NOT_FOUND,
    NOT_APPLICABLE when it was decided, TICKET_CLOSED, OWN_MATTER.
    """
    ticket_desk.require_reason(reason)
    with desk.acting(member, "approval_withdrawn", Permission.WORK_AT_CENTRE):
        row, approval = _undecided(member, approval_id)
        if approval.requested_by_id != member.id:
            raise Refused(Reason.FORBIDDEN)
        _close(approval, WITHDRAWN, member)
        tickets.note(row, member.actor, "approval_withdrawn", reason)
        return ledger.append(
            member,
            "approval_withdrawn",
            desk.person_of(row),
            reason=reason,
            ticket_id=row.id,
            before={"act": approval.act},
        )


def decide(
    services: Services, member: StaffMember, approval_id: int, *, approve: bool, reason: str
) -> int:
    """Approve a request, which does the act, or refuse it; return the ledger line's number.

    Raises Refused: INVALID_INPUT on ``reason``, FORBIDDEN, NOT_FOUND, SECOND_PERSON_REQUIRED,
    APPROVAL_STALE, NOT_APPLICABLE when it was decided or the account has changed, TICKET_CLOSED,
    OWN_MATTER, PHONE_ACCOUNT_LIMIT.
    """
    if not approve:
        ticket_desk.require_reason(reason)
    with desk.acting(member, "approval_decided", Permission.WORK_AT_CENTRE):
        row, approval = _undecided(member, approval_id)
        requester = second_person.actor_of(approval.requested_by_id)
        second_person.require_another(member, {requester, *parts.actors(row.id, parts.ACTED)})
        if approval.expires_at <= clock.now():
            raise Refused(Reason.APPROVAL_STALE)
        content = json.loads(approval.content)
        if not approve:
            content["refusal"] = reason
            approval.content = json.dumps(content, ensure_ascii=False)
            _close(approval, table.REFUSED, member)
            tickets.note(row, member.actor, "approval_refused", reason)
            return ledger.append(
                member,
                "approval_refused",
                desk.person_of(row),
                reason=reason,
                ticket_id=row.id,
                before={"act": approval.act},
            )
        _require_as_shown(row, approval.act, content)
        _close(approval, table.APPROVED, member)
        return centre_acts.do(
            services,
            member,
            row,
            approval.act,
            content["details"],
            reason=content["reason"],
            requested_by=f"staff:{approval.requested_by_id}",
        )


def _undecided(member: StaffMember, approval_id: int) -> tuple[Ticket, Approval]:
    """Return ticket and request, locked. Raises Refused: NOT_FOUND, and as the ticket's lock."""
    known = Approval.get_or_none(Approval.id == approval_id)
    if known is None:
        raise Refused(Reason.NOT_FOUND)
    # Lock order: tickets first.
    row = desk.locked_ticket(member, known.ticket.number)
    approval = Approval.locked(approval_id)
    if approval is None or approval.pending_ticket is None:
        raise Refused(Reason.NOT_APPLICABLE)
    return row, approval


def _close(approval: Approval, state: str, member: StaffMember) -> None:
    approval.pending_ticket, approval.state = None, state
    approval.decided_by, approval.decided_at = member.id, clock.now()
    approval.save()


def _require_as_shown(row: Ticket, act: str, content: Mapping[str, Any]) -> None:
    """Raise Refused NOT_APPLICABLE when the account has changed since the request."""
    if act == "clear_identity":
        return
    before, _ = centre_acts.before_and_after(act, desk.subject_of(row), content["details"])
    if before != content.get("before", before):
        raise Refused(Reason.NOT_APPLICABLE)


def _waiting() -> Expression:
    return (
        Approval.pending_ticket.is_null(False)
        & (Approval.expires_at > clock.now())
        & Ticket.state.in_(UNFINISHED)
    )


def _read(member: StaffMember, rows: list[Approval]) -> list[ApprovalRequest]:
    people = {row.requested_by_id for row in rows} | {row.decided_by for row in rows}
    names = names_of([person for person in people if person is not None])
    acted_on = parts.acted_on(member.actor, {row.ticket_id for row in rows})
    return [_request(member, row, names, acted_on) for row in rows]


def _request(
    member: StaffMember, row: Approval, names: Mapping[int, str], acted_on: set[int]
) -> ApprovalRequest:
    content = json.loads(row.content)
    opened = ticket_access.is_open_to(member, row.ticket)

    def shown(values: Mapping[str, Any]) -> Mapping[str, Any]:
        phone = values.get("phone")
        return values if opened or not phone else {**values, "phone": masking.phone(phone)}

    def masked(text: str | None) -> str | None:
        return text if opened or text is None else masking.free_text(text)

    return ApprovalRequest(
        row.id,
        row.ticket.number,
        row.ticket.kind,
        row.act,
        _state(row),
        names.get(row.requested_by_id, ""),
        row.requested_at,
        row.expires_at,
        row.requested_by_id == member.id,
        row.requested_by_id == member.id or row.ticket_id in acted_on,
        opened,
        masked(content["reason"]) or "",
        shown(content.get("before", {})),
        shown(content.get("after", content["details"])),
        None if row.decided_by is None else names.get(row.decided_by, ""),
        row.decided_at,
        masked(content.get("refusal")),
    )


def _state(row: Approval) -> State:
    if row.state != table.PENDING:
        return row.state  # type: ignore[return-value]
    over = row.pending_ticket is None or row.expires_at <= clock.now()
    return "stale" if over or row.ticket.state not in UNFINISHED else "pending"


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
