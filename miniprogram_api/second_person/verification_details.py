"""Manual verifications as a second member of staff reads them, held ones too."""

from dataclasses import field
from datetime import datetime
from typing import Literal, cast

from miniprogram_api import masking
from miniprogram_api.answers import answer_class
from miniprogram_api.ledger import lines as ledger_lines
from miniprogram_api.ledger.lines import Entry
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import listing
from miniprogram_api.second_person.held_verifications import REFUSED, elements, obstacle
from miniprogram_api.second_person.kinds import KINDS
from miniprogram_api.second_person.requests import is_overdue, is_own
from miniprogram_api.second_person.verification_reviews import CONFIRMED, REVOKED
from miniprogram_api.staff.members import StaffMember, names_of
from miniprogram_api.texts import words
from miniprogram_api.windows import holds
from models.second_person import HELD_VERIFICATION, WAITING, SecondPersonRequest

GROUP = "verifications"
ReviewState = Literal["pending", "held", "confirmed", "revoked", "refused", "void"]
IN_THE_SITTING = ("person_registered", "person_activated")
"""The ledger actions that create or activate the account, too."""
RECORDED_BY = ("manual_verification", *IN_THE_SITTING, holds.HELD)
"""The ledger actions that record the clerk's evidence."""
DECIDED_BY = (CONFIRMED, REVOKED, REFUSED)
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


def get(member: StaffMember, request_id: int) -> ReviewDetails:
    """Return one manual verification, decided or not."""
    row = listing.find(member, request_id, GROUP)
    line = ledger_lines.of_ticket(row.ticket_id, RECORDED_BY)
    content = {} if line is None else line.content
    guardian = content.get("guardian")
    decision = None
    if row.state != WAITING:
        decision = ledger_lines.of_ticket(row.ticket_id, DECIDED_BY)
    names = names_of([row.asked_by_id, row.decided_by or row.asked_by_id])
    return ReviewDetails(
        review=_review(row, names, member),
        id_number=masking.id_number(elements(row)[0] or ""),
        registered=line is not None and _act_of(line) in IN_THE_SITTING,
        evidence_seen=tuple(content.get("evidence") or ()),
        reason=content.get("reason", ""),
        place=content.get("place", ""),
        source_said=words("desk.source_said").get(content.get("source_said", "")),
        guardian=None if guardian is None else guardian["relation"],
        guardian_said=words("desk.source_said").get(content.get("guardian_said", "")),
        state=cast("ReviewState", KINDS[row.kind].state_of(row)),
        reviewer=None if row.decided_by is None else names.get(row.decided_by),
        decision_reason="" if decision is None else decision.content.get("reason", ""),
        obstacle=_obstacle(row),
    )


def id_number_of(member: StaffMember, request_id: int) -> str:
    """Return the person's ID number for opening the person at a desk; not for display."""
    number = elements(listing.find(member, request_id, GROUP))[0]
    if number is None:
        raise Refused(Reason.NOT_FOUND)
    return number


def pending(member: StaffMember) -> list[PendingReview]:
    """Return the reviews that wait, the first due first."""
    rows = listing.rows(member, GROUP)
    clerks = names_of({row.asked_by_id for row in rows})
    return [_review(row, clerks, member) for row in rows]


def _review(row: SecondPersonRequest, names: dict[int, str], member: StaffMember) -> PendingReview:
    return PendingReview(
        row.id,
        row.ticket.number,
        row.account_id,
        masking.name(elements(row)[1] or ""),
        names.get(row.asked_by_id, ""),
        row.asked_at,
        row.due_at,
        is_overdue(row),
        is_own(member, row),
        KINDS[row.kind].state_of(row) not in ("held", "refused", "void"),
        holds.denied_by(row),
    )


def _act_of(line: Entry) -> str:
    """Return the action of the effect that a line records, or that it holds."""
    return str(line.content.get("act", line.action))


def _obstacle(row: SecondPersonRequest) -> str | None:
    is_held = row.kind == HELD_VERIFICATION and row.state == WAITING
    act = holds.act_of(row) if is_held else None
    refused = None if act is None else obstacle(row, row.ticket, act)
    return None if refused is None else refused.reason.name
