"""Service windows, which operators edit."""

import json
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from config import Settings
from miniprogram_api import audit, clock, working_days
from miniprogram_api.answers import answer_class
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid, text, words
from models.desks import tickets, windows
from models.desks.windows import ServiceWindow
from models.storage.database import lock, transaction

# Phone numbers: digits with separators and extensions, one or several.
_PHONE = re.compile(r"[-+0-9 ()转、,/;—]+")
MIN_DIGITS = 5
"""The shortest number of a window is 12345."""
LONGEST = {"name": 64, "address": 200, "hours": 100, "phone": 32}
MOST_DISTRICTS, LONGEST_DISTRICT = 50, 32
MOST_CLOSED_DAYS = 100
MOST_SUITABLE = 3

# Sample data of the sandbox; fictitious places and numbers.
SAMPLES = ("sample_windows.city", "sample_windows.county")


@answer_class
class Window:
    """One counter; ``hours`` are free text."""

    id: int
    name: str
    address: str
    hours: str
    phone: str
    districts: tuple[str, ...]
    closed_days: tuple[date, ...]
    """Additional closed days."""
    active: Annotated[bool, Field(exclude=True)]
    open_today: bool
    """False on its closed days, and with hours of 工作日 on weekends and holidays."""


@dataclass(frozen=True, slots=True)
class Place:
    """The data of a window for a visitor."""

    name: str
    address: str
    hours: str
    phone: str
    open_today: bool


@dataclass(frozen=True, slots=True)
class WindowForm:
    """An operator's input about a window."""

    name: str
    address: str
    hours: str
    phone: str
    districts: Sequence[str] = ()
    closed_days: Sequence[date] = ()
    active: bool = True


def listed(district: str | None = None) -> list[Window]:
    """Return the windows in use, by name; only those of the district, if any serves it."""
    rows = ServiceWindow.select().where(ServiceWindow.active).order_by(ServiceWindow.name)
    usable = [of_row(row) for row in rows]
    wanted = (district or "").strip()
    nearest = [window for window in usable if wanted and wanted in window.districts]
    return nearest or usable


def all_windows() -> list[Window]:
    """Return all windows, unused ones included."""
    return [of_row(row) for row in ServiceWindow.select().order_by(ServiceWindow.name)]


def suitable(
    *, openid: str | None = None, account_id: int | None = None, text: str = ""
) -> list[Place]:
    """Return at most three windows for an asker, those first that are open today.

    The windows whose district or name is mentioned in ``text``; else that of the asker's last
    ticket; else all, if there are at most three. With more, none is guessed.
    """
    in_use = windows.in_use()
    wanted = [row for row in in_use if text and _is_mentioned(row, text)]
    if in_use and not wanted and (openid or account_id is not None):
        known = tickets.last_window(openid, account_id)
        wanted = [row for row in in_use if row[0] == known]
    if not wanted and len(in_use) <= MOST_SUITABLE:
        wanted = in_use
    places = [
        Place(name, address, hours, phone, is_open(hours, json.loads(closed_days), clock.today()))
        for _, name, address, hours, phone, _, closed_days in wanted
    ]
    return sorted(places, key=lambda place: not place.open_today)[:MOST_SUITABLE]


def _is_mentioned(row: tuple[Any, ...], text: str) -> bool:
    return row[1] in text or any(district in text for district in json.loads(row[5]))


def is_open(hours: str, closed_days: Sequence[str], day: date) -> bool:
    """Return whether a window is open on a day, as far as its data tells.

    It is closed on its closed days (ISO 8601), and on weekends and holidays when its hours begin
    with 工作日.
    """
    if day.isoformat() in closed_days:
        return False
    return not hours.strip().startswith("工作日") or working_days.is_working_day(day)


