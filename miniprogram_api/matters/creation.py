"""Create a matter with its lines; the maker's own number makes the call repeatable."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from miniprogram_api import audit, clock
from miniprogram_api.matter_lines import content, finding, notices
from miniprogram_api.matters import expiry, forms
from miniprogram_api.matters.forms import Form, Named
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.matters.matters import Line, Matter
from models.storage.database import lock, transaction


@dataclass(frozen=True, slots=True)
class Maker:
    """A registration system or a window."""

    key_id: str | None = None
    window_id: int | None = None

    @property
    def name(self) -> str:
        """Return ``system:KEY_ID`` or ``window:ID``, the value of ``Matter.maker``."""
        return f"window:{self.window_id}" if self.key_id is None else f"system:{self.key_id}"


@dataclass(frozen=True, slots=True)
class Created:
    """The matter of a number, and whether this call made it."""

    matter: Matter
    is_new: bool


def create(services: Services, maker: Maker, number: str, form: Form, *, actor: str) -> Created:
    """Create a matter, or return that of the same number and form.

    A window's matter is received by itself. Raises Refused: INVALID_INPUT as ``forms.checked``,
    MATTER_NUMBER_TAKEN.
    """
    form, number = forms.checked(form), number.strip()
    body_digest = content.digest(forms.as_json(form))
    with transaction():
        lock(f"matter:{maker.name}:{number}")
        known = of_number(maker, number)
        if known is not None:
            if known.body_digest != body_digest:
                raise Refused(Reason.MATTER_NUMBER_TAKEN)
            return Created(known, is_new=False)
        now = clock.now()
        matter = Matter(
            public_id=secrets.token_hex(12),
            maker=maker.name,
            key=maker.key_id,
            office=maker.window_id or form.office,
            number=number,
            number_index=number,
            body_digest=body_digest,
            created_at=now,
            changed_at=now,
            expires_at=expiry.expires_at(services.settings, now),
        )
        set_content(matter, form)
        matter.save(force_insert=True)
        # Read back, so that the blind index has its stored form.
        matter = Matter.get_by_id(matter.id)
        add_lines(matter, list(enumerate(form.persons)))
        notices.add(finding.lines(matter), notices.INVITATION)
        audit.write("matter:state:created", actor=actor, matter=matter.public_id)
    return Created(matter, is_new=True)


def of_number(maker: Maker, number: str) -> Matter | None:
    """Return the matter of a maker's own number."""
    wanted = (Matter.maker == maker.name) & Matter.number_index.matches(number)
    return Matter.get_or_none(wanted)


def set_content(matter: Matter, form: Form) -> None:
    """Set what all persons confirm, with its digest."""
    matter.kind, matter.item_code, matter.district = form.kind, form.item_code, form.district
    matter.subject_name, matter.subject_type = form.subject.name, form.subject.type
    matter.subject_code = form.subject.code
    details = [{"label": detail.label, "value": detail.value} for detail in form.details]
    matter.details = json.dumps(details, ensure_ascii=False)
    matter.content_digest = content.digest(content.content_of(matter))


def add_lines(matter: Matter, persons: Sequence[tuple[int, Named]]) -> None:
    """Insert pending lines of the matter's version at these positions."""
    rows = [
        {
            "public_id": secrets.token_hex(12),
            "matter": matter.id,
            "position": position,
            "name": person.name,
            "document_type": person.document.type,
            "document_number": person.document.number,
            "document_index": person.document.number,
            "role": person.role,
            "on_behalf_of": _firm(person),
            "guardian": _guardian(person),
            "phone": person.phone,
            "since_version": matter.version,
        }
        for position, person in persons
    ]
    for row in rows:
        Line.insert(**row).execute()


def _firm(person: Named) -> str | None:
    firm = person.on_behalf_of
    if firm is None:
        return None
    return json.dumps({"name": firm.name, "code": firm.code}, ensure_ascii=False)


def _guardian(person: Named) -> str | None:
    guardian = person.guardian
    if guardian is None:
        return None
    document = {"type": guardian.document.type, "number": guardian.document.number}
    return json.dumps({"name": guardian.name, "document": document}, ensure_ascii=False)
