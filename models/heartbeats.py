"""Signs of life of the processes, which also try a write to the database."""

from datetime import datetime
from typing import Any

from peewee import CharField

from models.storage.database import InstantField, Model


class Heartbeat(Model):
    """When a process last wrote; ``process`` names its role, its machine and itself."""

    process = CharField(max_length=128, primary_key=True)
    role = CharField(max_length=16)
    at = InstantField(index=True)

    class Meta:
        table_name = "heartbeat"


def write(process: str, role: str, at: datetime) -> None:
    """Insert or renew the row of a process."""
    Heartbeat.insert(process=process, role=role, at=at).on_conflict(
        conflict_target=[Heartbeat.process], preserve=[Heartbeat.at]
    ).execute()


def of_role(role: str) -> dict[str, datetime]:
    """Return process → its last sign of life."""
    rows: Any = Heartbeat.select(Heartbeat.process, Heartbeat.at).where(Heartbeat.role == role)
    return dict(rows.tuples())


def remove_before(cutoff: datetime) -> int:
    """Delete the rows of processes that ended before; return their number."""
    return int(Heartbeat.delete().where(Heartbeat.at < cutoff).execute())
