"""Report of the look-ups of a period, for the auditor.

Shows who looked most, at whom without a ticket or an act afterwards, and outside opening hours.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from config import Settings
from miniprogram_api import audit, clock, working_days
from miniprogram_api.staff.sittings import LASTS
from models.desks.ledger import LedgerDetail, LedgerLine

LOOKED_UP = "staff:person:looked_up"
MOST_DAYS = 31
# Acts that only look at a person.
_LOOKING = ("person_opened", "ticket_opened")


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


KINDS: dict[str, Callable[[Lookup], bool]] = {
    "unfounded": lambda lookup: lookup.unfounded,
    "outside": lambda lookup: lookup.outside,
}


@dataclass(frozen=True, slots=True)
class OfMember:
    """How often a member looked, and how often in each of ``KINDS``."""

    actor: str
    total: int
    unfounded: int
    outside: int


def of_period(
    settings: Settings, first: date, last: date, actors: Collection[str] | None = None
) -> list[Lookup]:
    """Return the look-ups from the first to the last day, newest first."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    working = {day for day in days if working_days.is_working_day(day)}
    acts = _acts(clock.midnight(first), clock.midnight(last + timedelta(days=1)) + LASTS)
    notable = []
    lines = audit.search(
        tag=LOOKED_UP, actors=actors, first_day=first, last_day=last, limit=1_000_000
    )
    for line in lines:
        details = json.loads(line.details)
        person, account_id = details["person"], line.account_id
        times = [*acts[line.actor, person], *acts[line.actor, account_id]]
        notable.append(
            Lookup(
                line.id,
                line.at,
                line.actor,
                details["reason"],
                details["note"],
                account_id,
                person,
                details["window"],
                details["ticket"],
                any(line.at <= at <= line.at + LASTS for at in times),
                _is_outside(settings, working, line.at),
            )
        )
    return notable


def by_member(lookups: Sequence[Lookup]) -> list[OfMember]:
    """Count the look-ups of each member, most first."""
    counts = {
        name: Counter(one.actor for one in lookups if is_of(one)) for name, is_of in KINDS.items()
    }
    totals = Counter(one.actor for one in lookups)
    return [
        OfMember(actor, total, counts["unfounded"][actor], counts["outside"][actor])
        for actor, total in totals.most_common()
    ]


def _acts(since: datetime, until: datetime) -> dict[tuple[str, str | int | None], list[datetime]]:
    """Return the times of the acts in the ledger by member and person, and member and account."""
    line, detail = LedgerLine, LedgerDetail
    rows: Any = (
        line.select(line.at, line.actor, line.account_id, detail.identity_index)
        .left_outer_join(detail, on=(detail.number == line.number))
        .where((line.at >= since) & (line.at < until) & line.action.not_in(_LOOKING))
        .tuples()
    )
    times: dict[tuple[str, str | int | None], list[datetime]] = defaultdict(list)
    for at, actor, account_id, index in rows:
        if account_id is not None:
            times[actor, account_id].append(at)
        if index is not None:
            times[actor, bytes(index).hex()].append(at)
    return times


def _is_outside(settings: Settings, working: Collection[date], at: datetime) -> bool:
    local = at.astimezone(clock.SHANGHAI)
    begin, end = map(time.fromisoformat, settings.desk_hours.split("-"))
    return local.date() not in working or not begin <= local.time() < end
