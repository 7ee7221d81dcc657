"""The ledger (台账): numbered, append-only lines, each with the hash of its predecessor.

A line holds non-personal data and a salted hash of the personal part, which is in a side table that
key rotation and lawful erasure may change. Triggers (``ledger_triggers``) reject other changes.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    CharField,
    Expression,
    IntegerField,
    TextField,
    chunked,
)

from models.storage.database import InstantField, Model, database
from models.storage.fields import BlindIndexField, EncryptedField

_BATCH = 5_000


class LedgerChanged(TypeError):
    """An append-only row was to be changed or deleted."""


class AppendOnly:
    """Mixin that disables ``update`` and ``delete``."""

    @classmethod
    def update(cls, *_values: Any, **_more: Any) -> NoReturn:
        """Reject."""
        raise LedgerChanged(cls.__name__)

    @classmethod
    def delete(cls) -> NoReturn:
        """Reject."""
        raise LedgerChanged(cls.__name__)

    def save(self, *_arguments: Any, force_insert: bool = False, **_more: Any) -> Any:
        """Insert; reject updates."""
        if not force_insert:
            raise LedgerChanged(type(self).__name__)
        return super().save(force_insert=True)  # type: ignore[misc]


class LedgerLine(AppendOnly, Model):
    """One act. ``hash`` covers all other columns, ``previous_hash`` included."""

    number = BigIntegerField(primary_key=True)
    at = InstantField(index=True)
    actor = CharField(max_length=64, index=True)
    action = CharField(max_length=32)
    window_id = BigIntegerField(null=True)
    ticket_id = BigIntegerField(null=True, index=True)
    account_id = BigIntegerField(null=True)
    # The line whose personal part this act erased.
    about_number = BigIntegerField(null=True)
    # The key of ``hash``, which is not in the database.
    key_id = CharField(max_length=16, default="")
    personal_hash = BlobField()
    previous_hash = BlobField()
    hash = BlobField()

    class Meta:
        table_name = "ledger_line"
        indexes = ((("action", "number"), False), (("window_id", "number"), False))


class LedgerDetail(Model):
    """The personal part of one line; all columns but ``number`` are null after erasure."""

    number = BigIntegerField(primary_key=True)
    salt = BlobField(null=True)
    id_number = EncryptedField("ledger_detail.id_number", null=True)
    identity_index = BlindIndexField("identity", source="id_number", index=True, null=True)
    # JSON: name, reason, evidence, before, after and so on.
    content = EncryptedField("ledger_detail.content", null=True)

    class Meta:
        table_name = "ledger_detail"


class LedgerSeal(AppendOnly, Model):
    """The last line at one moment, signed with a key outside the database.

    ``number`` is 0 and ``hash`` that of the beginning in an empty ledger.
    """

    sequence = BigIntegerField(primary_key=True)
    number = BigIntegerField(index=True)
    lines = BigIntegerField()
    hash = BlobField()
    sealed_at = InstantField()
    # Triggers that were missing, changed or disabled then.
    trigger_faults = IntegerField(default=0)
    # The first seal that an accepted restore gave up, and why; 0 for other seals.
    gives_up = BigIntegerField(default=0)
    reason = CharField(max_length=200, default="")
    # JSON: chain → number and hash of its last link; empty in seals of the ledger alone.
    heads = TextField(default="")
    public_key = BlobField()
    signature = BlobField()

    class Meta:
        table_name = "ledger_seal"


class LedgerAnchor(Model):
    """The last seal that was carried to one place outside the database."""

    place = CharField(max_length=16, primary_key=True)
    sequence = BigIntegerField()
    carried_at = InstantField()

    class Meta:
        table_name = "ledger_anchor"


class LedgerVerification(Model):
    """One verification of the whole ledger, requested on a page."""

    id = BigAutoField()
    asked_by = CharField(max_length=64)
    asked_at = InstantField()
    # Heartbeat; stale when the worker died.
    seen_at = InstantField(null=True)
    finished_at = InstantField(null=True)
    total = BigIntegerField(default=0)
    lines = BigIntegerField(default=0)
    erased = BigIntegerField(default=0)
    # Of the other chains.
    links = BigIntegerField(default=0)
    seals = BigIntegerField(default=0)
    # JSON: a list of stored faults.
    faults = TextField(default="[]")

    class Meta:
        table_name = "ledger_verification"


class LedgerComparison(Model):
    """The differences between the ledger and the other tables on one day."""

    id = BigAutoField()
    compared_at = InstantField()
    # JSON: a list of [difference, table, id, number of the line or null].
    differences = TextField()

    class Meta:
        table_name = "ledger_comparison"


class Line(NamedTuple):
    """The columns that a line's hash covers, in this order."""

    number: int
    at: int
    """Milliseconds since 1970."""
    actor: str
    action: str
    window_id: int | None
    ticket_id: int | None
    account_id: int | None
    about_number: int | None
    key_id: str
    personal_hash: bytes
    previous_hash: bytes


class Stored(NamedTuple):
    """A line and its personal part as stored; ``detail`` is null where there is none."""

    line: Line
    hash: bytes
    detail: int | None
    salt: bytes | None
    id_number: bytes | None
    identity_index: bytes | None
    content: bytes | None


def last() -> tuple[int, bytes] | None:
    """Return number and hash of the last line."""
    line = LedgerLine
    row = line.select(line.number, line.hash).order_by(line.number.desc()).tuples().first()
    return None if row is None else (row[0], bytes(row[1]))


def walk() -> Iterator[Stored]:
    """Yield all lines with their personal parts by number, in batches."""
    rest = LedgerLine.number.is_null(False)
    while rows := _rows(rest, _BATCH):
        yield from rows
        rest = LedgerLine.number > rows[-1].line.number


def by_numbers(numbers: list[int]) -> list[Stored]:
    """Return the lines with these numbers, newest first."""
    lines: list[Stored] = []
    for part in chunked(sorted(numbers, reverse=True), _BATCH):
        lines += _rows(LedgerLine.number.in_(part), len(part))[::-1]
    return lines


def numbers_without_line() -> list[int]:
    """Return up to ten numbers of personal parts without a line."""
    query = (
        LedgerDetail.select(LedgerDetail.number)
        .left_outer_join(LedgerLine, on=(LedgerLine.number == LedgerDetail.number))
        .where(LedgerLine.number.is_null())
        .order_by(LedgerDetail.number)
        .limit(10)
    )
    return [row[0] for row in database.execute(query)]


def _rows(condition: Expression, most: int) -> list[Stored]:
    detail = LedgerDetail
    query = (
        LedgerLine.select(
            *(getattr(LedgerLine, name) for name in Line._fields),
            LedgerLine.hash,
            *(detail.number, detail.salt, detail.id_number, detail.identity_index, detail.content),
        )
        .left_outer_join(detail, on=(detail.number == LedgerLine.number))
        .where(condition)
        .order_by(LedgerLine.number)
        .limit(most)
    )
    # Raw driver values: the personal part is not decrypted here.
    return [
        Stored._make(
            (
                Line._make([*row[:9], bytes(row[9]), bytes(row[10])]),
                bytes(row[11]),
                row[12],
                *map(_optional, row[13:]),
            )
        )
        for row in database.execute(query)
    ]


def _optional(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
