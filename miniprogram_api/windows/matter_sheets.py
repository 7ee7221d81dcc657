"""Print the sheets of a matter at a window: a line of the ledger for each person.

The receiving window prints those of all persons, for the registration file. Any window prints the
sheet of one person who is there, as the person's code or card shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from miniprogram_api import audit
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import lookups
from miniprogram_api.matter_lines import finding
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import sheets
from miniprogram_api.sheets.sheet import Drawn
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.staff.sittings import PresentBy
from miniprogram_api.texts import invalid, word
from miniprogram_api.windows import matter_acts as acts
from miniprogram_api.windows import matter_views
from models.matters.matters import Line, Matter


@dataclass(frozen=True, slots=True)
class Present:
    """A person at the window, by the number of the document."""

    document: str = field(repr=False)
    by: PresentBy


def print_sheets(
    services: Services,
    member: StaffMember,
    matter_id: str,
    reason: str,
    present: Present | None = None,
) -> Drawn:
    """Return the sheets of all persons, or of the one who is ``present``.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, NOT_FOUND, OWN_MATTER, PERSON_NOT_PRESENT,
    INVALID_INPUT on ``document`` for a person of no line, LOOKUP_LIMIT, NOT_APPLICABLE when nothing
    is confirmed.
    """
    more: dict[str, Any] = {"reason": reason}
    with desk.acting(member, "sheets", Permission.WORK_AT_WINDOW):
        matter = finding.matter(matter_id)
        lines = finding.lines(matter)
        acts.require_others(member, matter)
        if present is None and not acts.receives(member, matter):
            raise Refused(Reason.PERSON_NOT_PRESENT)
    if present is not None:
        lines = _of_present(services, member, lines, present)
        more["evidence"] = [word("desk_matters.present_by", present.by)]
    # Drawing takes seconds for many persons, so no transaction is open meanwhile.
    drawn = sheets.of_lines(services.settings, matter, lines)
    with desk.acting(member, "sheets", Permission.WORK_AT_WINDOW):
        if present is None:
            # The registration file is made of them.
            sheets.note_fetched(matter)
        _record(member, matter, lines, more)
    return drawn


def _of_present(
    services: Services, member: StaffMember, lines: Sequence[Line], present: Present
) -> list[Line]:
    document = matter_views.document_number(present.document)
    # The answer tells whether a person has a line.
    lookups.record(services, member, document, lookups.ACT)
    own = [line for line in lines if line.document_number == document]
    if not own:
        raise invalid("desk_matters.document.not_in_matter")
    return own


def _record(
    member: StaffMember, matter: Matter, lines: Sequence[Line], more: dict[str, Any]
) -> None:
    audit.write("window:sheets:printed", actor=member.actor, matter=matter.public_id)
    persons: dict[str, list[Line]] = {}
    for line in lines:
        persons.setdefault(line.document_number, []).append(line)
    for own in persons.values():
        acts.append_of_lines(member, "matter_sheet_printed", matter, own, **more)
