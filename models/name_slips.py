"""Slips of checked names: what a check said, by the code that is printed on the slip."""

from datetime import datetime

from peewee import BigAutoField, CharField, TextField

from models.storage.database import InstantField, Model


class NameSlip(Model):
    """One slip; ``content`` is JSON. Rows are never changed."""

    id = BigAutoField()
    code = CharField(max_length=16, unique=True)
    content = TextField()
    made_at = InstantField(index=True)

    class Meta:
        table_name = "name_slip"


def of_code(code: str) -> NameSlip | None:
    """Return the slip with this code."""
    slip: NameSlip | None = NameSlip.get_or_none(NameSlip.code == code)
    return slip


def remove_before(moment: datetime) -> None:
    """Delete the slips that were made before a time."""
    NameSlip.delete().where(NameSlip.made_at < moment).execute()
