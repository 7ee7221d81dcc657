"""Number ranges that the service does not support yet, and from when it does.

The table is read for every phone, so a change applies at once in every process. A range with a day
is supported from the start of that day in Asia/Shanghai.
"""

import re
from dataclasses import dataclass
from datetime import date

from miniprogram_api import audit, clock, outbox
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.accounts import number_ranges as table
from models.storage.database import transaction

LONGEST_NOTE = 200
CHANGED_JOB = "subscription.look"
"""Notifies subscribers of a range that it is supported."""

_PREFIX = re.compile(f"1[0-9]{{{table.SHORTEST_PREFIX - 1},{table.LONGEST_PREFIX - 1}}}")


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers with ``prefix`` are unsupported until ``supported_from`` (None: unknown)."""

    prefix: str
    supported_from: date | None
    note: str = ""

    def is_unsupported_on(self, day: date) -> bool:
        """Return whether these numbers are unsupported on that day."""
        return self.supported_from is None or day < self.supported_from


def unsupported(phone: str, today: date) -> NumberRange | None:
    """Return the longest listed range if this canonical phone is unsupported today, or None."""
    number_range = find(phone)
    return (
        number_range if number_range is not None and number_range.is_unsupported_on(today) else None
    )


def find(phone: str) -> NumberRange | None:
    """Return the listed range of a phone, supported or not, or None."""
    return of_row(table.longest_match(phone))


def require_supported(phone: str) -> None:
    """Raise Refused(PHONE_SEGMENT_UNSUPPORTED) when the phone's range is unsupported today."""
    require_open(find(phone))


def require_open(number_range: NumberRange | None) -> None:
    """Do the same for a phone of this listed range, or of none."""
    if number_range is not None and number_range.is_unsupported_on(clock.today()):
        raise Refused(
            Reason.PHONE_SEGMENT_UNSUPPORTED,
            segment=number_range.prefix,
            supported_from=number_range.supported_from,
        )


def of_row(row: tuple[str, str | None] | None) -> NumberRange | None:
    """Convert prefix and first supported day."""
    if row is None:
        return None
    prefix, day = row
    return NumberRange(prefix, None if day is None else date.fromisoformat(day))


def list_ranges() -> list[NumberRange]:
    """Return all listed ranges by prefix, supported ones included."""
    return [
        NumberRange(prefix, None if day is None else date.fromisoformat(day), note)
        for prefix, day, note in table.listed()
    ]


def set_range(prefix: str, supported_from: date | None, note: str = "", *, actor: str) -> None:
    """List or change a range (``prefix``: 3 to 7 digits, 1 first). Raises Refused INVALID_INPUT."""
    if not _PREFIX.fullmatch(prefix):
        raise invalid("number_ranges.prefix.wrong_form")
    if len(note) > LONGEST_NOTE:
        raise invalid("number_ranges.note.too_long", most=LONGEST_NOTE)
    values = {"supported_from": supported_from, "note": note, "changed_at": clock.now()}
    with transaction():
        table.NumberRange.insert(prefix=prefix, **values).on_conflict(
            conflict_target=[table.NumberRange.prefix], update=values
        ).execute()
        audit.write(
            "command:number_range:set",
            actor=actor,
            prefix=prefix,
            supported_from=supported_from.isoformat() if supported_from else None,
        )
        outbox.add(CHANGED_JOB, {"at_once": True})


def remove(prefix: str, *, actor: str) -> bool:
    """Remove a range from the list, which supports it at once; return whether it was listed."""
    with transaction():
        removed = table.NumberRange.delete().where(table.NumberRange.prefix == prefix).execute() > 0
        if removed:
            audit.write("command:number_range:removed", actor=actor, prefix=prefix)
            outbox.add(CHANGED_JOB, {"at_once": True})
    return removed
