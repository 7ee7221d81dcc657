"""Announcements, and external sources that operators switched off."""

from typing import Any

from peewee import BigAutoField, BooleanField, CharField, Expression, TextField

from models.storage.database import InstantField, Model, database


class Announcement(Model):
    """One announcement; ``districts`` is a JSON list of texts, empty for all."""

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
    """A source that is switched off, and the notice for users; no row: it is on."""

    source = CharField(max_length=16, primary_key=True)
    notice = CharField(max_length=60)
    since = InstantField()
    until = InstantField(null=True)
    changed_by = CharField(max_length=64)

    class Meta:
        table_name = "source_outage"


def is_off(now_ms: Any) -> Expression:
    """Build the condition "switched off at this instant"."""
    return SourceOutage.until.is_null() | (SourceOutage.until > now_ms)


def outages(now_ms: int) -> list[tuple[str, str, int | None]]:
    """Return (source, notice, end in ms or None) of every source that is off."""
    columns = SourceOutage.source, SourceOutage.notice, SourceOutage.until
    return list(database.execute(SourceOutage.select(*columns).where(is_off(now_ms))))


def outage_of(source: str, now_ms: int) -> tuple[str, int | None] | None:
    """Return (notice, end in ms or None) of a source that is off, or None."""
    outages_now = {name: (notice, until) for name, notice, until in outages(now_ms)}
    return outages_now.get(source)
