"""What districts add to the items of the service catalogue, edited by operators."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from miniprogram_api import audit, clock
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.reasons import Refused
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid
from models.catalogue import CatalogueOverride
from models.storage.database import transaction

LONGEST = {
    "item_code": 64,
    "online_url": 300,
    "promised": 200,
    "materials_note": 300,
    "note": 300,
}


@dataclass(frozen=True, slots=True)
class Local:
    """The local fields of an item; empty ones are unknown."""

    item_code: str = ""
    online_url: str = ""
    promised: str = ""
    materials_note: str = ""
    note: str = ""


def districts() -> list[str]:
    """Return the known districts: those that the windows in use serve."""
    return sorted({district for window in windows.listed() for district in window.districts})


def known_district(typed: str) -> str:
    """Return a district that windows serve."""
    district, known = typed.strip(), districts()
    if district in known:
        return district
    if not known:
        raise invalid("catalogue.district.none", district=district)
    raise invalid("catalogue.district.unknown", district=district, known="、".join(known))


def find(district: str, code: str) -> Local:
    """Return the local fields of an item."""
    key = (CatalogueOverride.district == district) & (CatalogueOverride.code == code)
    row = CatalogueOverride.get_or_none(key)
    return Local() if row is None else _of_row(row)


def of_district(district: str) -> dict[str, Local]:
    """Return code → local fields of the items that a district adds to."""
    rows = CatalogueOverride.select().where(CatalogueOverride.district == district)
    return {row.code: _of_row(row) for row in rows}


def change(member: StaffMember, district: str, code: str, typed: Mapping[str, str]) -> Local:
    """Replace the local fields of an item. Raises Refused: FORBIDDEN, INVALID_INPUT."""
    require(member, Permission.WRITE_OPERATIONS)
    district = known_district(district)
    local = _validated(typed)
    with transaction():
        before = find(district, code)
        changed = [name for name in LONGEST if getattr(before, name) != getattr(local, name)]
        if changed:
            _store(district, code, local)
            audit.write(
                "admin:catalogue:changed",
                actor=member.actor,
                district=district,
                item=code,
                fields=changed,
            )
    return local


def _store(district: str, code: str, local: Local) -> None:
    row = CatalogueOverride
    if local == Local():
        row.delete().where((row.district == district) & (row.code == code)).execute()
        return
    values = {**asdict(local), "changed_at": clock.now()}
    row.insert(district=district, code=code, **values).on_conflict(
        conflict_target=[row.district, row.code], update=values
    ).execute()


def _validated(typed: Mapping[str, str]) -> Local:
    """Read the fields. Raises Refused INVALID_INPUT with every field at once."""
    refused = RefusedFields()
    values = {name: " ".join(typed.get(name, "").split()) for name in LONGEST}
    for name, said in values.items():
        if fault := _fault(name, said):
            refused.refuse(fault)
    refused.raise_if_any()
    return Local(**values)


def _fault(name: str, said: str) -> Refused | None:
    if len(said) > LONGEST[name]:
        return invalid("catalogue.any.too_long", field=name, most=LONGEST[name])
    if name == "online_url" and said and not (said.startswith("https://") and " " not in said):
        return invalid("catalogue.online_url.wrong_form")
    return None


def _of_row(row: CatalogueOverride) -> Local:
    return Local(**{field.name: getattr(row, field.name) for field in fields(Local)})
