"""The audit log: who did what to which account; only ever added to."""

from peewee import BigAutoField, BigIntegerField, CharField, TextField

from models.database import InstantField, Model


class AuditEntry(Model):
    """One act; ``tag`` reads ``source:subject:action``, ``details`` is JSON without personal data."""

    id = BigAutoField()
    at = InstantField(index=True)
    tag = CharField(max_length=64, index=True)
    actor = CharField(max_length=64)
    account_id = BigIntegerField(null=True, index=True)
    details = TextField(default="{}")

    class Meta:
        table_name = "audit_entry"
