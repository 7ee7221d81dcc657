"""Versions of the sheet's template; the newest is in force."""

from peewee import BigAutoField, CharField, TextField

from models.storage.database import InstantField, Model


class SheetTemplate(Model):
    """One version; ``content`` is JSON. Rows are never changed."""

    id = BigAutoField()
    content = TextField()
    created_at = InstantField()
    actor = CharField(max_length=64)

    class Meta:
        table_name = "sheet_template"
