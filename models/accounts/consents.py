"""Consents: version, time given and time withdrawn."""

from peewee import BigAutoField, CharField, ForeignKeyField

from models.accounts.accounts import Account
from models.storage.database import InstantField, Model


class ConsentRecord(Model):
    """One consent: ``key`` is general, identity or face (PIPL art. 14, 29)."""

    id = BigAutoField()
    account = ForeignKeyField(Account, index=True)
    key = CharField(max_length=16)
    version = CharField(max_length=32)
    given_at = InstantField()
    withdrawn_at = InstantField(null=True)

    class Meta:
        table_name = "consent_record"
