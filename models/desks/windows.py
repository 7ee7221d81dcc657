"""Service windows of the registration offices."""

from typing import Any

from peewee import BigAutoField, BooleanField, CharField, TextField

from models.storage.database import InstantField, Model


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
    """Return id, name, address, hours, phone, districts and closed days of active windows."""
    w = ServiceWindow
    columns = w.id, w.name, w.address, w.hours, w.phone, w.districts, w.closed_days
    query: Any = w.select(*columns).where(w.active).order_by(w.name)
    return list(query.tuples())
