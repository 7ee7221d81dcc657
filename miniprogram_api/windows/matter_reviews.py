"""Review of confirmations at a window by a second member: on site afterwards, papers before.

A revoked confirmation is lost; papers confirm their lines when they are approved.
"""

import json
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, cast

from miniprogram_api import audit, clock, masking
from miniprogram_api.answers import answer_class
from miniprogram_api.desks import acts as desk
from miniprogram_api.matter_lines import changes, finding
from miniprogram_api.matter_lines.changes import Evidence
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from miniprogram_api.staff import second_person
from miniprogram_api.staff.members import Permission, StaffMember, names_of, require
from miniprogram_api.windows import matter_acts as acts
from miniprogram_api.windows.hold_decisions import DESKS
from miniprogram_api.windows.reviews import MOST_LISTED, require_reason
from models.accounts.accounts import Account
from models.matters import desk_confirmations as table
from models.matters.decisions import Decision
from models.matters.desk_confirmations import DeskConfirmation
from models.matters.matters import CONFIRMED, Line, Matter


@answer_class
class MatterReview:
    """A confirmation at a window, for the second person; names are masked."""

    id: int
    matter_id: str
    subject: str = field(repr=False)
    name: str
    """Masked."""
    roles: tuple[str, ...]
    way: Literal["on_site", "notarised"]
    clerk: str = field(repr=False)
    recorded_at: datetime
    due_at: datetime
    overdue: bool
    own: bool
    """The caller's own, to be decided by another member."""
    state: Literal["pending", "confirmed", "revoked"]


@answer_class
class MatterReviewDetails:
    """What the clerk recorded, and the names of the pictures that are still kept."""

    review: MatterReview
    document_number: str = field(repr=False)
    """Masked."""
    recorded: dict[str, Any] = field(repr=False)
    pictures: tuple[str, ...]
    reviewer: str | None = field(repr=False)


def pending(member: StaffMember) -> list[MatterReview]:
    """Return the reviews and approvals that wait, the first due first."""
    require(member, Permission.READ_WINDOW)
    rows = list(
        DeskConfirmation.select(DeskConfirmation, Decision, Matter)
        .join(Decision)
        .join(Matter)
        .where(DeskConfirmation.state == table.PENDING)
        .order_by(DeskConfirmation.review_due, DeskConfirmation.id)
        .limit(MOST_LISTED)
    )
    clerks = names_of({row.clerk_id for row in rows})
    return [_review(row, _lines(row.decision), clerks, member) for row in rows]


def to_decide(member: StaffMember) -> int:
    """Count what another member than the clerk has to decide; the member's own do not count."""
    waits = (DeskConfirmation.state == table.PENDING) & (DeskConfirmation.clerk != member.id)
    return DeskConfirmation.select().where(waits).count()


