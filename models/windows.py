"""Windows: the counters of the registration offices where a person is helped in person."""

from typing import Any

from peewee import BigAutoField, BooleanField, CharField, TextField

from models.database import InstantField, Model, all_rows, asked_by, first_row, is_sqlite


class ServiceWindow(Model):
    """One counter; ``districts`` and ``closed_days`` are JSON lists of texts."""

    id = BigAutoField()
    name = CharField(max_length=64)
    address = CharField(max_length=200)
    hours = CharField(max_length=100)
    phone = CharField(max_length=32)
    districts = TextField(default="[]")
    closed_days = TextField(default="[]")
    active = BooleanField(default=True)
    changed_at = InstantField()

    class Meta:
        table_name = "service_window"


def in_use() -> list[tuple[Any, ...]]:
    """Id, name, address, hours, phone, districts and closed days of the windows in use, by name.

    A narrow read: every answer that sends somebody to a window makes it.
    """
    yes = "1" if is_sqlite() else "true"
    return all_rows(
        "SELECT id, name, address, hours, phone, districts, closed_days "  # noqa: S608
        "FROM service_window "
        f"WHERE active = {yes} ORDER BY name"
    )


def last_visited(openid: str | None, account_id: int | None) -> int | None:
    """The window that the newest ticket of a WeChat user or an account came from or went to."""
    condition, values, _ = asked_by(openid, account_id)
    row = first_row(
        f"SELECT window_id FROM ticket WHERE {condition} AND window_id IS NOT NULL "  # noqa: S608
        "ORDER BY id DESC LIMIT 1",
        values,
    )
    return None if row is None else int(row[0])
