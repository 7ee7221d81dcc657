"""What the API refused to whom, the last time for each reason: the bot explains it."""

from collections.abc import Collection
from typing import NamedTuple

from peewee import BigAutoField, BigIntegerField, CharField, SmallIntegerField, TextField

from models.database import InstantField, Model, all_rows, database, is_sqlite, placeholder, write
from models.fields import EncryptedField, keys


class RefusalNote(Model):
    """The last refusal of one kind; ``details`` is JSON of what the refused caller was told.

    ``asker`` is the openid, or ``account:ID`` where there is none; ``phone`` is the one that he
    had typed, ``account_id`` the account that he had named, which need not be his.
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
    """One note as it is read; ``refused_at`` in milliseconds."""

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
    """Keep a refusal in the place of an earlier one of the same kind; one plain statement."""
    sealed = None if phone is None else keys().encrypt(phone, RefusalNote.phone.context)
    values = (asker, reason, problem_case, at_ms, sealed, details, account_id)
    database.execute_sql(_PUT[is_sqlite()], values)


def remove(asker: str, reasons: Collection[str]) -> None:
    """Forget what was refused to somebody for these reasons; one plain statement."""
    place = placeholder()
    places = ", ".join([place] * len(reasons))
    write(
        f"DELETE FROM refusal_note WHERE asker = {place} AND reason IN ({places})",  # noqa: S608
        (asker, *reasons),
    )


def of(asker: str, since_ms: int) -> list[NoteRow]:
    """The refusals of somebody since then, newest first."""
    return [
        NoteRow(
            row[0],
            row[1],
            row[2],
            None if row[3] is None else keys().decrypt(bytes(row[3]), RefusalNote.phone.context),
            row[4],
            row[5],
        )
        for row in all_rows(_OF[is_sqlite()], (asker, since_ms))
    ]


_COLUMNS = "reason, problem_case, refused_at, phone, details, account_id"
_NEW = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
_PUT = {
    sqlite: (
        f"INSERT INTO refusal_note (asker, {_COLUMNS}) VALUES ({', '.join([place] * 7)}) "  # noqa: S608
        f"ON CONFLICT (asker, reason) DO UPDATE SET {_NEW}"
    )
    for sqlite, place in ((True, "?"), (False, "%s"))
}
_OF = {
    sqlite: (
        f"SELECT {_COLUMNS} FROM refusal_note WHERE asker = {place} AND refused_at > {place} "  # noqa: S608
        "ORDER BY refused_at DESC"
    )
    for sqlite, place in ((True, "?"), (False, "%s"))
}
