"""Audit lines on their way to the log server, in batches of numbered links."""

from peewee import BigIntegerField

from models.deliveries import Deliverable, index
from models.storage.database import InstantField


class AuditBatch(Deliverable):
    """The audit lines of the links ``first`` to ``last``, both included."""

    first = BigIntegerField(unique=True)
    last = BigIntegerField()
    created_at = InstantField()

    class Meta:
        table_name = "audit_batch"


index(AuditBatch)
