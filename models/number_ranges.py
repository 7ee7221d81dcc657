"""Number ranges that are not supported, or only from a certain day on."""

from peewee import CharField

from models.database import DayField, InstantField, Model


class NumberRange(Model):
    """A listed prefix is unsupported until ``supported_from``; null means that no day is known."""

    prefix = CharField(max_length=7, primary_key=True)
    supported_from = DayField(null=True)
    note = CharField(max_length=200, default="")
    changed_at = InstantField()

    class Meta:
        table_name = "number_range"
