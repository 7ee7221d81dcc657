"""The letter to a person without a phone whose verification a second person denied."""

from dataclasses import dataclass, field
from datetime import datetime

from miniprogram_api import audit
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import past_verifications
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import listing
from miniprogram_api.second_person.held_verifications import elements
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.staff.windows import Window
from models.second_person import DENIED, HELD_VERIFICATION, VERIFICATION, SecondPersonRequest

GROUP = "verifications"
PRINTED = "letter_printed"
"""The ledger's action."""


@dataclass(frozen=True, slots=True)
class LetterToPerson:
    """What the person reads on paper."""

    ticket_id: str
    name: str = field(repr=False)
    verified_at: datetime
    decided_at: datetime
    was_effective: bool
    """False: it was held and did not take effect."""
    reason: str = field(repr=False)
    office: Window | None


def is_needed(member: StaffMember, request_id: int) -> bool:
    """Return whether a member may print the letter: denied, and no phone gets the news."""
    row = listing.find(member, request_id, GROUP)
    return _is_needed(row) and (
        member.may(Permission.WORK_AT_CENTRE)
        or (member.may(Permission.WORK_AT_WINDOW) and member.window_id == row.window_id)
    )


def read(member: StaffMember, request_id: int) -> LetterToPerson:
    """Return the letter with the person's full name, which the ledger records."""
    with desk.acting(member, PRINTED, Permission.WORK_AT_WINDOW, Permission.WORK_AT_CENTRE):
        row = listing.find(member, request_id, GROUP)
        if not is_needed(member, request_id) or row.decided_at is None:
            raise Refused(Reason.NOT_APPLICABLE)
        id_number, name = elements(row)
        desk.require_others_matter(member, id_number, name)
        office = None if row.window_id is None else windows.get(row.window_id)
        letter = LetterToPerson(
            row.ticket.number,
            name or "",
            row.asked_at,
            row.decided_at,
            row.kind == VERIFICATION,
            past_verifications.reason_of(row),
            office,
        )
        audit.write("staff:letter:printed", actor=member.actor, request=row.id)
        person = Person(id_number, name, row.account_id)
        ledger.append(member, PRINTED, person, ticket_id=row.ticket_id)
    return letter


def _is_needed(row: SecondPersonRequest) -> bool:
    is_denied = row.state == DENIED and row.kind in (VERIFICATION, HELD_VERIFICATION)
    phone = row.ticket.phone if row.account is None else row.account.phone
    return is_denied and not phone
