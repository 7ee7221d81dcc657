"""Windows: the counters of the registration offices where a person is helped in person."""

import json
from dataclasses import dataclass

from models.windows import ServiceWindow


@dataclass(frozen=True, slots=True)
class Window:
    """One counter; ``districts`` are the districts that it serves."""

    id: int
    name: str
    address: str
    hours: str
    phone: str
    districts: tuple[str, ...]
    closed_days: tuple[str, ...]


def list_windows(district: str | None = None) -> list[Window]:
    """The open counters by name, all or those that serve ``district``."""
    rows = ServiceWindow.select().where(ServiceWindow.active).order_by(ServiceWindow.name)
    found = [
        Window(
            row.id,
            row.name,
            row.address,
            row.hours,
            row.phone,
            tuple(json.loads(row.districts)),
            tuple(json.loads(row.closed_days)),
        )
        for row in rows
    ]
    return [window for window in found if district is None or district in window.districts]
