"""Number ranges that are unsupported, or supported from a certain day."""

from peewee import CharField

from models.storage.database import DayField, InstantField, Model, database

SHORTEST_PREFIX, LONGEST_PREFIX = 3, 7
LENGTHS = range(SHORTEST_PREFIX, LONGEST_PREFIX + 1)


class NumberRange(Model):
    """A listed prefix is unsupported until ``supported_from``; null: no day is known."""

    prefix = CharField(max_length=LONGEST_PREFIX, primary_key=True)
    supported_from = DayField(null=True)
    note = CharField(max_length=200, default="")
    changed_at = InstantField()

    class Meta:
        table_name = "number_range"


def prefixes(phone: str) -> dict[str, str]:
    """Return ``prefix3`` … ``prefix7`` → leading digits of the phone, as query parameters."""
    return {f"prefix{length}": phone[:length] for length in LENGTHS}


def longest_match(phone: str) -> tuple[str, str | None] | None:
    """Return (prefix, ``YYYY-MM-DD`` or None) of the longest listed prefix, or None."""
    query = NumberRange.select(NumberRange.prefix, NumberRange.supported_from)
    rows = database.execute(query.where(NumberRange.prefix.in_(list(prefixes(phone).values()))))
    return max(rows, key=lambda row: len(row[0]), default=None)


def listed() -> list[tuple[str, str | None, str]]:
    """Return (prefix, ``YYYY-MM-DD`` or None, note) of every listed range, by prefix."""
    columns = NumberRange.prefix, NumberRange.supported_from, NumberRange.note
    return list(database.execute(NumberRange.select(*columns).order_by(NumberRange.prefix)))
