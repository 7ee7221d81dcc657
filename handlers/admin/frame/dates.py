"""Days and instants (in Asia/Shanghai) as Chinese text."""

from datetime import date, datetime


def moment(at: datetime | None) -> str:
    """Format an instant: ``2026年11月25日 09:30``."""
    return "—" if at is None else f"{day(at)} {at:%H:%M}"


def day(day: date | None) -> str:
    """Format a day: ``2026年11月25日``."""
    return "—" if day is None else f"{day.year}年{day.month}月{day.day}日"
