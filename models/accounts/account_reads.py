"""Reads of accounts for sign-ins and ``GET /account``: few columns, decrypted lazily."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from peewee import BooleanField, Expression

from models.accounts.accounts import CANCELLED, Account
from models.storage.compiled import Compiled, Parameter
from models.storage.database import DayField, InstantField, database, for_update, instant
from models.storage.fields import EncryptedField, keys


class Holder(NamedTuple):
    """The columns that decide a sign-in."""

    id: int
    status: str
    password_hash: str | None
    password_reset_at: datetime | None
    phone: str | None


class _StoredHolder(Holder):
    """A holder whose phone is decrypted at its first use, which is rare."""

    @cached_property
    def phone(self) -> str | None:
        """Decrypt the phone."""
        stored = self[-1]
        return None if stored is None else _decrypted(Account.phone, stored)


def holders_of_identity(id_number: str) -> list[Holder]:
    """Return the account of this canonical ID number; cancelled ones have no index."""
    return _holders(Account.identity_index.matches(id_number))


def holders_of_phone(phone: str) -> list[Holder]:
    """Return the accounts of this canonical phone, without cancelled ones."""
    return _holders(Account.phone_index.matches(phone) & (Account.status != CANCELLED))


def holders_of_username(username: str) -> list[Holder]:
    """Return the account of this user name."""
    return _holders(Account.username_index.matches(username))


def _holders(condition: Expression) -> list[Holder]:
    columns = [getattr(Account, name) for name in Holder._fields]
    rows = database.execute(Account.select(*columns).where(condition).order_by(Account.id))
    return [
        _StoredHolder(id_, status, kept, None if reset is None else instant(reset), phone)
        for id_, status, kept, reset, phone in rows
    ]


class Overview(NamedTuple):
    """The columns of an account that are read most often."""

    id: int
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
    authorization_closed_at: datetime | None


class _Stored(Overview):
    """An account whose personal data is decrypted at its first use."""

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

    @cached_property
    def username(self) -> str | None:
        stored = self[_USERNAME_PLACE]
        return None if stored is None else _decrypted(Account.username, stored)

    @cached_property
    def wechat_openid(self) -> str | None:
        stored = self[_OPENID_PLACE]
        return None if stored is None else _decrypted(Account.wechat_openid, stored)


OVERVIEW_COLUMNS = tuple(getattr(Account, name) for name in Overview._fields)
"""The columns of an account for `read_overview`."""


def read_overview(row: Sequence[Any]) -> Overview | None:
    """Read a row of `OVERVIEW_COLUMNS`; None where a join found none."""
    return None if row[0] is None else _read(row)


@Compiled
def _overview() -> Any:
    return Account.select(*OVERVIEW_COLUMNS).where(Account.id == Parameter("account_id"))


def overview(account_id: int) -> Overview | None:
    """Return the account of this id, not masked."""
    row = _overview.first(account_id=account_id)
    return None if row is None else _read(row)


def locked(account_id: int) -> tuple[str | None, Overview] | None:
    """Return password hash and overview, locked until the transaction ends."""
    query = Account.select(Account.password_hash, *OVERVIEW_COLUMNS).where(Account.id == account_id)
    row = next(iter(database.execute(for_update(query)).fetchall()), None)
    return None if row is None else (row[0], _read(row[1:]))


def _read(row: Sequence[Any]) -> Overview:
    values = list(row)
    for place, read in _READERS:
        if values[place] is not None:
            values[place] = read(values[place])
    return _Stored._make(values)


def password_reset_at(account_id: int) -> datetime | None:
    """Return when the password was last reset, or None."""
    row = _reset_at.first(account_id=account_id)
    return None if row is None or row[0] is None else instant(row[0])


@Compiled
def _reset_at() -> Any:
    return Account.select(Account.password_reset_at).where(Account.id == Parameter("account_id"))


def _decrypted(field: EncryptedField, stored: Any) -> str:
    return keys().decrypt(bytes(stored), field.context)


def _readers() -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """Yield the index of each column that needs a conversion, and the conversion."""
    for place, name in enumerate(Overview._fields):
        field = getattr(Account, name)
        if isinstance(field, DayField):
            yield place, date.fromisoformat
        elif isinstance(field, InstantField):
            yield place, instant
        elif isinstance(field, BooleanField):
            yield place, bool


_READERS = list(_readers())
_NAME_PLACE, _ID_PLACE, _PHONE_PLACE, _USERNAME_PLACE, _OPENID_PLACE = map(
    Overview._fields.index, ("name", "id_number", "phone", "username", "wechat_openid")
)
