"""The last refusal of each asker and reason, for the bot to explain."""

from collections.abc import Collection
from typing import Any, NamedTuple

from peewee import BigAutoField, BigIntegerField, CharField, SmallIntegerField, TextField

from models.storage.compiled import Compiled, Parameter, parameters
from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField, keys


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
    """The columns read of a refusal; ``refused_at`` in milliseconds."""

    reason: str
    problem_case: int
    refused_at: int
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
    _put.rows(
        asker=asker,
        reason=reason,
        problem_case=problem_case,
        refused_at=at_ms,
        phone=phone,
        details=details,
        account_id=account_id,
    )


def remove(asker: str, reasons: Collection[str]) -> None:
    """Delete an asker's refusals for these reasons."""
    RefusalNote.delete().where(
        RefusalNote.asker == asker, RefusalNote.reason.in_(list(reasons))
    ).execute()


def of(asker: str, since_ms: int) -> list[NoteRow]:
    """Return an asker's refusals since then, newest first."""
    return [
        NoteRow(
            row[0],
            row[1],
            row[2],
            None if row[3] is None else keys().decrypt(bytes(row[3]), RefusalNote.phone.context),
            row[4],
            row[5],
        )
        for row in _of.rows(asker=asker, since_ms=since_ms)
    ]


@Compiled
def _put() -> Any:
    fields = [getattr(RefusalNote, name) for name in NoteRow._fields]
    return RefusalNote.insert(parameters(RefusalNote, "asker", *NoteRow._fields)).on_conflict(
        conflict_target=[RefusalNote.asker, RefusalNote.reason],
        preserve=[field for field in fields if field is not RefusalNote.reason],
    )


@Compiled
def _of() -> Any:
    return (
        RefusalNote.select(*(getattr(RefusalNote, name) for name in NoteRow._fields))
        .where(
            RefusalNote.asker == Parameter("asker"),
            RefusalNote.refused_at > Parameter("since_ms"),
        )
        .order_by(RefusalNote.refused_at.desc())
    )
