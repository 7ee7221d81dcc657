"""Review of manual verifications by a second member, who may revoke them.

Due within two working days, possible later; no member reviews an own verification. One that is held
waits here for its approval (``hold_decisions``).
"""

from dataclasses import field
from datetime import datetime
from typing import Literal, cast

from miniprogram_api import clock, masking
from miniprogram_api.accounts import levels
from miniprogram_api.answers import answer_class
from miniprogram_api.desks import acts as desk
from miniprogram_api.effectiveness import VERIFIED_LEVEL
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Entry, Person
from miniprogram_api.messaging import subscriptions
from miniprogram_api.messaging.subscriptions import news
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import second_person
from miniprogram_api.staff.members import Permission, StaffMember, names_of, require
from miniprogram_api.texts import invalid, words
from miniprogram_api.windows import hold_decisions, holds
from miniprogram_api.windows.hold_decisions import DESKS
from models.accounts.accounts import Account
from models.desks import desks as table
from models.desks.desks import ManualVerification
from models.desks.tickets import Ticket

ReviewState = Literal["pending", "held", "confirmed", "revoked", "refused", "void"]
MOST_LISTED = 200
LONGEST_REASON = 300
IN_THE_SITTING = ("person_registered", "person_activated")
"""The ledger actions that create or activate the account, too."""
RECORDED_BY = ("manual_verification", *IN_THE_SITTING, holds.HELD)
"""The ledger actions that record the clerk's evidence."""
DECIDED_BY = (hold_decisions.APPROVED, "verification_revoked", hold_decisions.REFUSED)
"""The ledger actions that record the decision and its reason."""


@answer_class
class PendingReview:
    """A manual verification that waits for a second person; the name is masked."""

    id: int
    ticket_id: str
    account_id: int | None
    """Null for a registration without effect yet."""
    name: str
    """Masked."""
    clerk: str = field(repr=False)
    verified_at: datetime
    due_at: datetime
    overdue: bool
    own: bool
    """The caller's own, to be decided by another member."""
    effective: bool
    """False: nothing has changed until it is confirmed."""
    held: str | None
    """Why it took no effect at once: the source's answer."""


@answer_class
class ReviewDetails:
    """What the clerk recorded, for the second person; name and number are masked."""

    review: PendingReview
    id_number: str = field(repr=False)
    """Masked."""
    registered: bool
    """The user was registered in the same sitting."""
    evidence_seen: tuple[str, ...]
    reason: str = field(repr=False)
    place: str
    source_said: str | None
    """The source's answer at the registration, in words."""
    guardian: str | None = field(repr=False)
    """The relation of the guardian of a user under 14."""
    guardian_said: str | None
    """The answer about the guardian's identity, in words."""
    state: ReviewState
    reviewer: str | None = field(repr=False)
    decision_reason: str = field(repr=False)
    """The reason for the decision; empty before it."""
    obstacle: str | None
    """The code of the refusal that an approval would meet now."""


