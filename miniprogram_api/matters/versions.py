"""The next version of a matter: lines begin anew where what they confirm has changed."""

import json
from typing import Any

from miniprogram_api import audit, clock
from miniprogram_api.matter_lines import changes, content, edits, finding, notices, states
from miniprogram_api.matter_lines.states import LineAct
from miniprogram_api.matters import creation, forms
from miniprogram_api.matters.forms import Document, Firm, Form, Guardian, Named
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrars import watches as registrar_watches
from miniprogram_api.services import Services
from models.matters import matters as table
from models.matters.matters import Line, Matter
from models.storage.database import transaction


def replace(
    services: Services, matter_id: str, form: Form, *, version: int, maker: str, actor: str
) -> Matter:
    """Store the next version of an open matter; ``version`` is the one that its maker knows.

    With changed content, or MATTER_REDO=all, every line begins anew; else the changed persons and
    those who refused. The day of expiry stays. Raises Refused: NOT_FOUND, INVALID_INPUT as
    ``forms.checked``, MATTER_CLOSED, MATTER_EXPIRED, MATTER_CHANGED (``version``).
    """
    form = forms.checked(form)
    unlocked = finding.matter(matter_id, maker=maker)
    with transaction():
        known = {line.document_number for line in finding.lines(unlocked)}
        known |= {person.document.number for person in form.persons}
        registrar_watches.lock_persons(sorted(known))
        matter, lines = finding.lock_matter(matter_id, ())
        finding.require_open(matter)
        if not unlocked.version == matter.version == version:
            raise Refused(Reason.MATTER_CHANGED, version=matter.version)
        before, old = matter.content_digest, content.content_of(matter)
        matter.version += 1
        matter.changed_at = clock.now()
        creation.set_content(matter, form)
        if matter.key_id is not None:
            matter.office_id = form.office
        changed = edits.between(old, content.content_of(matter))
        edits.add(matter, actor, changed, _changed_persons(lines, form))
        matter.save()
        redo_all = matter.content_digest != before or services.settings.matter_redo == "all"
        confirmed_before = [line.public_id for line in lines if line.state == table.CONFIRMED]
        told = {line.public_id for line in lines if line.account_id is not None}
        _replace_lines(matter, lines, form, old, redo_all=redo_all)
        begun = [line for line in finding.lines(matter) if line.since_version == matter.version]
        lost = [line for line in begun if line.public_id in confirmed_before]
        if lost:
            changes.lose_changed(matter, lost)
        else:
            changes.follow(matter)
        by_account = [line for line in lost if line.public_id in told]
        notices.add(by_account, notices.LOST, notices.CHANGED)
        notices.add([line for line in begun if line not in by_account], notices.INVITATION)
        audit.write(
            "matter:state:changed", actor=actor, matter=matter.public_id, version=matter.version
        )
    return matter


_RENEWED = (
    Line.state,
    Line.reason,
    Line.since_version,
    Line.confirmed_by,
    Line.confirmed_at,
    Line.account,
    Line.receipt,
    Line.confirmed_content,
)


def _changed_persons(lines: list[Line], form: Form) -> int:
    """Count the lines that come, go or are changed."""
    before = {forms.key_of(_named(line)) for line in lines}
    return len(before ^ {forms.key_of(person) for person in form.persons})


def _replace_lines(
    matter: Matter, lines: list[Line], form: Form, confirmed: dict[str, Any], *, redo_all: bool
) -> None:
    """Replace the lines; ``confirmed`` is the content before, for the persons who confirmed it."""
    old = {forms.key_of(_named(line)): line for line in lines}
    added: list[tuple[int, Named]] = []
    for position, person in enumerate(form.persons):
        line = old.pop(forms.key_of(person), None)
        if line is None:
            added.append((position, person))
            continue
        line.position, line.phone = position, person.phone
        changed = [Line.position, Line.phone]
        if redo_all or line.state == table.REFUSED:
            if line.state == table.CONFIRMED and line.confirmed_content is None:
                line.confirmed_content = json.dumps(confirmed, ensure_ascii=False)
            line.state = states.LINES[LineAct.RENEW][line.state]
            line.reason, line.since_version = "", matter.version
            line.confirmed_by = line.confirmed_at = line.account_id = line.receipt = None
            changed += _RENEWED
        # The worker may store an invitation meanwhile.
        line.save(only=changed)
    creation.add_lines(matter, added)
    for line in old.values():
        Line.update(removed_in=matter.version).where(Line.id == line.id).execute()


def _named(line: Line) -> Named:
    firm = None if line.on_behalf_of is None else Firm(**json.loads(line.on_behalf_of))
    guardian = None
    if line.guardian is not None:
        stored = json.loads(line.guardian)
        guardian = Guardian(stored["name"], Document(**stored["document"]))
    document = Document(line.document_type, line.document_number)
    return Named(line.name, document, line.role, firm, guardian, line.phone)
