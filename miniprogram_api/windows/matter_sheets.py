"""Print the sheets of a matter at a window: a line of the ledger for each person."""

from miniprogram_api import audit
from miniprogram_api.desks import acts as desk
from miniprogram_api.matter_lines import finding
from miniprogram_api.services import Services
from miniprogram_api.sheets import sheets
from miniprogram_api.sheets.sheet import Drawn
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.windows import matter_acts as acts
from models.matters.matters import Line


def print_sheets(services: Services, member: StaffMember, matter_id: str, reason: str) -> Drawn:
    """Return the sheets for the registration file; any window may print them.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, NOT_FOUND, OWN_MATTER, NOT_APPLICABLE when nothing
    is confirmed.
    """
    with desk.acting(member, "sheets", Permission.WORK_AT_WINDOW):
        matter = finding.matter(matter_id)
        lines = finding.lines(matter)
        acts.require_others(member, matter)
    # Drawing takes seconds for many persons, so no transaction is open meanwhile.
    drawn = sheets.of_lines(services.settings, matter, lines)
    with desk.acting(member, "sheets", Permission.WORK_AT_WINDOW):
        sheets.note_fetched(matter)
        audit.write("window:sheets:printed", actor=member.actor, matter=matter.public_id)
        persons: dict[str, list[Line]] = {}
        for line in lines:
            persons.setdefault(line.document_number, []).append(line)
        for own in persons.values():
            acts.append_of_lines(member, "matter_sheet_printed", matter, own, reason=reason)
    return drawn