def get(member: StaffMember, verification_id: int) -> ReviewDetails:
    """Return one manual verification, decided or not."""
    require(member, Permission.READ_WINDOW)
    row = ManualVerification.get_or_none(ManualVerification.id == verification_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    line = ledger.of_ticket(row.ticket_id, RECORDED_BY)
    content = {} if line is None else line.content
    guardian = content.get("guardian")
    decision = None
    if row.state not in table.UNDECIDED:
        decision = ledger.of_ticket(row.ticket_id, DECIDED_BY)
    names = names_of([row.clerk_id, row.reviewed_by or row.clerk_id])
    return ReviewDetails(
        review=_review(row, names, member),
        id_number=masking.id_number(_person(row)[0] or ""),
        registered=line is not None and _act_of(line) in IN_THE_SITTING,
        evidence_seen=tuple(content.get("evidence") or ()),
        reason=content.get("reason", ""),
        place=content.get("place", ""),
        source_said=words("desk.source_said").get(content.get("source_said", "")),
        guardian=None if guardian is None else guardian["relation"],
        guardian_said=words("desk.source_said").get(content.get("guardian_said", "")),
        state=cast("ReviewState", row.state),
        reviewer=None if row.reviewed_by is None else names.get(row.reviewed_by),
        decision_reason="" if decision is None else decision.content.get("reason", ""),
        obstacle=_obstacle(row),
    )


def id_number_of(member: StaffMember, verification_id: int) -> str:
    """Return the person's ID number for opening the person at a desk; not for display."""
    require(member, Permission.READ_WINDOW)
    row = ManualVerification.get_or_none(ManualVerification.id == verification_id)
    number = None if row is None else _person(row)[0]
    if number is None:
        raise Refused(Reason.NOT_FOUND)
    return number


def pending(member: StaffMember) -> list[PendingReview]:
    """Return the reviews that wait, the first due first."""
    require(member, Permission.READ_WINDOW)
    rows = list(
        ManualVerification.select(ManualVerification, Ticket)
        .join(Ticket)
        .where(ManualVerification.state.in_(table.UNDECIDED))
        .order_by(ManualVerification.review_due, ManualVerification.id)
        .limit(MOST_LISTED)
    )
    clerks = names_of({row.clerk_id for row in rows})
    return [_review(row, clerks, member) for row in rows]


def require_reason(reason: str, *, confirm: bool) -> None:
    """Raise Refused INVALID_INPUT on ``reason`` when too long, or revoked without one."""
    if not confirm and not reason.strip():
        raise invalid("reviews.reason.required")
    if len(reason) > LONGEST_REASON:
        raise invalid("reviews.reason.too_long", most=LONGEST_REASON)


def decide(
    services: Services, member: StaffMember, verification_id: int, *, confirm: bool, reason: str
) -> int:
    """Confirm a manual verification, or revoke it, which returns the account to level 3.

    One that is held is approved or refused. Returns the ledger line's number. Raises Refused:
    FORBIDDEN, INVALID_INPUT on ``reason`` when revoked without one, NOT_FOUND,
    SECOND_PERSON_REQUIRED, OWN_MATTER, NOT_APPLICABLE when decided; as ``hold_decisions.approve``.
    """
    require_reason(reason, confirm=confirm)
    known = ManualVerification.get_or_none(ManualVerification.id == verification_id)
    if known is not None and known.held is not None:
        if confirm:
            return hold_decisions.approve(services, member, known, reason)
        return hold_decisions.refuse(member, known, reason)
    action = "verification_confirmed" if confirm else "verification_revoked"
    with desk.acting(member, action, *DESKS):
        row = ManualVerification.locked(verification_id)
        if row is None:
            raise Refused(Reason.NOT_FOUND)
        second_person.require_another(member, [second_person.actor_of(row.clerk_id)])
        if row.state != table.PENDING:
            raise Refused(Reason.NOT_APPLICABLE)
        account = Account.locked(row.account_id)
        assert account is not None  # noqa: S101 - accounts are never deleted.
        desk.require_others_matter(member, account.id_number, account.name)
        row.state = table.CONFIRMED if confirm else table.REVOKED
        row.reviewed_by, row.reviewed_at = member.id, clock.now()
        row.save()
        before: dict[str, object] = {"level": account.level}
        after = dict(before)
        if not confirm and account.verified_by == "manual":
            after["level"] = VERIFIED_LEVEL - 1
            if account.authorization_enabled:
                before["authorization_enabled"], after["authorization_enabled"] = True, False
            levels.lower(account, "revoked", actor=member.actor)
            subscriptions.notify(
                "review",
                news("revoked", clock.now()),
                cause=f"manual:{row.id}:revoked",
                account_id=account.id,
            )
        return ledger.append(
            member,
            action,
            Person(account.id_number, account.name, account.id),
            reason=reason,
            ticket_id=row.ticket_id,
            before=before,
            after=after,
        )


def _review(row: ManualVerification, names: dict[int, str], member: StaffMember) -> PendingReview:
    is_open = row.state in table.UNDECIDED
    return PendingReview(
        row.id,
        row.ticket.number,
        row.account_id,
        masking.name(_person(row)[1] or ""),
        names.get(row.clerk_id, ""),
        row.verified_at,
        row.review_due,
        is_open and row.review_due < clock.now(),
        row.clerk_id == member.id,
        row.state not in (table.HELD, table.REFUSED, table.VOID),
        row.held,
    )


def _person(row: ManualVerification) -> tuple[str | None, str | None]:
    """Return ID number and name: of the account, else of the form, else of the ticket."""
    if row.account is not None:
        return row.account.id_number, row.account.name
    act = holds.act_of(row)
    if act is not None and act.enrolment is not None:
        return act.enrolment["id_number"], act.enrolment["name"]
    return row.ticket.id_number, row.ticket.name


def _act_of(line: Entry) -> str:
    """Return the action of the effect that a line records, or that it holds."""
    return str(line.content.get("act", line.action))


def _obstacle(row: ManualVerification) -> str | None:
    act = holds.act_of(row) if row.state == table.HELD else None
    refused = None if act is None else hold_decisions.obstacle(row, row.ticket, act)
    return None if refused is None else refused.reason.name
