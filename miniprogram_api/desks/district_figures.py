"""Figures of the tickets of each district."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple

from miniprogram_api import clock
from miniprogram_api.tickets.due import overdue
from models.desks.tickets import UNFINISHED, Ticket
from models.storage.database import database


@dataclass(frozen=True, slots=True)
class DistrictFigures:
    """Tickets of one district: unfinished now, and closed in a range of days."""

    district: str | None
    unfinished: int
    overdue: int
    closed: int
    closed_late: int
    median_time: timedelta | None
    """From opening to end, of the closed ones."""


def by_district(first: date, last: date) -> list[DistrictFigures]:
    """Return the figures of all districts with tickets, those without a district last."""
    begin, end = clock.midnight(first), clock.midnight(last + timedelta(days=1))
    columns = Ticket.district, Ticket.created_at, Ticket.due_at, Ticket.closed_at
    closed = (Ticket.closed_at >= begin) & (Ticket.closed_at < end)
    query = Ticket.select(*columns).where(Ticket.state.in_(UNFINISHED) | closed)
    tickets: dict[str | None, list[_Times]] = defaultdict(list)
    # Numbers instead of rows and instants, because there may be many.
    for district, *times in database.execute(query):
        tickets[district].append(_Times(*times))
    names = sorted(tickets, key=lambda name: (name is None, name or ""))
    now_ms = clock.milliseconds(clock.now())
    return [_figures(name, tickets[name], now_ms) for name in names]


class _Times(NamedTuple):
    """When a ticket was opened, is due and was closed, in milliseconds."""

    created: int
    due: int
    closed: int | None


def _figures(district: str | None, tickets: list[_Times], now_ms: int) -> DistrictFigures:
    waiting = [times for times in tickets if times.closed is None]
    ended = [(times.created, times.due, times.closed) for times in tickets if times.closed]
    lengths = [closed - created for created, _, closed in ended]
    return DistrictFigures(
        district,
        len(waiting),
        sum(overdue(times.due, now_ms) for times in waiting),
        len(ended),
        sum(overdue(due, closed) for _, due, closed in ended),
        timedelta(milliseconds=median(lengths)) if lengths else None,
    )
