"""The register of enterprises' names, with the keys by which a new name finds those like it.

Names are public data. Keys only propose candidates: a collision is judged on the row of the name
(`miniprogram_api.names`), so a key that outlived its row, or two texts with one key, do no harm.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    IntegerField,
    SmallIntegerField,
    chunked,
)

from models.storage.database import (
    DayField,
    InstantField,
    Model,
    database,
    driver_errors,
    is_sqlite,
)

ONLY_ROW = 1
# Values per look-up.
_WIDTH = 1_000


class RegisteredName(Model):
    """A name that is or was taken in a city, cut into its parts."""

    id = BigAutoField()
    # Of city and folded name, which are unique together.
    digest = BigIntegerField(unique=True)
    city = IntegerField()
    name = CharField(max_length=100)
    district = CharField(max_length=6)
    status = CharField(max_length=12)
    since = DayField(null=True)
    until = DayField(null=True)
    # The first day on which it collides with nothing; null: not in sight.
    free_from = DayField(null=True, index=True)
    word = CharField(max_length=100)
    industry = CharField(max_length=100)
    industry_class = CharField(max_length=3)

    class Meta:
        table_name = "registered_name"


class NameKey(Model):
    """What a name is found by: the digest of city, kind and text; ``trade`` narrows it."""

    key = BigIntegerField()
    trade = SmallIntegerField()
    name_id = BigIntegerField()

    class Meta:
        table_name = "name_key"
        primary_key = CompositeKey("key", "trade", "name_id")
        # SQLite: the index is the table.
        without_rowid = True


class NameLibrary(Model):
    """The state of the register, one row; none before the first import."""

    id = SmallIntegerField(primary_key=True)
    library_date = DayField(null=True)
    is_sample = BooleanField(default=False)
    # Names up to this id have their keys.
    keyed_through = BigIntegerField(default=0)
    # Of the code that made the keys.
    keys_version = SmallIntegerField(default=0)
    changed_at = InstantField()

    class Meta:
        table_name = "name_library"


class Entry(NamedTuple):
    """A name of the register, as stored."""

    digest: int
    city: int
    name: str
    district: str
    status: str
    since: str | None
    until: str | None
    free_from: str | None
    word: str
    industry: str
    industry_class: str


class Key(NamedTuple):
    """One key of a name."""

    key: int
    trade: int
    name_id: int


_COLUMNS = [getattr(RegisteredName, name) for name in Entry._fields]


def library() -> NameLibrary | None:
    """Return the state of the register, if there is one."""
    return NameLibrary.get_or_none(NameLibrary.id == ONLY_ROW)


def change_library(**columns: Any) -> None:
    """Store columns of the state, inside a transaction."""
    if not NameLibrary.update(columns).where(NameLibrary.id == ONLY_ROW).execute():
        NameLibrary.insert(id=ONLY_ROW, **columns).execute()


def with_digest(digest: int, today: date) -> Iterator[Entry]:
    """Yield the name with this digest if it is taken today."""
    query = RegisteredName.select(*_COLUMNS).where(
        RegisteredName.digest == digest, _is_taken(today)
    )
    yield from map(Entry._make, database.execute(query))


def stored(digests: Sequence[int]) -> dict[int, tuple[int, Entry]]:
    """Return digest → id and row of the names that are in the register."""
    found = {}
    for part in chunked(digests, _WIDTH):
        query = RegisteredName.select(RegisteredName.id, *_COLUMNS)
        for row in database.execute(query.where(RegisteredName.digest.in_(part))):
            found[row[1]] = row[0], Entry._make(row[1:])
    return found


def last_id() -> int:
    """Return the highest id, 0 without names."""
    row = (
        RegisteredName.select(RegisteredName.id).order_by(RegisteredName.id.desc()).tuples().first()
    )
    return 0 if row is None else int(row[0])


def add(entries: Sequence[Entry]) -> None:
    """Insert names, inside a transaction. Raises IntegrityError for one that is there."""
    _insert("registered_name", Entry._fields, _TYPES, entries, or_ignore=False)


def add_keys(keys: Sequence[Key]) -> None:
    """Insert keys, inside a transaction; those that are there stay."""
    _insert("name_key", Key._fields, ("bigint", "smallint", "bigint"), keys, or_ignore=True)


_TYPES = ("bigint", "int", *(["text"] * 9))


def _insert(
    table: str,
    columns: Sequence[str],
    types: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    or_ignore: bool,
) -> None:
    """Insert rows in one call of the driver; `insert_many` takes three times as long."""
    if not rows:
        return
    names = ", ".join(columns)
    if is_sqlite():
        marks = ", ".join("?" * len(columns))
        verb = "INSERT OR IGNORE INTO" if or_ignore else "INSERT INTO"
        with driver_errors:
            database.connection().executemany(f"{verb} {table} ({names}) VALUES ({marks})", rows)
        return
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    ending = " ON CONFLICT DO NOTHING" if or_ignore else ""
    database.execute_sql(
        f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}){ending}",  # noqa: S608
        [list(column) for column in zip(*rows, strict=True)],
    )


def change(name_id: int, entry: Entry) -> None:
    """Replace what is stored of a name."""
    RegisteredName.update(entry._asdict()).where(RegisteredName.id == name_id).execute()


def remove(name_ids: Iterable[int], keys: Iterable[Key]) -> None:
    """Delete names and these keys of theirs, inside a transaction."""
    for part in chunked(name_ids, _WIDTH):
        RegisteredName.delete().where(RegisteredName.id.in_(part)).execute()
    remove_keys(keys)


def remove_keys(keys: Iterable[Key]) -> None:
    """Delete keys, inside a transaction."""
    for key in keys:
        NameKey.delete().where(
            NameKey.key == key.key, NameKey.trade == key.trade, NameKey.name_id == key.name_id
        ).execute()


def remove_all_keys() -> None:
    """Delete every key, inside a transaction."""
    NameKey.delete().execute()


def remove_everything() -> None:
    """Empty the register, inside a transaction."""
    for table in (NameKey, RegisteredName, NameLibrary):
        table.delete().execute()


def after(name_id: int, most: int) -> list[tuple[int, Entry]]:
    """Return up to ``most`` names with higher ids, in order."""
    query = RegisteredName.select(RegisteredName.id, *_COLUMNS)
    query = query.where(RegisteredName.id > name_id).order_by(RegisteredName.id).limit(most)
    return [(row[0], Entry._make(row[1:])) for row in database.execute(query)]


def free_before(day: date, most: int) -> list[tuple[int, Entry]]:
    """Return up to ``most`` names that are free since a day before ``day``."""
    query = RegisteredName.select(RegisteredName.id, *_COLUMNS)
    query = query.where(RegisteredName.free_from < day).limit(most)
    return [(row[0], Entry._make(row[1:])) for row in database.execute(query)]


def candidates(
    keys: Sequence[int], trades: Sequence[int] | None, today: date, most: int
) -> Iterator[Entry]:
    """Yield up to ``most`` names that are taken today and have one of the keys.

    ``trades``: of these trades alone; None: of all.
    """
    if not keys:
        return
    query = RegisteredName.select(*_COLUMNS).join(
        NameKey, on=(NameKey.name_id == RegisteredName.id)
    )
    wanted = NameKey.key.in_(keys)
    if trades is not None:
        wanted &= NameKey.trade.in_(trades)
    query = query.where(wanted, _is_taken(today)).limit(most)
    yield from map(Entry._make, database.execute(query))


def _is_taken(today: date) -> Any:
    return RegisteredName.free_from.is_null() | (RegisteredName.free_from > today)


def ids_with_key(key: int, trades: Sequence[int] | None, most: int) -> list[int]:
    """Return the ids of up to ``most`` names with this key."""
    wanted = NameKey.key == key
    if trades is not None:
        wanted &= NameKey.trade.in_(trades)
    query = NameKey.select(NameKey.name_id).where(wanted).limit(most)
    return [row[0] for row in database.execute(query)]


def by_ids(name_ids: Sequence[int], today: date) -> Iterator[Entry]:
    """Yield the names with these ids that are taken today."""
    for part in chunked(name_ids, _WIDTH):
        query = RegisteredName.select(*_COLUMNS).where(
            RegisteredName.id.in_(part), _is_taken(today)
        )
        yield from map(Entry._make, database.execute(query))
