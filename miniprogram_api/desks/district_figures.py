"""Figures of the tickets of each district."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from miniprogram_api import clock
from models.desks.tickets import UNFINISHED, Ticket


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
    now = clock.now()
    begin, end = clock.midnight(first), clock.midnight(last + timedelta(days=1))
    columns = Ticket.district, Ticket.created_at, Ticket.due_at, Ticket.closed_at
    closed = (Ticket.closed_at >= begin) & (Ticket.closed_at < end)
    rows = list(Ticket.select(*columns).where(Ticket.state.in_(UNFINISHED) | closed))
    names = sorted({row.district for row in rows}, key=lambda name: (name is None, name or ""))
    return [_figures(name, [row for row in rows if row.district == name], now) for name in names]


def _figures(district: str | None, rows: list[Ticket], now: datetime) -> DistrictFigures:
    waiting = [row for row in rows if row.closed_at is None]
    closed = [row for row in rows if row.closed_at is not None]
    times = [row.closed_at - row.created_at for row in closed]
    return DistrictFigures(
        district,
        len(waiting),
        sum(row.due_at < now for row in waiting),
        len(closed),
        sum(row.closed_at > row.due_at for row in closed),
        median(times) if times else None,
    )
