"""Work after a commit: written with its cause, done by the worker."""

from peewee import CharField, ForeignKeyField, TextField

from models import delivery_reports
from models.accounts.accounts import Account
from models.deliveries import Deliverable, index
from models.delivery_reports import Reported
from models.storage.database import InstantField
from models.storage.fields import EncryptedField


class OutboxJob(Deliverable):
    """One job; ``payload`` is JSON that carries ids, never personal data."""

    name = CharField(max_length=48)
    payload = TextField(default="{}")
    # Written at most once, so a cause that runs twice leaves one job.
    unique_key = CharField(max_length=96, unique=True, null=True)
    created_at = InstantField()

    class Meta:
        table_name = "outbox_job"


OutboxJob.add_index(
    OutboxJob.done_at, where=OutboxJob.done_at.is_null(False), name="outbox_job_done"
)


class Notice(Deliverable, Reported):
    """A message that a person must get by SMS."""

    # Null: to a person whose registration at a window was refused.
    account = ForeignKeyField(Account, null=True, index=True)
    kind = CharField(max_length=32)
    phone = EncryptedField("notice.phone")
    created_at = InstantField(index=True)

    class Meta:
        table_name = "notice"


index(OutboxJob, Notice)
delivery_reports.index(Notice)
