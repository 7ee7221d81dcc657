"""The last refusal of each asker and reason, for the bot to explain."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from peewee import BigAutoField, BigIntegerField, CharField, SmallIntegerField, TextField

from models.storage.compiled import Compiled, Parameter
from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField


class RefusalNote(Model):
    """The last refusal of one reason; ``details`` is the refusal's JSON.

    ``asker`` is ``wechat:`` and a keyed hash, or ``account:ID`` without WeChat; ``phone`` and
    ``account_id`` are those that the asker named, which need not be their own.
    """

    id = BigAutoField()
    asker = CharField(max_length=80)
    reason = CharField(max_length=40)
    problem_case = SmallIntegerField()
    refused_at = InstantField(index=True)
    phone = EncryptedField("refusal_note.phone", null=True)
    details = TextField(default="{}")
    account_id = BigIntegerField(null=True)

    class Meta:
        table_name = "refusal_note"
        indexes = ((("asker", "reason"), True),)


class NoteRow(NamedTuple):
    """The columns read of a refusal."""

    reason: str
    problem_case: int
    refused_at: datetime
    phone: str | None
    details: str
    account_id: int | None


def put(
    asker: str,
    reason: str,
    problem_case: int,
    at_ms: int,
    phone: str | None,
    details: str,
    account_id: int | None = None,
) -> None:
    """Insert a refusal or replace the earlier one of the same reason."""
    RefusalNote.insert(
        asker=asker,
        reason=reason,
        problem_case=problem_case,
        refused_at=at_ms,
        phone=phone,
        details=details,
        account_id=account_id,
    ).on_conflict(
        conflict_target=[RefusalNote.asker, RefusalNote.reason],
        preserve=[getattr(RefusalNote, name) for name in NoteRow._fields if name != "reason"],
    ).execute()


def remove(asker: str, reasons: Collection[str]) -> None:
    """Delete an asker's refusals for these reasons."""
    RefusalNote.delete().where(
        RefusalNote.asker == asker, RefusalNote.reason.in_(list(reasons))
    ).execute()


def of(asker: str, since_ms: int) -> list[NoteRow]:
    """Return an asker's refusals since then, newest first."""
    rows = _of.rows(asker=asker, since_ms=since_ms)
    return [
        NoteRow(*(f.python_value(v) for f, v in zip(_COLUMNS, row, strict=True))) for row in rows
    ]


_COLUMNS = tuple(getattr(RefusalNote, name) for name in NoteRow._fields)


@Compiled
def _of() -> Any:
    note = RefusalNote
    query = note.select(*_COLUMNS).where(
        note.asker == Parameter("asker"), note.refused_at > Parameter("since_ms")
    )
    return query.order_by(note.refused_at.desc())
