"""Print the sheets of a matter at a window: a line of the ledger for each person."""

from miniprogram_api import audit
from miniprogram_api.desks import acts as desk
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.matter_lines import finding
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import sheets
from miniprogram_api.sheets.drawing import Drawn
from miniprogram_api.staff.members import Permission, StaffMember


def print_sheets(services: Services, member: StaffMember, matter_id: str, reason: str) -> Drawn:
    """Return the sheets for the registration file; any window may print them.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, NOT_FOUND, OWN_MATTER, NOT_APPLICABLE when nothing
    is confirmed.
    """
    with desk.acting(member, "sheets", Permission.WORK_AT_WINDOW):
        matter = finding.matter(matter_id)
        lines = finding.lines(matter)
        for line in lines:
            _require_others(member, line.document_number, line.name)
    # Drawing takes seconds for many persons, so no transaction is open meanwhile.
    drawn = sheets.of_lines(services.settings, matter, lines)
    with desk.acting(member, "sheets", Permission.WORK_AT_WINDOW):
        sheets.note_fetched(matter)
        audit.write("window:sheets:printed", actor=member.actor, matter=matter.public_id)
        persons = {
            line.document_number: Person(line.document_number, line.name, line.account_id)
            for line in lines
        }
        for person in persons.values():
            ledger.append(
                member, "matter_sheet_printed", person, reason=reason, matter=matter.public_id
            )
    return drawn


def _require_others(member: StaffMember, document_number: str, name: str) -> None:
    try:
        desk.require_others_matter(member, document_number, name)
    except Refused as refused:
        raise Refused(Reason.OWN_MATTER, cause="matter") from refused
