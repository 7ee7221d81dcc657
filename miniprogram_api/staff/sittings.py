"""Sittings: the state of a clerk's work for the person at the counter.

URLs identify the person by the sitting's handle instead of an ID number. The form survives errors,
closed pages and ended sessions.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.staff.members import Permission, StaffMember, require
from models.desks.sittings import DeskSitting
from models.storage.database import transaction

LASTS = Kept.SITTINGS.time
"""How long a form is kept until the person returns with missing documents."""
MOST_LISTED = 20
OPEN_FOR = timedelta(minutes=30)
"""How long a person's data stays visible after a member gave a reason."""

PresentBy = Literal["card", "desk_code"]
"""What a person at the counter showed."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """A person at a counter; ``id_number`` is canonical, or empty while unknown."""

    handle: str
    id_number: str = field(repr=False)
    number_typed: bool
    """Whether the member typed the number."""
    ledger_number: int | None
    """The ledger line of the member's access, while recent."""
    typed: Mapping[str, Any] = field(repr=False)
    """The registration form so far."""
    begun_at: datetime
    done: Mapping[str, Any] | None
    """The result: ``act``, ``ledger_number``, ``verification_id``."""
    reason: str = ""
    """The reason of the look-up, which also opens the person; empty without one."""
    note: str = field(default="", repr=False)
    present_by: PresentBy | None = None
    """What the person showed, while recent; None when the person need not be there."""
    reading: str = field(default="", repr=False)
    """The signed reading of the card; empty without one."""
    pictures: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Pictures of a refused form, by name."""

    @property
    def shown_number(self) -> str:
        """Return the ID number if the member typed it or may see it, else an empty text."""
        return self.id_number if self.number_typed or self.ledger_number is not None else ""


def begin(
    member: StaffMember,
    id_number: str = "",
    *,
    typed: bool = True,
    reason: str = "",
    note: str = "",
    present_by: PresentBy | None = None,
) -> Sitting:
    """Open a sitting; ``typed``: the member knows the number. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_WINDOW)
    now = clock.now()
    row = DeskSitting.create(
        id=secrets.token_urlsafe(18),
        member=member.id,
        content=json.dumps(
            {
                "id_number": id_number,
                "number_typed": typed,
                "reason": reason,
                "note": note,
                "present": _present(present_by),
            }
        ),
        created_at=now,
        expires_at=now + LASTS,
    )
    return _read(row)


def get(member: StaffMember, handle: str) -> Sitting:
    """Return an unexpired sitting of this member. Raises Refused NOT_FOUND."""
    row = DeskSitting.get_or_none(DeskSitting.id == handle)
    return _read(_own(member, row))


def unfinished(member: StaffMember) -> list[Sitting]:
    """Return this member's unfinished registrations, newest first."""
    rows = (
        DeskSitting.select()
        .where((DeskSitting.member == member.id) & (DeskSitting.expires_at > clock.now()))
        .order_by(DeskSitting.created_at.desc())
        .limit(MOST_LISTED)
    )
    open_sittings = map(_read, rows)
    return [sitting for sitting in open_sittings if sitting.typed and sitting.done is None]


def keep(member: StaffMember, handle: str, **changes: Any) -> Sitting:
    """Store ``id_number``, ``typed``, ``reading``, ``done`` or ``present``.

    Pictures and the reading end with the act. Raises Refused NOT_FOUND.
    """
    with transaction():
        row = _own(member, DeskSitting.locked(handle))
        content = json.loads(row.content)
        if changes.get("id_number", content["id_number"]) != content["id_number"]:
            content.pop("opened", None)
            content.pop("present", None)
            # Given for another person.
            content["reason"] = content["note"] = ""
            content["number_typed"] = True
            content.pop("pictures", None)
        if "done" in changes:
            content.pop("pictures", None)
            content.pop("reading", None)
        _write(row, {**content, **changes})
    return _read(row)


def keep_pictures(member: StaffMember, handle: str, pictures: Mapping[str, bytes]) -> Sitting:
    """Store the pictures of a refused form. Raises Refused NOT_FOUND."""
    kept = {name: base64.b64encode(one).decode() for name, one in pictures.items()}
    return keep(member, handle, pictures=kept)


def note_opened(member: StaffMember, handle: str, ledger_number: int) -> Sitting:
    """Record that the member opened the person's data now. Raises Refused NOT_FOUND."""
    with transaction():
        row = _own(member, DeskSitting.locked(handle))
        opened = {"number": ledger_number, "at": clock.milliseconds(clock.now())}
        _write(row, {**json.loads(row.content), "opened": opened})
    return _read(row)


def note_present(member: StaffMember, handle: str, by: PresentBy) -> Sitting:
    """Record that the person showed this now. Raises Refused NOT_FOUND."""
    return keep(member, handle, present=_present(by))


def remove_old() -> int:
    """Delete expired sittings; return how many."""
    return int(DeskSitting.delete().where(DeskSitting.expires_at <= clock.now()).execute())


def _own(member: StaffMember, row: DeskSitting | None) -> DeskSitting:
    if row is None or row.member_id != member.id or row.expires_at <= clock.now():
        raise Refused(Reason.NOT_FOUND)
    return row


def _present(by: PresentBy | None) -> dict[str, Any] | None:
    return None if by is None else {"by": by, "at": clock.milliseconds(clock.now())}


def _write(row: DeskSitting, content: dict[str, Any]) -> None:
    row.content = json.dumps(content)
    row.save(only=[DeskSitting.content])


def _read(row: DeskSitting) -> Sitting:
    content = json.loads(row.content)
    opened, present = content.get("opened"), content.get("present")
    since_ms = clock.milliseconds(clock.now() - OPEN_FOR)
    return Sitting(
        handle=row.id,
        id_number=content["id_number"],
        number_typed=content["number_typed"],
        ledger_number=opened["number"] if opened and opened["at"] > since_ms else None,
        typed=content.get("typed", {}),
        begun_at=row.created_at,
        done=content.get("done"),
        reason=content.get("reason", ""),
        note=content.get("note", ""),
        present_by=present["by"] if present and present["at"] > since_ms else None,
        reading=content.get("reading", ""),
        pictures={name: base64.b64decode(one) for name, one in content.get("pictures", {}).items()},
    )
