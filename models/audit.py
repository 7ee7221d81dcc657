"""The audit log: who did what to which account; only ever added to."""

from peewee import BigAutoField, BigIntegerField, CharField, TextField

from models.database import InstantField, Model, database, is_sqlite


class AuditEntry(Model):
    """One act; ``tag`` reads ``source:subject:action``, ``details`` is JSON, nothing personal."""

    id = BigAutoField()
    at = InstantField(index=True)
    tag = CharField(max_length=64, index=True)
    actor = CharField(max_length=64)
    account_id = BigIntegerField(null=True, index=True)
    details = TextField(default="{}")

    class Meta:
        table_name = "audit_entry"


def add(at_ms: int, tag: str, actor: str, account_id: int | None, details: str) -> None:
    """Add a line; one plain statement, because almost every change passes here."""
    database.execute_sql(_ADD[is_sqlite()], (at_ms, tag, actor, account_id, details))


_INSERT = "INSERT INTO audit_entry (at, tag, actor, account_id, details) VALUES "
_ADD = {True: _INSERT + "(?, ?, ?, ?, ?)", False: _INSERT + "(%s, %s, %s, %s, %s)"}
