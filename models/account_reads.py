"""Reads of accounts that sign-ins and ``GET /account`` make: few columns, statements written out.

Building peewee's statement and model for all columns costs ten times as much as running it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from peewee import BooleanField

from models.accounts import CANCELLED, Account
from models.database import DayField, all_rows, first_row, instant, is_sqlite
from models.fields import BlindIndexField, EncryptedField, keys


class Holder(NamedTuple):
    """What decides whether somebody may sign in, under the names of the columns."""

    id: int
    status: str
    password_hash: str | None
    password_reset_at: datetime | None
    phone: str | None


class _StoredHolder(Holder):
    """One whose phone is decrypted when it is first wanted, which is rarely."""

    @cached_property
    def phone(self) -> str | None:
        stored = self[-1]
        return None if stored is None else _decrypted(Account.phone, stored)


def holders_of_identity(id_number: str) -> list[Holder]:
    """The account that has this canonical ID number; a cancelled one has none any more."""
    return _holders(*_matches(Account.identity_index, id_number))


def holders_of_phone(phone: str) -> list[Holder]:
    """The accounts that have this canonical phone, without cancelled ones."""
    condition, values = _matches(Account.phone_index, phone)
    return _holders(f"{condition} AND status <> {_PLACE[is_sqlite()]}", (*values, CANCELLED))


def holders_of_username(key: str) -> list[Holder]:
    """The account that has this user name, in its canonical form."""
    return _holders(f"username_key = {_PLACE[is_sqlite()]}", (key,))


def _matches(index: BlindIndexField, canonical: str) -> tuple[str, tuple[bytes, ...]]:
    digests = tuple(keys().digests(canonical, index.context))
    places = ", ".join([_PLACE[is_sqlite()]] * len(digests))
    return f"{index.column_name} IN ({places})", digests


def _holders(condition: str, values: tuple[Any, ...]) -> list[Holder]:
    statement = f"{_HOLDER} WHERE {condition} ORDER BY id"
    return [
        _StoredHolder(id_, status, kept, None if reset is None else instant(reset), phone)
        for id_, status, kept, reset, phone in all_rows(statement, values)
    ]


class Overview(NamedTuple):
    """What the holder of an account asks for most often, under the names of the columns."""

    status: str
    level: int
    name: str
    id_number: str
    valid_from: date | None
    valid_until: date | None
    long_term: bool
    phone: str | None
    phone_verified_by: str | None
    username: str | None
    verified_by: str | None
    wechat_openid: str | None
    authorization_enabled: bool
    authorization_until: date | None


class _Stored(Overview):
    """An account of which personal data is decrypted when it is first wanted."""

    @cached_property
    def name(self) -> str:
        return _decrypted(Account.name, self[_NAME_PLACE])

    @cached_property
    def id_number(self) -> str:
        return _decrypted(Account.id_number, self[_ID_PLACE])

    @cached_property
    def phone(self) -> str | None:
        stored = self[_PHONE_PLACE]
        return None if stored is None else _decrypted(Account.phone, stored)


OVERVIEW_COLUMNS = ", ".join(f"account.{name}" for name in Overview._fields)
"""What a query selects of an account for `read_overview`."""


def read_overview(row: Sequence[Any]) -> Overview | None:
    """The account of a row of `OVERVIEW_COLUMNS`; None where a join found none."""
    return None if row[0] is None else _read(row)


def overview(account_id: int) -> Overview | None:
    """The account as its holder sees it, not yet masked."""
    row = first_row(_OVERVIEW[is_sqlite()], (account_id,))
    return None if row is None else _read(row)


def locked(account_id: int) -> tuple[str | None, Overview] | None:
    """Password hash and overview as they are; until the transaction ends nobody changes them."""
    row = first_row(_LOCKED[is_sqlite()], (account_id,))
    return None if row is None else (row[0], _read(row[1:]))


def _read(row: Sequence[Any]) -> Overview:
    values = list(row)
    for place, read in _READERS:
        if values[place] is not None:
            values[place] = read(values[place])
    return _Stored._make(values)


def password_reset_at(account_id: int) -> datetime | None:
    """When the password was reset last; None when it never was."""
    row = first_row(_RESET[is_sqlite()], (account_id,))
    return None if row is None or row[0] is None else instant(row[0])


def _decrypted(field: EncryptedField, stored: Any) -> str:
    return keys().decrypt(bytes(stored), field.context)


def _readers() -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """The places of the columns whose stored form is not the value itself, and how to read them."""
    for place, name in enumerate(Overview._fields):
        field = getattr(Account, name)
        if isinstance(field, DayField):
            yield place, date.fromisoformat
        elif isinstance(field, BooleanField):
            yield place, bool


_PLACE = {True: "?", False: "%s"}
_READERS = list(_readers())
_NAME_PLACE, _ID_PLACE, _PHONE_PLACE = map(Overview._fields.index, ("name", "id_number", "phone"))
_HOLDER = f"SELECT {', '.join(Holder._fields)} FROM account"  # noqa: S608 - names of our own.
_OVERVIEW = {
    sqlite: f"SELECT {OVERVIEW_COLUMNS} FROM account WHERE id = {place}"  # noqa: S608
    for sqlite, place in _PLACE.items()
}
_RESET = {
    True: "SELECT password_reset_at FROM account WHERE id = ?",
    False: "SELECT password_reset_at FROM account WHERE id = %s",
}
_LOCKED = {
    True: f"SELECT password_hash, {OVERVIEW_COLUMNS} FROM account WHERE id = ?",  # noqa: S608
    False: f"SELECT password_hash, {OVERVIEW_COLUMNS} FROM account WHERE id = %s FOR UPDATE",  # noqa: S608
}