def get(services: Services, member: StaffMember, review_id: int) -> MatterReviewDetails:
    """Return one, decided or not."""
    require(member, Permission.READ_WINDOW)
    row = DeskConfirmation.get_or_none(DeskConfirmation.id == review_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    lines = _lines(row.decision)
    names = names_of([row.clerk_id, row.reviewed_by or row.clerk_id])
    recorded = {**json.loads(row.content)}
    guardian = recorded.pop("guardian", None)
    if guardian is not None:
        recorded["guardian"] = f"{masking.name(guardian['name'])}（{guardian['relation']}）"
    return MatterReviewDetails(
        review=_review(row, lines, names, member),
        document_number=masking.id_number(lines[0].document_number) if lines else "",
        recorded=recorded,
        pictures=tuple(pictures.of_decision(services.settings, row.decision_id)),
        reviewer=None if row.reviewed_by is None else names.get(row.reviewed_by),
    )


def picture(services: Services, member: StaffMember, review_id: int, name: str) -> bytes:
    """Return one picture for the second person, which is audited.

    Raises Refused: FORBIDDEN, NOT_FOUND, OWN_MATTER.
    """
    require(member, Permission.READ_WINDOW)
    row = DeskConfirmation.get_or_none(DeskConfirmation.id == review_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    found = pictures.of_decision(services.settings, row.decision_id).get(name)
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    acts.require_others(member, row.decision.matter)
    audit.write_own(
        "window:matter_picture:shown", actor=member.actor, review=review_id, picture=name
    )
    return found


def decide(
    services: Services, member: StaffMember, review_id: int, *, confirm: bool, reason: str
) -> int:
    """Confirm or revoke; return the ledger line's number.

    Raises Refused: FORBIDDEN, INVALID_INPUT on ``reason`` when revoked without one, NOT_FOUND,
    SECOND_PERSON_REQUIRED, OWN_MATTER, NOT_APPLICABLE when decided, and for papers as
    ``changes.confirm_lines``.
    """
    require_reason(reason, confirm=confirm)
    action = "matter_review_confirmed" if confirm else "matter_review_revoked"
    with desk.acting(member, action, *DESKS):
        row = DeskConfirmation.locked(review_id)
        if row is None:
            raise Refused(Reason.NOT_FOUND)
        second_person.require_another(member, [second_person.actor_of(row.clerk_id)])
        if row.state != table.PENDING:
            raise Refused(Reason.NOT_APPLICABLE)
        decision = row.decision
        acts.require_others(member, decision.matter)
        lines = _lines(decision)
        if row.way == "notarised":
            _decide_papers(services, row, decision, lines, confirm=confirm)
        elif not confirm:
            _revoke(decision, lines)
        row.state = table.CONFIRMED if confirm else table.REVOKED
        row.reviewed_by, row.reviewed_at = member.id, clock.now()
        row.save()
        return acts.append_of_lines(
            member, action, finding.matter(decision.matter.public_id), lines, reason=reason
        )


def _decide_papers(
    services: Services,
    row: DeskConfirmation,
    filed: Decision,
    lines: list[Line],
    *,
    confirm: bool,
) -> None:
    if not confirm:
        pictures.discard(filed.id)
        return
    evidence = Evidence(
        "notarised",
        filed.account_id,
        filed.source_number,
        json.loads(filed.pictures),
        row.window_id,
        row.clerk_id,
    )
    decided = changes.confirm_lines(
        services,
        filed.matter.public_id,
        [line.public_id for line in lines],
        person=changes.Person(lines[0].document_number, lines[0].name),
        digest=filed.digest,
        evidence=evidence,
    )
    pictures.move(filed.id, decided.decision.id)
    row.decision = decided.decision


def _revoke(decision: Decision, lines: list[Line]) -> None:
    """Lose the lines that this decision still confirms."""
    if decision.account_id is not None:
        Account.locked(decision.account_id)
    documents = {line.document_number for line in lines}
    _, present = finding.lock_matter(decision.matter.public_id, documents)
    ids = {line.id for line in lines}
    changes.lose_lines(
        [
            line
            for line in present
            if line.id in ids and line.state == CONFIRMED and line.confirmed_at == decision.at
        ],
        "revoked",
    )


def _lines(decision: Decision) -> list[Line]:
    said = [one["line_id"] for one in json.loads(decision.lines)]
    return list(Line.select().where(Line.public_id.in_(said)).order_by(Line.position))


def _review(
    row: DeskConfirmation, lines: list[Line], names: dict[int, str], member: StaffMember
) -> MatterReview:
    matter: Matter = row.decision.matter
    return MatterReview(
        id=row.id,
        matter_id=matter.public_id,
        subject=matter.subject_name,
        name=masking.name(lines[0].name) if lines else "",
        roles=tuple(line.role for line in lines),
        way=cast("Any", row.way),
        clerk=names.get(row.clerk_id, ""),
        recorded_at=row.recorded_at,
        due_at=row.review_due,
        overdue=row.state == table.PENDING and row.review_due < clock.now(),
        own=row.clerk_id == member.id,
        state=cast("Any", row.state),
    )
