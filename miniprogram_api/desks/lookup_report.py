"""Report of the look-ups of a period, for the auditor.

Shows who looked most, at whom without a ticket or an act afterwards, and outside opening hours.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from config import Settings
from miniprogram_api import clock, working_days
from miniprogram_api.staff.sittings import LASTS
from models.desks import lookups
from models.desks.lookups import OfMember as OfMember
from models.storage.database import instant

MOST_DAYS = 31
KINDS = ("unfounded", "outside")
"""Without a ticket or an act; on no working day or outside the windows' hours."""
_FIRST = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Lookup:
    """One look-up; ``person`` is a keyed index, the same in every line about that person."""

    id: int
    at: datetime
    actor: str
    reason: str
    note: str | None
    account_id: int | None
    person: str
    window_id: int | None
    ticket_id: int | None
    """The person's unfinished ticket at that time."""
    followed: bool
    """Whether the ledger has an act of the member on the person within 4 hours."""
    outside: bool
    """Whether it was on no working day or outside the windows' hours."""

    @property
    def unfounded(self) -> bool:
        """Return whether there is neither a ticket nor an act."""
        return self.ticket_id is None and not self.followed


@dataclass(frozen=True, slots=True)
class Period:
    """The look-ups from the first to the last day, of some members or (None) of all."""

    settings: Settings
    first: date
    last: date
    actors: Collection[str] | None = None

    def by_member(self) -> list[OfMember]:
        """Count the look-ups of each member, most first."""
        return lookups.count(self._asked())

    def find(
        self, kind: str | None = None, before: int | None = None, limit: int | None = None
    ) -> list[Lookup]:
        """Return the look-ups of one of ``KINDS`` or all, newest first.

        ``before``: the id of the last one of the page before; ``limit`` None: all.
        """
        return [_lookup(row) for row in lookups.select(self._asked(), kind, before, limit)]

    def _asked(self) -> lookups.Asked:
        days = (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))
        opens, closes = map(time.fromisoformat, self.settings.desk_hours.split("-"))
        return lookups.Asked(
            begin=clock.milliseconds(clock.midnight(self.first)),
            end=clock.milliseconds(clock.midnight(self.last + timedelta(days=1))),
            lasts=LASTS // _MILLISECOND,
            working=[day.toordinal() - _FIRST for day in days if working_days.is_working_day(day)],
            opens=_of_day(opens),
            closes=_of_day(closes),
            actors=self.actors,
        )


def _of_day(at: time) -> int:
    return timedelta(hours=at.hour, minutes=at.minute) // _MILLISECOND


def _lookup(row: lookups.Judged) -> Lookup:
    details = json.loads(row.details)
    return Lookup(
        row.id,
        instant(row.at),
        row.actor,
        details["reason"],
        details["note"],
        row.account_id,
        details["person"],
        details["window"],
        details["ticket"],
        row.followed,
        row.outside,
    )
