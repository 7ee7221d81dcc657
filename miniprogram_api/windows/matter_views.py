"""Matters as a window sees them: lists, one matter, and a person's open lines in all matters.

Names are shown to the receiving window, which has the application before it; to others masked.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from peewee import Expression

from miniprogram_api import audit, masking
from miniprogram_api.answers import answer_class
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import asking, lookups
from miniprogram_api.matter_lines import changes, content, finding, guard
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid
from miniprogram_api.windows import matter_acts as acts
from miniprogram_api.windows import matter_history
from miniprogram_api.windows.matter_history import DeskDecision, DeskEdit
from models.matters import matters as table
from models.matters.matters import Line, Matter
from models.storage import canonical

MOST_LISTED = 100

State = Literal["open", "waiting", "confirmed", "refused", "accepted", "withdrawn", "expired"]
OPEN: State = "open"
# These lines need an account first, to be registered or activated.
_NO_ACCOUNT = ("not_found", "unactivated")


@answer_class
class DeskItem:
    """A matter in a list."""

    matter_id: str
    number: str
    subject: str = field(repr=False)
    kind: str
    state: str
    office: str
    persons: int
    confirmed: int
    """Persons who confirmed all their lines."""
    created_at: datetime
    expires_at: datetime


@answer_class
class DeskLine:
    """One person in one post."""

    line_id: str
    name: str = field(repr=False)
    document_type: str
    document_number: str = field(repr=False)
    """Masked."""
    role: str
    on_behalf_of: str | None = field(repr=False)
    state: str
    reason: str
    confirmed_by: str | None
    typed_name: bool
    confirmed_at: datetime | None
    reminded_at: datetime | None
    invitation: str | None
    receipt: str | None


@answer_class
class DeskDetail:
    """A fact that all persons agree to."""

    label: str
    value: str = field(repr=False)


@answer_class
class DeskMatter:
    """A matter with its lines."""

    matter_id: str
    number: str
    version: int
    state: str
    kind: str
    item_code: str | None
    district: str | None
    subject: str = field(repr=False)
    subject_type: str
    subject_code: str | None = field(repr=False)
    details: tuple[DeskDetail, ...]
    office: str
    own: bool
    """Whether the member's window made it, and so changes, accepts and withdraws it."""
    receives: bool
    """Whether the member's window receives it, and so sees the names and prints all sheets."""
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    withdrawal_reason: str | None = field(repr=False)
    lines: tuple[DeskLine, ...]
    decisions: tuple[DeskDecision, ...]
    edits: tuple[DeskEdit, ...]


@answer_class
class PersonMatter:
    """A person's lines in one open matter, with what is confirmed."""

    matter: DeskMatter
    name: str = field(repr=False)
    digest: str
    statement: str
    minor: bool
    lines: tuple[DeskLine, ...]


def listed(member: StaffMember, state: State = OPEN) -> list[DeskItem]:
    """Return the matters of the member's window, for others those of all, newest first."""
    require(member, Permission.READ_WINDOW)
    condition = _is_in(state)
    if member.window_id is not None:
        condition &= Matter.office == member.window_id
    return _items(condition)


def find(
    services: Services,
    member: StaffMember,
    *,
    number: str | None = None,
    document: str | None = None,
) -> list[DeskItem]:
    """Return matters by their maker's number, or open ones by a person's document.

    Any window's. A look-up by document counts as one of a person. Raises Refused: FORBIDDEN,
    INVALID_INPUT on ``number`` unless one of both is given, LOOKUP_LIMIT.
    """
    require(member, Permission.READ_WINDOW)
    if bool(number) == bool(document):
        raise invalid("desk_matters.number.one_of_both")
    if number:
        return _items(Matter.number_index.matches(number.strip()))
    typed = document_number(document or "")
    lookups.record(services, member, typed, lookups.ACT)
    ids = {line.matter_id for line in finding.with_document(typed, open_only=True)}
    return _items(Matter.id.in_(sorted(ids)))


