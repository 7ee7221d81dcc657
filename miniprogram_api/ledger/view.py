"""One ledger line as shown to staff: localised, and masked unless permitted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from miniprogram_api import audit, masking
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Entry
from miniprogram_api.ledger.signing import Closing
from miniprogram_api.staff.members import Permission, StaffMember, names_of, require
from miniprogram_api.texts import invalid, words
from miniprogram_api.texts import ledger as ledger_texts

LONGEST_REASON = 200

_OWN_PLACE = {"actor_name", "name", "reason", "evidence", "before", "after"}
_SEEN_BY_ALL = {
    "level",
    "status",
    "verified_by",
    "valid_from",
    "valid_until",
    "act",
    "authorization_enabled",
    "authorized_until",
    # Of a line that closes others.
    *Closing.__slots__,
}
_MASKS = {"name": masking.name, "id_number": masking.id_number, "phone": masking.phone}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that an act changed; empty where there is no value."""

    label: str
    before: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A localised line."""

    number: int
    at: datetime
    actor: str
    actor_name: str
    window_id: int | None
    action: str
    ticket_id: int | None
    about_number: int | None
    hash: str
    erased: bool
    masked: bool
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    reason: str = field(repr=False)
    evidence: str = field(repr=False)
    changes: tuple[Change, ...] = field(repr=False)
    more: tuple[tuple[str, str], ...] = field(repr=False)
    """Other details of the act: label and text."""


def localise(entry: Entry, *, unmasked: bool = False) -> Shown:
    """Localise a line."""
    content = entry.content
    name, number = str(content.get("name") or ""), entry.id_number or ""
    return Shown(
        number=entry.number,
        at=entry.at,
        actor=entry.actor,
        actor_name=str(content.get("actor_name") or entry.actor),
        window_id=entry.window_id,
        action=words("ledger.actions").get(entry.action, entry.action),
        ticket_id=entry.ticket_id,
        about_number=entry.about_number,
        hash=entry.hash.hex(),
        erased=entry.erased,
        masked=not unmasked,
        name=name if unmasked else masking.name(name),
        id_number=number if unmasked else masking.id_number(number),
        reason=_text("reason", content.get("reason"), unmasked=unmasked),
        evidence=_text("evidence", content.get("evidence"), unmasked=unmasked),
        changes=tuple(_changes(content.get("before"), content.get("after"), unmasked=unmasked)),
        more=tuple(
            (ledger_texts.field(key), _text(key, value, unmasked=unmasked))
            for key, value in content.items()
            if key not in _OWN_PLACE
        ),
    )


def reveal(member: StaffMember, number: int, reason: str) -> Shown:
    """Unmask a line and log it. Raises Refused: FORBIDDEN, NOT_FOUND, INVALID_INPUT."""
    require(member, Permission.SEE_PERSONAL_DATA)
    entry = ledger.get(member, number)
    words = require_reason(reason)
    audit.write_own("staff:ledger:revealed", actor=member.actor, line=number, reason=words)
    return localise(entry, unmasked=True)


def require_reason(reason: str) -> str:
    """Mask a reason for the audit log. Raises Refused INVALID_INPUT."""
    words = " ".join(reason.split())
    if not 2 <= len(words) <= LONGEST_REASON:
        raise invalid("ledger_view.reason.required", most=LONGEST_REASON)
    return masking.free_text(words)


def _changes(before: Any, after: Any, *, unmasked: bool) -> Iterable[Change]:
    # Values that are no dict are one entry without a label.
    old = before if isinstance(before, dict) else {"": before} if before else {}
    new = after if isinstance(after, dict) else {"": after} if after else {}
    for key in dict.fromkeys([*old, *new]):
        yield Change(
            ledger_texts.field(key),
            _text(key, old[key], unmasked=unmasked) if key in old else "",
            _text(key, new[key], unmasked=unmasked) if key in new else "",
        )


def _text(key: str, value: Any, *, unmasked: bool) -> str:
    if value is None and key in ("reason", "evidence"):
        return ""
    if isinstance(value, dict):
        return "；".join(
            f"{ledger_texts.field(part)}：{_text(part, one, unmasked=unmasked)}"
            for part, one in value.items()
        )
    if key == "requested_by":
        return _name_of(str(value))
    text = ledger_texts.value(key, value)
    if value is None or unmasked or key in _SEEN_BY_ALL:
        return text
    return _MASKS.get(key, masking.free_text)(text)


def _name_of(actor: str) -> str:
    number = actor.removeprefix("staff:")
    return names_of([int(number)]).get(int(number), actor) if number.isdecimal() else actor
