"""The audit log: who did what to which account; only ever added to."""

from peewee import BigAutoField, BigIntegerField, CharField, TextField

from models.database import InstantField, Model, first_row, is_sqlite, write


class AuditEntry(Model):
    """One act; ``tag`` reads ``source:subject:action``, ``details`` is JSON, nothing personal."""

    id = BigAutoField()
    at = InstantField(index=True)
    tag = CharField(max_length=64)
    actor = CharField(max_length=64)
    account_id = BigIntegerField(null=True)
    details = TextField(default="{}")

    class Meta:
        table_name = "audit_entry"
        # With the time, so that the newest lines of one kind are read off and need no sorting.
        indexes = ((("tag", "at"), False), (("actor", "at"), False), (("account_id", "at"), False))


def add(at_ms: int, tag: str, actor: str, account_id: int | None, details: str) -> None:
    """Add a line; one plain statement, because almost every change passes here."""
    write(_ADD[is_sqlite()], (at_ms, tag, actor, account_id, details))


def tags() -> list[str]:
    """All tags that were ever written, in alphabetical order.

    Each is looked up behind the one before, because DISTINCT would read every line.
    """
    found: list[str] = []
    statement = _NEXT_TAG[is_sqlite()]
    while True:
        row = first_row(statement, (found[-1] if found else "",))
        if row is None or row[0] is None:
            return found
        found.append(row[0])


_NEXT_TAG = {
    True: "SELECT min(tag) FROM audit_entry WHERE tag > ?",
    False: "SELECT min(tag) FROM audit_entry WHERE tag > %s",
}
_INSERT = "INSERT INTO audit_entry (at, tag, actor, account_id, details) VALUES "
_ADD = {True: _INSERT + "(?, ?, ?, ?, ?)", False: _INSERT + "(%s, %s, %s, %s, %s)"}