def document_number(typed: str) -> str:
    """Return the canonical form of a document number of any kind."""
    number = canonical.id_number_characters(typed)
    try:
        return canonical.id_number(number)
    except ValueError:
        return number


def show(services: Services, member: StaffMember, matter_id: str) -> DeskMatter:
    """Return one matter, of any window."""
    require(member, Permission.READ_WINDOW)
    matter = finding.matter(matter_id)
    acts.require_others(member, matter)
    return _matter(services, member, matter)


def look(services: Services, member: StaffMember, matter_id: str) -> DeskMatter:
    """Return ``show``, which is audited: the member opened the matter to read it."""
    details = show(services, member, matter_id)
    audit.write_own("window:matter:shown", actor=member.actor, matter=details.matter_id)
    return details


def of_person(services: Services, member: StaffMember, document: str) -> list[PersonMatter]:
    """Return a person's open matters, of any window; the member is not a person of them.

    Raises Refused FORBIDDEN, OWN_MATTER.
    """
    require(member, Permission.READ_WINDOW)
    of_document = finding.with_document(document, open_only=True)
    groups: dict[tuple[int, str], list[Line]] = {}
    for line in of_document:
        groups.setdefault((line.matter_id, line.name), []).append(line)
    known = guard.accounts_of(of_document)
    result = []
    for (_, name), lines in groups.items():
        matter = lines[0].matter
        acts.require_others(member, matter)
        result.append(
            PersonMatter(
                matter=_matter(services, member, matter),
                name=name,
                digest=content.digest_of(matter, lines),
                statement=content.statement(lines),
                minor=any(map(guard.is_minor, lines)),
                lines=tuple(_line(services, line, known, shown=True) for line in lines),
            )
        )
    return result


def open_lines_of(document: str) -> int:
    """Count the open matters in which a person has something to confirm."""
    waiting = (table.PENDING, table.LOST)
    of_document = finding.with_document(document, open_only=True)
    is_open = [one for one in of_document if one.state in waiting and one.reason != changes.HELD]
    return len({line.matter_id for line in is_open})


def account_needed(document: str, lines: Iterable[DeskLine]) -> str:
    """Return why lines of a person need an account first, empty when they do not.

    While a verification of the person is held, that one registers or activates it.
    """
    if asking.held_of_person(document) is not None:
        return ""
    return next((line.reason for line in lines if line.reason in _NO_ACCOUNT), "")


def document_of(services: Services, member: StaffMember, matter_id: str, line_id: str) -> str:
    """Return the document number of a line, to open its person at the desk; not for display.

    Raises Refused: FORBIDDEN, NOT_FOUND, OWN_MATTER, LOOKUP_LIMIT.
    """
    require(member, Permission.READ_WINDOW)
    matter = finding.matter(matter_id)
    acts.require_others(member, matter)
    for line in finding.lines(matter):
        if line.public_id == line_id:
            lookups.record(services, member, line.document_number, lookups.ACT)
            return str(line.document_number)
    raise Refused(Reason.NOT_FOUND)


def form_of(member: StaffMember, matter_id: str) -> dict[str, Any]:
    """Return the window's own open matter as a form, to change it.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, NOT_FOUND, OWN_MATTER, MATTER_CLOSED,
    MATTER_EXPIRED.
    """
    require(member, Permission.WORK_AT_WINDOW)
    desk.require_window(member)
    matter = finding.matter(matter_id)
    if not acts.is_own(member, matter):
        raise Refused(Reason.FORBIDDEN)
    acts.require_others(member, matter)
    finding.require_open(matter)
    return {
        "number": matter.number,
        "version": matter.version,
        "kind": matter.kind,
        "district": matter.district,
        "subject": {
            "name": matter.subject_name,
            "type": matter.subject_type,
            "code": matter.subject_code,
        },
        "details": json.loads(matter.details),
        "persons": [_person_form(line) for line in finding.lines(matter)],
    }


