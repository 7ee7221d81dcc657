"""The append-only audit log: actor, act and account."""

from peewee import BigAutoField, BigIntegerField, CharField, TextField, fn

from models.desks import stamps
from models.storage.database import InstantField, Model


class AuditEntry(Model):
    """One act; ``tag`` reads ``source:subject:action``, ``details`` is JSON, nothing personal."""

    id = BigAutoField()
    at = InstantField(index=True)
    tag = CharField(max_length=64)
    actor = CharField(max_length=64)
    account_id = BigIntegerField(null=True)
    details = TextField(default="{}")
    # Made by a key outside the database; lines from before it have none.
    stamp = CharField(max_length=64, null=True)

    class Meta:
        table_name = "audit_entry"
        # With the time, so that the newest lines of one kind need no sorting.
        indexes = ((("tag", "at"), False), (("actor", "at"), False), (("account_id", "at"), False))


def add(at_ms: int, tag: str, actor: str, account_id: int | None, details: str) -> None:
    """Add a line."""
    stamp = stamps.make("audit_entry", at_ms, tag, actor, account_id, details)
    AuditEntry.insert(
        at=at_ms, tag=tag, actor=actor, account_id=account_id, details=details, stamp=stamp
    ).execute()


def tags() -> list[str]:
    """Return all tags in alphabetical order.

    Seeks the index from tag to tag, because DISTINCT would read every line.
    """
    distinct: list[str] = []
    query = AuditEntry.select(fn.MIN(AuditEntry.tag))
    while tag := query.where(AuditEntry.tag > (distinct[-1] if distinct else "")).scalar():
        distinct.append(tag)
    return distinct
