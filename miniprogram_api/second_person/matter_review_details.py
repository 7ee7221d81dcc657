"""Confirmations at a window and notarised papers, as a second member of staff reads them."""

import json
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, cast

from miniprogram_api import audit, masking
from miniprogram_api.answers import answer_class
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import listing
from miniprogram_api.second_person.kinds import KINDS
from miniprogram_api.second_person.requests import is_overdue, is_own
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from miniprogram_api.staff.members import StaffMember, names_of
from miniprogram_api.windows import matter_acts
from miniprogram_api.windows.held_confirmations import lines_of
from models.matters.matters import Line, Matter
from models.second_person import NOTARISED_PAPERS, SecondPersonRequest

GROUP = "confirmations"


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
    state: Literal["pending", "confirmed", "revoked", "lapsed"]


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
    rows = listing.rows(member, GROUP)
    clerks = names_of({row.asked_by_id for row in rows})
    return [_review(row, lines_of(row.decision), clerks, member) for row in rows]


def get(services: Services, member: StaffMember, request_id: int) -> MatterReviewDetails:
    """Return one, decided or not."""
    row = listing.find(member, request_id, GROUP)
    lines = lines_of(row.decision)
    names = names_of([row.asked_by_id, row.decided_by or row.asked_by_id])
    recorded = {**json.loads(row.content)}
    guardian = recorded.pop("guardian", None)
    if guardian is not None:
        told = ("relation", "relation_proof", "guardian_differs")
        about = "，".join(guardian[name] for name in told if name in guardian)
        recorded["guardian"] = f"{masking.name(guardian['name'])}（{about}）"
    return MatterReviewDetails(
        review=_review(row, lines, names, member),
        document_number=masking.id_number(lines[0].document_number) if lines else "",
        recorded=recorded,
        pictures=tuple(pictures.of_decision(services.settings, row.decision_id)),
        reviewer=None if row.decided_by is None else names.get(row.decided_by),
    )


def picture(services: Services, member: StaffMember, request_id: int, name: str) -> bytes:
    """Return one picture for the second person, which is audited."""
    row = listing.find(member, request_id, GROUP)
    content = pictures.of_decision(services.settings, row.decision_id).get(name)
    if content is None:
        raise Refused(Reason.NOT_FOUND)
    matter_acts.require_others(member, row.decision.matter)
    audit.write_own(
        "window:matter_picture:shown", actor=member.actor, review=request_id, picture=name
    )
    return content


def _review(
    row: SecondPersonRequest, lines: list[Line], names: dict[int, str], member: StaffMember
) -> MatterReview:
    matter: Matter = row.decision.matter
    return MatterReview(
        id=row.id,
        matter_id=matter.public_id,
        subject=matter.subject_name,
        name=masking.name(lines[0].name) if lines else "",
        roles=tuple(line.role for line in lines),
        way="notarised" if row.kind == NOTARISED_PAPERS else "on_site",
        clerk=names.get(row.asked_by_id, ""),
        recorded_at=row.asked_at,
        due_at=row.due_at,
        overdue=is_overdue(row),
        own=is_own(member, row),
        state=cast("Any", KINDS[row.kind].state_of(row)),
    )
