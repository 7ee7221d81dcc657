"""Two pairs of eyes: what gives or takes away an identity is done by a second person's approval.

Whoever has claimed the ticket asks; somebody else at the centre decides within two working days,
and his yes does the act in the same transaction. Nobody approves himself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from miniprogram_api import (
    centre_acts,
    clock,
    desk,
    ledger,
    phone_numbers,
    ticket_desk,
    tickets,
)
from miniprogram_api.identity_documents import id_numbers, terms
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.refused_fields import RefusedFields
from miniprogram_api.services import Services
from miniprogram_api.staff import Permission, StaffMember, names_of, require
from models import desks as table
from models.desks import Approval
from models.tickets import UNFINISHED, Ticket

Act = Literal["correct_phone", "clear_identity", "cancel_account", "unfreeze"]

# Act → the tickets that it can solve.
KINDS: dict[str, frozenset[str]] = {
    "correct_phone": frozenset({"activation_phone", "phone_change"}),
    "clear_identity": frozenset({"identity_review"}),
    "cancel_account": frozenset({"re_registration", "identity_dispute"}),
    "unfreeze": frozenset({"identity_dispute"}),
}
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that waits for a second person."""

    id: int
    ticket_id: int
    act: str
    requested_by: str = field(repr=False)
    requested_at: datetime
    expires_at: datetime
    own: bool
    reason: str = field(repr=False)
    details: Mapping[str, Any] = field(repr=False)


def request(
    member: StaffMember,
    ticket_id: int,
    act: str,
    *,
    reason: str,
    phone: str | None = None,
    valid_from: str | None = None,
    valid_until: str | None = None,
) -> int:
    """Ask for an act on a ticket that the member has claimed; returns the approval's id.

    ``phone`` is for ``correct_phone`` (by default the ticket's), the dates are for
    ``clear_identity``. Raises Refused: INVALID_INPUT, FORBIDDEN, NOT_APPLICABLE, and as
    ``ticket_desk.owned``.
    """
    ticket_desk.require_reason(reason)
    with desk.acting(member, "approval_requested", Permission.WORK_AT_CENTRE):
        row = ticket_desk.owned(member, ticket_id)
        if row.kind not in KINDS.get(act, frozenset()):
            raise Refused(Reason.NOT_APPLICABLE)
        details = _details(row, act, phone, valid_from, valid_until)
        if act != "clear_identity":
            desk.subject_of(row)
        now = clock.now()
        # One that nobody decided in time is over.
        Approval.update(pending_ticket=None).where(Approval.pending_ticket == row.id).execute()
        approval = Approval.create(
            ticket=row.id,
            pending_ticket=row.id,
            act=act,
            content=json.dumps({"reason": reason, "details": details}, ensure_ascii=False),
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


def pending(member: StaffMember) -> list[Pending]:
    """What waits, the one that goes stale first at the top. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_CENTRE)
    rows = list(
        Approval.select(Approval)
        .join(Ticket)
        .where(
            Approval.pending_ticket.is_null(False)
            & (Approval.expires_at > clock.now())
            & Ticket.state.in_(UNFINISHED)
        )
        .order_by(Approval.expires_at, Approval.id)
        .limit(MOST_LISTED)
    )
    names = names_of({row.requested_by_id for row in rows})
    contents = [json.loads(row.content) for row in rows]
    return [
        Pending(
            row.id,
            row.ticket_id,
            row.act,
            names.get(row.requested_by_id, ""),
            row.requested_at,
            row.expires_at,
            row.requested_by_id == member.id,
            content["reason"],
            content["details"] if member.may(Permission.SEE_PERSONAL_DATA) else {},
        )
        for row, content in zip(rows, contents, strict=True)
    ]


def decide(
    services: Services, member: StaffMember, approval_id: int, *, approve: bool, reason: str
) -> int:
    """Say yes, which does the act, or no, which gives the ticket back; the line's number.

    Raises Refused: INVALID_INPUT on ``reason``, FORBIDDEN, NOT_FOUND, SECOND_PERSON_REQUIRED,
    APPROVAL_STALE, NOT_APPLICABLE when it was decided or the account is another by now,
    TICKET_CLOSED, OWN_MATTER, PHONE_ACCOUNT_LIMIT.
    """
    if not approve:
        ticket_desk.require_reason(reason)
    with desk.acting(member, "approval_decided", Permission.WORK_AT_CENTRE):
        known = Approval.get_or_none(Approval.id == approval_id)
        if known is None:
            raise Refused(Reason.NOT_FOUND)
        if known.requested_by_id == member.id:
            raise Refused(Reason.SECOND_PERSON_REQUIRED)
        # Tickets are locked before everything else.
        row = desk.locked_ticket(member, known.ticket_id)
        approval = table.locked_approval(approval_id)
        if approval is None or approval.pending_ticket is None:
            raise Refused(Reason.NOT_APPLICABLE)
        now = clock.now()
        if approval.expires_at <= now:
            raise Refused(Reason.APPROVAL_STALE)
        approval.pending_ticket = None
        approval.state = table.APPROVED if approve else table.REFUSED
        approval.decided_by, approval.decided_at = member.id, now
        approval.save()
        content = json.loads(approval.content)
        if not approve:
            tickets.note(row, member.actor, "approval_refused", reason)
            return ledger.append(
                member,
                "approval_refused",
                desk.person_of(row),
                reason=reason,
                ticket_id=row.id,
                before={"act": approval.act},
            )
        return centre_acts.do(
            services,
            member,
            row,
            approval.act,
            content["details"],
            reason=content["reason"],
            requested_by=f"staff:{approval.requested_by_id}",
        )


def _details(
    row: Ticket, act: str, phone: str | None, valid_from: str | None, valid_until: str | None
) -> dict[str, Any]:
    """What the act needs, judged now. Raises Refused INVALID_INPUT."""
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
