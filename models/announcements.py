"""What the bureau announces, and which outside source it has switched off."""

from typing import Any

from peewee import BigAutoField, BooleanField, CharField, TextField

from models.database import InstantField, Model, all_rows, first_row, is_sqlite


class Announcement(Model):
    """One announcement; ``districts`` is a JSON list of texts, empty for everybody."""

    id = BigAutoField()
    title = CharField(max_length=60)
    text = TextField()
    districts = TextField(default="[]")
    starts_at = InstantField()
    ends_at = InstantField(null=True)
    withdrawn = BooleanField(default=False)
    changed_at = InstantField()
    changed_by = CharField(max_length=64)

    class Meta:
        table_name = "announcement"
        indexes = ((("withdrawn", "starts_at"), False),)


class SourceOutage(Model):
    """A source that is switched off, and what users are told; no row: it is on."""

    source = CharField(max_length=16, primary_key=True)
    notice = CharField(max_length=60)
    since = InstantField()
    until = InstantField(null=True)
    changed_by = CharField(max_length=64)

    class Meta:
        table_name = "source_outage"


def outage_of(source: str, now_ms: int) -> tuple[str, int | None] | None:
    """(notice, end in ms or None) of a source that is off at this instant, or None.

    Read before every call to the outside, hence one narrow query.
    """
    row: tuple[str, int | None] | None = first_row(_OUTAGE[is_sqlite()], (source, now_ms))
    return row


def outages(now_ms: int) -> list[tuple[str, str, int | None]]:
    """(source, notice, end in ms or None) of every source that is off at this instant."""
    rows: list[Any] = all_rows(_OUTAGES[is_sqlite()], (now_ms,))
    return rows


_OUTAGES = {
    is_sqlite: (
        "SELECT source, notice, until FROM source_outage "  # noqa: S608
        f"WHERE until IS NULL OR until > {place}"
    )
    for is_sqlite, place in ((True, "?"), (False, "%s"))
}
_OUTAGE = {
    is_sqlite: (
        f"SELECT notice, until FROM source_outage WHERE source = {place} "  # noqa: S608
        f"AND (until IS NULL OR until > {place})"
    )
    for is_sqlite, place in ((True, "?"), (False, "%s"))
}
