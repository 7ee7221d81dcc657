"""Reads of accounts for sign-ins and ``GET /account``: few columns, decrypted (1 µs a column)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from peewee import Expression

from models.accounts.accounts import CANCELLED, Account
from models.storage.database import database, for_update


@dataclass(frozen=True, slots=True)
class Holder:
    """The columns that decide a sign-in."""

    id: int
    status: str
    password_hash: str | None = field(repr=False)
    password_reset_at: datetime | None
    phone: str | None = field(repr=False)


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
    columns = [getattr(Account, column.name) for column in fields(Holder)]
    query: Any = Account.select(*columns).where(condition).order_by(Account.id)
    return [Holder(*row) for row in query.tuples()]


@dataclass(frozen=True, slots=True)
class Overview:
    """The columns of an account that are read most often."""

    id: int
    status: str
    level: int
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: date | None
    valid_until: date | None
    long_term: bool
    phone: str | None = field(repr=False)
    phone_verified_by: str | None
    username: str | None = field(repr=False)
    verified_by: str | None
    wechat_openid: str | None = field(repr=False)
    authorization_enabled: bool
    authorization_until: date | None
    authorization_closed_at: datetime | None


OVERVIEW_COLUMNS = tuple(getattr(Account, column.name) for column in fields(Overview))
"""The columns of an account for `read_overview`."""


def read_overview(row: Sequence[Any]) -> Overview | None:
    """Read a row of `OVERVIEW_COLUMNS` as the driver returns it; None where a join found none."""
    if row[0] is None:
        return None
    pairs = zip(OVERVIEW_COLUMNS, row, strict=True)
    return Overview(*[column.python_value(value) for column, value in pairs])


def overview(account_id: int) -> Overview | None:
    """Return the account of this id, not masked."""
    row = Account.select(*OVERVIEW_COLUMNS).where(Account.id == account_id).tuples().first()
    return None if row is None else Overview(*row)


def locked(account_id: int) -> tuple[str | None, Overview] | None:
    """Return password hash and overview, locked until the transaction ends."""
    query = Account.select(Account.password_hash, *OVERVIEW_COLUMNS).where(Account.id == account_id)
    row = next(iter(database.execute(for_update(query)).fetchall()), None)
    known = None if row is None else read_overview(row[1:])
    return None if row is None or known is None else (row[0], known)


def password_reset_at(account_id: int) -> datetime | None:
    """Return when the password was last reset, or None."""
    earliest: datetime | None = (
        Account.select(Account.password_reset_at).where(Account.id == account_id).scalar()
    )
    return earliest