def _person_form(line: Line) -> dict[str, Any]:
    firm = {} if line.on_behalf_of is None else json.loads(line.on_behalf_of)
    return {
        "name": line.name,
        "document.type": line.document_type,
        "document.number": line.document_number,
        "role": line.role,
        "phone": line.phone,
        "firm": firm.get("name"),
        "firm_code": firm.get("code"),
        "guardian": line.guardian,
    }


def ready(member: StaffMember) -> int:
    """Count what the member's window can go on with: matters confirmed or refused."""
    if member.window_id is None:
        return 0
    states = Matter.state.in_((table.CONFIRMED, table.REFUSED))
    return Matter.select().where((Matter.office == member.window_id) & states).count()


def _is_in(state: State) -> Expression:
    if state == OPEN:
        return finding.is_open()
    if state in table.OPEN:
        return finding.is_open() & (Matter.state == state)
    return Matter.state == state


def _items(condition: Expression) -> list[DeskItem]:
    matters = list(Matter.select().where(condition).order_by(Matter.id.desc()).limit(MOST_LISTED))
    lines: dict[int, list[Line]] = {matter.id: [] for matter in matters}
    for line in Line.select().where(Line.matter.in_(list(lines)) & finding.PRESENT):
        lines[line.matter_id].append(line)
    return [_item(matter, lines[matter.id]) for matter in matters]


def _item(matter: Matter, lines: Sequence[Line]) -> DeskItem:
    persons: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        persons.setdefault((line.document_number, line.name), set()).add(line.state)
    return DeskItem(
        matter_id=matter.public_id,
        number=matter.number,
        subject=matter.subject_name,
        kind=matter.kind,
        state=finding.state_now(matter),
        office=_office(matter),
        persons=len(persons),
        confirmed=sum(states == {table.CONFIRMED} for states in persons.values()),
        created_at=matter.created_at,
        expires_at=matter.expires_at,
    )


def _matter(services: Services, member: StaffMember, matter: Matter) -> DeskMatter:
    lines = finding.lines(matter)
    known = guard.accounts_of(lines)
    is_receiving = acts.receives(member, matter)
    return DeskMatter(
        matter_id=matter.public_id,
        number=matter.number,
        version=matter.version,
        state=finding.state_now(matter),
        kind=matter.kind,
        item_code=matter.item_code,
        district=matter.district,
        subject=matter.subject_name,
        subject_type=matter.subject_type,
        subject_code=matter.subject_code,
        details=tuple(DeskDetail(**one) for one in json.loads(matter.details)),
        office=_office(matter),
        own=acts.is_own(member, matter),
        receives=is_receiving,
        created_at=matter.created_at,
        expires_at=matter.expires_at,
        ended_at=matter.ended_at,
        withdrawal_reason=_reason_of_withdrawal(matter, shown=is_receiving),
        lines=tuple(_line(services, line, known, shown=is_receiving) for line in lines),
        decisions=matter_history.decisions_of(matter),
        edits=matter_history.edits_of(matter),
    )


def _line(services: Services, line: Line, known: guard.Accounts, *, shown: bool) -> DeskLine:
    firm = None if line.on_behalf_of is None else json.loads(line.on_behalf_of)["name"]
    return DeskLine(
        line_id=line.public_id,
        name=line.name if shown else masking.name(line.name),
        document_type=line.document_type,
        document_number=masking.id_number(line.document_number),
        role=line.role,
        on_behalf_of=firm,
        state=line.state,
        reason=guard.reason_of(services.settings, line, known.get(line.document_number)),
        confirmed_by=line.confirmed_by,
        typed_name=line.typed_name,
        confirmed_at=line.confirmed_at,
        reminded_at=line.reminded_at,
        invitation=line.invitation,
        receipt=line.receipt,
    )


def _reason_of_withdrawal(matter: Matter, *, shown: bool) -> str | None:
    reason = matter.withdrawal_reason
    return reason if shown or reason is None else masking.free_text(reason)


def _office(matter: Matter) -> str:
    return "" if matter.office is None else str(matter.office.name)
