"""Manual verifications as a second member of staff reads them, held ones too."""

from dataclasses import asdict, field
from datetime import date, datetime
from typing import Any, Literal, cast

from miniprogram_api import masking
from miniprogram_api.answers import answer_class
from miniprogram_api.captures import evidence
from miniprogram_api.captures.evidence import Evidence
from miniprogram_api.desks import past_verifications
from miniprogram_api.desks.past_verifications import PastVerification
from miniprogram_api.identity.documents.terms import LONG_TERM
from miniprogram_api.ledger import lines as ledger_lines
from miniprogram_api.ledger.lines import Entry
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import listing, questions
from miniprogram_api.second_person.held_verifications import elements, obstacle
from miniprogram_api.second_person.kinds import KINDS
from miniprogram_api.second_person.questions import Remark
from miniprogram_api.second_person.requests import is_overdue, is_own
from miniprogram_api.staff.members import StaffMember, names_of
from miniprogram_api.texts import words
from miniprogram_api.windows import holds
from miniprogram_api.windows.holding import HeldReason
from models.second_person import HELD_VERIFICATION, WAITING, SecondPersonRequest

GROUP = "verifications"
CARD = ("name", "id_number", "valid_from", "valid_until")
_MASKS = {"name": masking.name, "id_number": masking.id_number}
ReviewState = Literal["pending", "held", "confirmed", "revoked", "refused", "void", "lapsed"]
IN_THE_SITTING = ("person_registered", "person_activated")
"""The ledger actions that create or activate the account, too."""
RECORDED_BY = ("manual_verification", *IN_THE_SITTING, holds.HELD)
"""The ledger actions that record the clerk's evidence."""


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
    held: HeldReason | None
    """Why it took no effect at once."""
    risks: tuple[str, ...]
    """What is unusual about it: no_photo, typed_card, clerk_volume, repeated_person, shared_phone;
    those with most come first."""
    escalated: bool
    """Overdue: the centre decides, and it counts against the window."""
    question_open: bool
    """The clerk has to answer a question about it."""


@answer_class
class ClerksAct:
    """Another act of the same clerk; the name is masked."""

    id: int
    at: datetime
    name: str
    """Masked."""
    state: ReviewState


@answer_class
class CardValue:
    """One value of the card: as the reader read it, and as it was typed or is on record."""

    name: Literal["name", "id_number", "valid_from", "valid_until"]
    read: str | None
    """Masked where it names the person; null without a reading."""
    recorded: str
    """Masked likewise."""
    same: bool
    """True without a reading, too."""


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
    card: tuple[CardValue, ...]
    comparison: float | None
    """How much the person's photo is like the chip's, 0 to 100; null: not compared."""
    missing: dict[str, str]
    """Name of a picture that was not taken → the reason, in words."""
    remarks: tuple[Remark, ...]
    """Questions to the clerk, with the answers."""
    earlier: tuple[PastVerification, ...]
    """Other verifications of the person at windows, newest first."""
    same_day: tuple[ClerksAct, ...]
    """The other acts of the clerk on that day, oldest first."""


def get(member: StaffMember, request_id: int) -> ReviewDetails:
    """Return one manual verification, decided or not."""
    row = listing.find(member, request_id, GROUP)
    line = ledger_lines.of_ticket(row.ticket_id, RECORDED_BY, row.asked_at)
    content = {} if line is None else line.content
    guardian = content.get("guardian")
    id_number = elements(row)[0]
    seen = evidence.of(row)
    names = names_of([row.asked_by_id, row.decided_by or row.asked_by_id])
    return ReviewDetails(
        review=_review(row, names, member),
        id_number=masking.id_number(id_number or ""),
        registered=line is not None and _act_of(line) in IN_THE_SITTING,
        evidence_seen=tuple(content.get("evidence") or ()),
        reason=content.get("reason", ""),
        place=content.get("place", ""),
        source_said=words("desk.source_said").get(content.get("source_said", "")),
        guardian=None if guardian is None else guardian["relation"],
        guardian_said=words("desk.source_said").get(content.get("guardian_said", "")),
        state=cast("ReviewState", KINDS[row.kind].state_of(row)),
        reviewer=None if row.decided_by is None else names.get(row.decided_by),
        decision_reason=past_verifications.reason_of(row),
        obstacle=_obstacle(row),
        card=_card(row, seen),
        comparison=seen.comparison,
        missing={
            name: words("captures.reasons").get(reason, "")
            for name, reason in seen.reasons.items()
            if name in words("captures.pictures")
        },
        remarks=questions.of_request(row),
        earlier=() if id_number is None else past_verifications.of_person(id_number, row.id),
        same_day=tuple(
            ClerksAct(
                other.id,
                other.asked_at,
                masking.name(elements(other)[1] or ""),
                cast("ReviewState", KINDS[other.kind].state_of(other)),
            )
            for other in past_verifications.of_clerk_on(row.asked_at, row.asked_by_id, row.id)
        ),
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
        KINDS[row.kind].state_of(row) not in ("held", "refused", "void", "lapsed"),
        holds.held_because(row),
        tuple(filter(None, (row.risk or "").split(","))),
        row.state == WAITING and row.escalated_at is not None,
        questions.waits_for_clerk(row),
    )


def _card(row: SecondPersonRequest, seen: Evidence) -> tuple[CardValue, ...]:
    """Return the values of the card side by side."""
    act = holds.act_of(row)
    if act is not None and act.enrolment is not None:
        form = act.enrolment
        recorded = {name: str(form[name] or LONG_TERM) for name in CARD}
    elif row.account is not None:
        account = row.account
        until = LONG_TERM if account.long_term else _day(account.valid_until)
        values = (account.name, account.id_number, _day(account.valid_from), until)
        recorded = dict(zip(CARD, (value or "" for value in values), strict=True))
    else:
        return ()
    read = None if seen.reading is None else asdict(seen.reading)
    return tuple(
        CardValue(
            cast("Any", name),
            None if read is None else _MASKS.get(name, str)(read[name]),
            _MASKS.get(name, str)(value),
            read is None or read[name] == value,
        )
        for name, value in recorded.items()
    )


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _act_of(line: Entry) -> str:
    """Return the action of the effect that a line records, or that it holds."""
    return str(line.content.get("act", line.action))


def _obstacle(row: SecondPersonRequest) -> str | None:
    is_held = row.kind == HELD_VERIFICATION and row.state == WAITING
    act = holds.act_of(row) if is_held else None
    refused = None if act is None else obstacle(row, row.ticket, act)
    return None if refused is None else refused.reason.name
