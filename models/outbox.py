"""Work after a commit: written with its cause, done by the worker."""

from peewee import BigAutoField, CharField, ForeignKeyField, IntegerField, TextField

from models.accounts.accounts import Account
from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField


class OutboxJob(Model):
    """One job; ``payload`` is JSON that carries ids, never personal data."""

    id = BigAutoField()
    name = CharField(max_length=48)
    payload = TextField(default="{}")
    # Written at most once, so a cause that runs twice leaves one job.
    unique_key = CharField(max_length=96, unique=True, null=True)
    created_at = InstantField()
    run_at = InstantField()
    leased_until = InstantField(null=True)
    attempts = IntegerField(default=0)
    done_at = InstantField(null=True)
    failed_at = InstantField(null=True)
    last_error = CharField(max_length=255, default="")

    class Meta:
        table_name = "outbox_job"
        indexes = ((("done_at", "failed_at", "run_at"), False),)


class Notice(Model):
    """A message that a person must get, kept until the gateway took it."""

    id = BigAutoField()
    # Null: to a person whose registration at a window was refused.
    account = ForeignKeyField(Account, null=True, index=True)
    kind = CharField(max_length=32)
    phone = EncryptedField("notice.phone")
    created_at = InstantField(index=True)
    sent_at = InstantField(null=True)

    class Meta:
        table_name = "notice"
