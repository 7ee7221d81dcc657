"""The template of the sheet, edited by operators; every saved version is kept."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from miniprogram_api import audit, clock
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid, text, word
from models.matters.sheet_templates import SheetTemplate
from models.storage.database import transaction

FIRST_PAGE = (
    *("company", "declared_on", "kind", "way", "name", "document_type", "roles"),
    *("confirmed_at", "portrait", "signature", "source_number", "check_code"),
)
# Numbers and phones stand on a page of their own.
SECOND_PAGE = ("document_number", "phone")
LONGEST_TITLE, LONGEST_NOTES, LONGEST_LABEL = 60, 500, 16


@dataclass(frozen=True, slots=True)
class Template:
    """A version: title, notes, and the fields of both pages with their labels in order."""

    title: str
    notes: str
    by_line: bool
    """One sheet for each line, instead of one for each person."""
    first_page: tuple[tuple[str, str], ...]
    second_page: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One saved version; the number of the built-in one is 0."""

    number: int
    template: Template
    created_at: datetime | None = None
    actor: str = ""


def built_in() -> Template:
    """Return the template that is in force before one is saved."""
    return Template(
        text("sheets.title"),
        text("sheets.notes"),
        by_line=False,
        first_page=tuple((key, word("sheets.fields", key)) for key in FIRST_PAGE),
        second_page=tuple((key, word("sheets.fields", key)) for key in SECOND_PAGE),
    )


def versions() -> list[Version]:
    """Return all versions, newest first; the first one is in force."""
    rows = SheetTemplate.select().order_by(SheetTemplate.id.desc())
    return [*map(_of_row, rows), Version(0, built_in())]


def in_force() -> Template:
    """Return the newest version."""
    row = SheetTemplate.select().order_by(SheetTemplate.id.desc()).first()
    return built_in() if row is None else _of_row(row).template


def read(typed: Mapping[str, str]) -> Template:
    """Read a form: ``title``, ``notes``, ``by_line``, and for each field ``label_…``, ``place_…``.

    Fields of equal places keep their order. Raises Refused INVALID_INPUT with every field.
    """
    refused = RefusedFields()
    values = {name: typed.get(name, "").replace("\r", "").strip() for name in ("title", "notes")}
    values |= {
        f"label_{key}": " ".join(typed.get(f"label_{key}", "").split())
        for key in (*FIRST_PAGE, *SECOND_PAGE)
    }
    for name, said in values.items():
        longest = {"title": LONGEST_TITLE, "notes": LONGEST_NOTES}.get(name, LONGEST_LABEL)
        if not said and name != "notes":
            refused.refuse(invalid("sheet_template.any.required", field=name))
        elif len(said) > longest:
            refused.refuse(invalid("sheet_template.any.too_long", field=name, most=longest))
    refused.raise_if_any()

    def ordered(keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        places = {key: _place(typed.get(f"place_{key}", "")) for key in keys}
        return tuple(
            (key, values[f"label_{key}"]) for key in sorted(keys, key=lambda key: places[key])
        )

    return Template(
        title=values["title"],
        notes=values["notes"],
        by_line=typed.get("by_line") == "1",
        first_page=ordered(FIRST_PAGE),
        second_page=ordered(SECOND_PAGE),
    )


def as_form(template: Template) -> dict[str, str]:
    """Return the form that ``read`` reads, its places counted from 1."""
    form = {
        "title": template.title,
        "notes": template.notes,
        "by_line": "1" if template.by_line else "",
    }
    for fields in (template.first_page, template.second_page):
        for place, (key, label) in enumerate(fields, 1):
            form |= {f"label_{key}": label, f"place_{key}": str(place)}
    return form


def save(member: StaffMember, template: Template) -> None:
    """Save the next version, unless nothing changed. Raises Refused FORBIDDEN."""
    require(member, Permission.WRITE_OPERATIONS)
    with transaction():
        if template == in_force():
            return
        row = SheetTemplate.create(
            content=json.dumps(asdict(template), ensure_ascii=False),
            created_at=clock.now(),
            actor=member.actor,
        )
        audit.write("admin:sheet_template:changed", actor=member.actor, version=row.id)


def _place(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 99


def _of_row(row: SheetTemplate) -> Version:
    said = json.loads(row.content)
    template = Template(
        said["title"],
        said["notes"],
        said["by_line"],
        tuple((key, label) for key, label in said["first_page"]),
        tuple((key, label) for key, label in said["second_page"]),
    )
    return Version(row.id, template, row.created_at, row.actor)