def get(window_id: int) -> Window:
    """Return one window."""
    row = ServiceWindow.get_or_none(ServiceWindow.id == window_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return of_row(row)


def name_of(window_id: int | None) -> str:
    """Return the name of a member's window, the default place of an act; empty without one."""
    return "" if window_id is None else get(window_id).name


def names(ids: Collection[int | None]) -> dict[int | None, str]:
    """Return id → name of these windows, closed ones included."""
    rows = ServiceWindow.select(ServiceWindow.id, ServiceWindow.name)
    return {row.id: row.name for row in rows.where(ServiceWindow.id.in_(list(set(ids) - {None})))}


def place_of_act(typed: str, window_id: int | None) -> str:
    """Return where an act was done: as typed, or at the member's window."""
    return typed.strip() or name_of(window_id)


def add(member: StaffMember, form: WindowForm) -> Window:
    """Add a window. Raises Refused: FORBIDDEN, INVALID_INPUT."""
    require(member, Permission.WRITE_OPERATIONS)
    values = _validated(form)
    with transaction():
        row = ServiceWindow.create(**values)
        audit.write("admin:window:added", actor=member.actor, window=row.id)
    return of_row(row)


def change(member: StaffMember, window_id: int, form: WindowForm) -> Window:
    """Change a window. Raises Refused: FORBIDDEN, INVALID_INPUT, NOT_FOUND."""
    require(member, Permission.WRITE_OPERATIONS)
    values = _validated(form)
    with transaction():
        changed = ServiceWindow.update(**values).where(ServiceWindow.id == window_id).execute()
        if not changed:
            raise Refused(Reason.NOT_FOUND)
        audit.write("admin:window:changed", actor=member.actor, window=window_id)
    return get(window_id)


def seed_samples(settings: Settings) -> bool:
    """Add the sample windows to an empty sandbox; return whether it did."""
    if settings.profile != "sandbox" or ServiceWindow.select().exists():
        return False
    with transaction():
        lock("windows:samples")
        if ServiceWindow.select().exists():
            return False
        hours = text("sample_windows.hours")
        for sample in map(words, SAMPLES):
            form = WindowForm(
                sample["name"],
                sample["address"],
                hours,
                "010-00000000",
                sample["districts"].split("、"),
            )
            ServiceWindow.create(**_validated(form))
    return True


def of_row(row: ServiceWindow) -> Window:
    """Convert a row."""
    closed = tuple(date.fromisoformat(day) for day in json.loads(row.closed_days))
    return Window(
        id=row.id,
        name=row.name,
        address=row.address,
        hours=row.hours,
        phone=row.phone,
        districts=tuple(json.loads(row.districts)),
        closed_days=closed,
        active=row.active,
        open_today=is_open(row.hours, json.loads(row.closed_days), clock.today()),
    )


def _validated(form: WindowForm) -> dict[str, object]:
    """Return the columns. Raises Refused INVALID_INPUT with every field at once."""
    refused = RefusedFields()
    texts = {name: getattr(form, name).strip() for name in LONGEST}
    # Chinese keyboards type full-width digits.
    texts["phone"] = unicodedata.normalize("NFKC", texts["phone"])
    for name, typed in texts.items():
        refused.attempt(lambda name=name, typed=typed: _require_text(name, typed))  # type: ignore[misc]
    districts = [district.strip() for district in form.districts if district.strip()]
    if len(districts) > MOST_DISTRICTS or any(len(d) > LONGEST_DISTRICT for d in districts):
        refused.attempt(_refuse_districts)
    if len(form.closed_days) > MOST_CLOSED_DAYS:
        refused.attempt(_refuse_days)
    refused.raise_if_any()
    return {
        **texts,
        "districts": json.dumps(sorted(set(districts)), ensure_ascii=True),
        "closed_days": json.dumps(sorted({day.isoformat() for day in form.closed_days})),
        "active": form.active,
        "changed_at": clock.now(),
    }


def _require_text(name: str, text: str) -> None:
    if not text:
        raise invalid("fields.any.required", field=name)
    if len(text) > LONGEST[name]:
        raise invalid("windows.any.too_long", field=name, most=LONGEST[name])
    if name == "phone" and not _is_phone(text):
        raise invalid("windows.any.phone_form", field=name)


def _is_phone(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None and sum(map(str.isdigit, text)) >= MIN_DIGITS


def _refuse_districts() -> None:
    raise invalid("windows.districts.too_many")


def _refuse_days() -> None:
    raise invalid("windows.closed_days.too_many")
