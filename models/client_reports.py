"""What went wrong on a person's phone, as the mini program reported it."""

from peewee import BigAutoField, CharField, ForeignKeyField

from models.accounts import Account
from models.database import InstantField, Model


class ClientReport(Model):
    """One report; ``detail`` holds no personal data, numbers in it are masked before it is kept."""

    id = BigAutoField()
    openid = CharField(max_length=64, null=True, index=True)
    account = ForeignKeyField(Account, null=True, index=True)
    kind = CharField(max_length=16)
    step = CharField(max_length=64)
    detail = CharField(max_length=500, default="")
    reported_at = InstantField(index=True)

    class Meta:
        table_name = "client_report"
