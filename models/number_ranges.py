"""Number ranges that are not supported, or only from a certain day on."""

from typing import Any

from peewee import CharField

from models.database import DayField, InstantField, Model, all_rows, first_row, is_sqlite

SHORTEST_PREFIX, LONGEST_PREFIX = 3, 7


class NumberRange(Model):
    """A listed prefix is unsupported until ``supported_from``; null means that no day is known."""

    prefix = CharField(max_length=LONGEST_PREFIX, primary_key=True)
    supported_from = DayField(null=True)
    note = CharField(max_length=200, default="")
    changed_at = InstantField()

    class Meta:
        table_name = "number_range"


def longest_match(phone: str) -> tuple[str, str | None] | None:
    """(prefix, ``YYYY-MM-DD`` or None) of the longest listed prefix of these digits, or None.

    Read before every one-time code, hence one narrow query without the cost of building a model.
    """
    prefixes = [phone[:length] for length in range(SHORTEST_PREFIX, LONGEST_PREFIX + 1)]
    row = first_row(_LONGEST_MATCH[is_sqlite()], prefixes)
    return None if row is None else (row[0], row[1])


def listed() -> list[tuple[str, str | None, str]]:
    """(prefix, ``YYYY-MM-DD`` or None, note) of every listed range, by prefix."""
    rows: list[Any] = all_rows(
        "SELECT prefix, supported_from, note FROM number_range ORDER BY prefix"
    )
    return rows


_PLACES = LONGEST_PREFIX - SHORTEST_PREFIX + 1
_LONGEST_MATCH = {
    is_sqlite: (
        "SELECT prefix, supported_from FROM number_range WHERE prefix IN ("  # noqa: S608
        + ", ".join([place] * _PLACES)
        + ") ORDER BY length(prefix) DESC LIMIT 1"
    )
    for is_sqlite, place in ((True, "?"), (False, "%s"))
}
