"""Acts of a window on a matter as a whole, and refusals said at the desk.

Only the receiving window changes, accepts and withdraws a matter that it made. No clerk acts on a
matter with a line of the clerk's own.
"""

from collections.abc import Collection, Iterable
from typing import Any

from miniprogram_api.desks import acts as desk
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.matter_lines import changes, finding
from miniprogram_api.matter_lines.changes import Decided, Evidence
from miniprogram_api.matters import acceptance, creation, forms, own, refusals, reminders, versions
from miniprogram_api.matters.creation import Created, Maker
from miniprogram_api.matters.forms import Form
from miniprogram_api.matters.reminders import Reminded
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import word
from miniprogram_api.tickets.opening import Subject
from models.matters.matters import Line, Matter

CLERK = Permission.WORK_AT_WINDOW


def create(services: Services, member: StaffMember, number: str, form: Form) -> Created:
    """Create a matter numbered by the member's window, or return that of the same form."""
    with desk.acting(member, "matter_created", CLERK):
        form = forms.checked(form)
        _require_others_form(member, form)
        maker = Maker(window_id=member.window_id)
        made = creation.create(services, maker, number, form, actor=member.actor)
        if made.is_new:
            _append(member, "matter_created", made.matter, after={"persons": len(form.persons)})
    return made


def change(
    services: Services, member: StaffMember, matter_id: str, form: Form, version: int
) -> Matter:
    """Store the next version of the window's own matter.

    Raises Refused: FORBIDDEN for another window's, WINDOW_REQUIRED, OWN_MATTER, and as
    ``versions.replace``.
    """
    with desk.acting(member, "matter_changed", CLERK):
        maker = _own(member, matter_id).maker
        form = forms.checked(form)
        _require_others_form(member, form)
        matter = versions.replace(
            services, matter_id, form, version=version, maker=maker, actor=member.actor
        )
        _append(member, "matter_changed", matter, after={"version": matter.version})
    return matter


def withdraw(member: StaffMember, matter_id: str, reason: str | None) -> Matter:
    """Withdraw the window's own matter; again: the same answer."""
    with desk.acting(member, "matter_withdrawn", CLERK):
        own_matter = _own(member, matter_id)
        before = own_matter.state
        matter = acceptance.withdraw(matter_id, reason, maker=own_matter.maker, actor=member.actor)
        if matter.state != before:
            _append(member, "matter_withdrawn", matter, reason=reason or "")
    return matter


def accept(services: Services, member: StaffMember, matter_id: str, version: int) -> Matter:
    """Accept the window's own matter; again: the same answer."""
    with (
        acceptance.losing_unproved(services, matter_id),
        desk.acting(member, "matter_accepted", CLERK),
    ):
        before = _own(member, matter_id).state
        changes.accept(services, matter_id, version, actor=member.actor)
        matter = finding.matter(matter_id)
        if matter.state != before:
            _append(member, "matter_accepted", matter, after={"version": matter.version})
    return matter


def remind(
    member: StaffMember, matter_id: str, line_ids: Collection[str] | None = None
) -> Reminded:
    """Remind the persons of a matter that the member's window receives.

    Raises Refused: FORBIDDEN for another window's, WINDOW_REQUIRED, OWN_MATTER, and as
    ``reminders.remind``.
    """
    with desk.acting(member, "matter_reminded", CLERK):
        matter = finding.matter(matter_id)
        if matter.office_id != member.window_id:
            raise Refused(Reason.FORBIDDEN)
        require_others(member, matter)
        reminded = reminders.remind(matter_id, line_ids)
        _append(member, "matter_reminded", matter, reminded=reminded.sent)
    return reminded


def refuse(
    services: Services,
    member: StaffMember,
    matter_id: str,
    line_ids: Collection[str],
    *,
    reason: str = "unwilling",
    note: str = "",
) -> Decided:
    """Record that a person at the desk refuses own lines; any window may.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, OWN_MATTER, NOT_FOUND (also for lines of several
    persons), and as ``changes.refuse_lines``.
    """
    with desk.acting(member, "matter_refused", CLERK):
        matter = finding.matter(matter_id)
        chosen = [line for line in finding.lines(matter) if line.public_id in line_ids]
        require_others(member, matter)
        person = person_of(chosen, line_ids)
        account = desk.known_account(person.document_number)
        is_holder = account is not None and account.name == person.name
        decided = changes.refuse_lines(
            services,
            matter_id,
            line_ids,
            person=person,
            digest=None,
            evidence=Evidence(
                "on_site",
                account.id if account is not None and is_holder else None,
                window_id=member.window_id,
                staff_id=member.id,
            ),
            refusal=changes.Refusal(reason, note or None),
        )
        if reason == own.NOT_ME:
            refusals.open_ticket(
                decided,
                Subject(person.name, person.document_number),
                note or None,
                source="clerk",
                actor=member.actor,
                account_id=decided.decision.account_id,
            )
        append_of_lines(
            member,
            "matter_refused",
            decided.matter,
            decided.lines,
            reason=note,
            refusal=word("desk_matters.refusals", reason),
        )
    return decided


def person_of(chosen: Iterable[Line], line_ids: Collection[str]) -> changes.Person:
    """Return the one person of these lines.

    Raises Refused NOT_FOUND when one is not there, or is another person's.
    """
    lines = list(chosen)
    persons = {(line.document_number, line.name) for line in lines}
    if len(persons) != 1 or len(lines) != len(set(line_ids)):
        raise Refused(Reason.NOT_FOUND)
    return changes.Person(*persons.pop())


def receives(member: StaffMember, matter: Matter) -> bool:
    """Return whether the member's window receives the matter."""
    return member.window_id is not None and matter.office_id == member.window_id


def is_own(member: StaffMember, matter: Matter) -> bool:
    """Return whether the member's window made the matter."""
    return member.window_id is not None and matter.maker == Maker(window_id=member.window_id).name


def require_others(member: StaffMember, matter: Matter) -> None:
    """Raise Refused OWN_MATTER (``cause`` matter) when the member is a person of the matter."""
    for line in finding.lines(matter):
        _require_other(member, line.document_number, line.name)


def append_of_lines(
    member: StaffMember, action: str, matter: Matter, lines: Collection[Line], **more: Any
) -> int:
    """Append a line of the ledger about one person's lines; return its number."""
    first = next(iter(lines))
    person = Person(first.document_number, first.name, first.account_id)
    return _append(member, action, matter, person, roles=[line.role for line in lines], **more)


def _append(
    member: StaffMember, action: str, matter: Matter, person: Person | None = None, **more: Any
) -> int:
    """Append a line that names the acting and the receiving window."""
    own = "" if member.window_id is None else windows.get(member.window_id).name
    receiving = "" if matter.office_id is None else windows.get(matter.office_id).name
    named = {"matter": matter.public_id, "place": own, "receiving_window": receiving}
    return ledger.append(member, action, person or Person(), **{**named, **more})


def _own(member: StaffMember, matter_id: str) -> Matter:
    matter = finding.matter(matter_id)
    if not is_own(member, matter):
        raise Refused(Reason.FORBIDDEN)
    require_others(member, matter)
    return matter


def _require_others_form(member: StaffMember, form: Form) -> None:
    for person in form.persons:
        _require_other(member, person.document.number, person.name)


def _require_other(member: StaffMember, document_number: str, name: str) -> None:
    try:
        desk.require_others_matter(member, document_number, name)
    except Refused as refused:
        raise Refused(Reason.OWN_MATTER, cause="matter") from refused
