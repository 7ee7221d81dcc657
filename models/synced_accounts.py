"""Bringing in the accounts of an older system: look-ups and inserts of many rows at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from peewee import CharField, chunked

from models.accounts import CANCELLED, UNACTIVATED, Account
from models.database import copy_in, database, is_sqlite
from models.fields import BlindIndexField, keys

SOURCE = "synced"
# SQLite takes 32,766 parameters in one statement.
_MOST_PARAMETERS = 30_000
_COPY_TYPES = {"VARCHAR": "varchar", "SMALLINT": "int2", "BIGINT": "int8", "BOOL": "bool"}


class PlainAccount(NamedTuple):
    """What is known of a person; values are canonical, days are ISO 8601."""

    id_number: str
    name: str
    phone: str
    username: str | None
    username_key: str | None
    valid_from: str | None
    valid_until: str | None
    long_term: bool


class SealedAccount(NamedTuple):
    """The same as the table keeps it, under the names of the columns."""

    id_number: bytes
    identity_index: bytes
    name: bytes
    phone: bytes
    phone_index: bytes
    username: str | None
    username_key: str | None
    valid_from: str | None
    valid_until: str | None
    long_term: bool


def seal(accounts: Sequence[PlainAccount]) -> list[SealedAccount]:
    """Encrypt and index; in the same order."""
    ring = keys()
    numbers = [account.id_number for account in accounts]
    phones = [account.phone for account in accounts]
    columns = (
        ring.encrypt_all(numbers, Account.id_number.context),
        ring.digest_all(numbers, Account.identity_index.context),
        ring.encrypt_all([account.name for account in accounts], Account.name.context),
        ring.encrypt_all(phones, Account.phone.context),
        ring.digest_all(phones, Account.phone_index.context),
        *zip(*(account[3:] for account in accounts), strict=True),
    )
    return list(map(SealedAccount._make, zip(*columns, strict=True)))


def under_other_keys(digests: dict[bytes, str], field: BlindIndexField) -> dict[bytes, str]:
    """Blind index → value: those given, and those of the same values under all other keys."""
    ring = keys()
    if len(ring.index) == 1:
        return digests
    return {
        digest: value for value in digests.values() for digest in ring.digests(value, field.context)
    }


def known_people(numbers: Mapping[bytes, str]) -> dict[str, str]:
    """ID number → status of the account that has this identity, or had it until it was cancelled.

    ``numbers`` are the ID numbers by their blind indexes under every key in force.
    """
    found: dict[str, str] = {}
    for digest, status in _select("SELECT identity_index, status", "identity_index", numbers):
        found[numbers[bytes(digest)]] = status
    for (digest,) in _select("SELECT former_identity_index", "former_identity_index", numbers):
        found.setdefault(numbers[bytes(digest)], CANCELLED)
    return found


def accounts_on_phones(phones: Mapping[bytes, str]) -> Counter[str]:
    """How many accounts each of these phones serves by now; cancelled ones do not count.

    ``phones`` are the phones by their blind indexes under every key in force.
    """
    counts: Counter[str] = Counter()
    select = f"SELECT phone_index, sum(CASE status WHEN '{CANCELLED}' THEN 0 ELSE 1 END)"
    for digest, count in _select(select, "phone_index", phones, " GROUP BY phone_index"):
        counts[phones[bytes(digest)]] += count
    return counts


def taken_usernames(names: Sequence[str]) -> set[str]:
    """Those of the canonical user names that somebody has."""
    return {name for (name,) in _select("SELECT username_key", "username_key", names)}


def add(accounts: Sequence[SealedAccount], created_ms: int) -> None:
    """Insert unactivated accounts at level 3, inside a transaction.

    Raises IntegrityError, and then nothing is inserted, when an identity or a user name is taken.
    """
    same = {"status": UNACTIVATED, "source": SOURCE, "created_at": created_ms}
    same = {**_defaults([*SealedAccount._fields, *same]), **same}
    constants = tuple(same.values())
    rows = (account + constants for account in accounts)
    (_insert if is_sqlite() else _copy)([*SealedAccount._fields, *same], rows)


def _defaults(given: Sequence[str]) -> dict[str, Any]:
    """The model's defaults of the columns that are not given; the database itself has none."""
    return {
        field.column_name: field.db_value(field.default)
        for field in Account._meta.sorted_fields
        if field.column_name not in given and field.default is not None
    }


def _insert(names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    # Many rows in one statement: while it runs, another thread may work.
    one = f"({', '.join('?' * len(names))})"
    for part in chunked(rows, _MOST_PARAMETERS // len(names)):
        places = ", ".join([one] * len(part))
        database.execute_sql(
            f"INSERT INTO account ({', '.join(names)}) VALUES {places}",  # noqa: S608
            [value for row in part for value in row],
        )


def _copy(names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    fields = [Account._meta.columns[name] for name in names]
    types = [_COPY_TYPES.get(field.field_type, "bytea") for field in fields]
    copy_in(f"COPY account ({', '.join(names)}) FROM STDIN (FORMAT BINARY)", types, rows)


def _select(
    beginning: str, column: str, values: Mapping[Any, Any] | Sequence[Any], end: str = ""
) -> Iterator[tuple[Any, ...]]:
    """The rows of ``account`` in which ``column`` has one of the values."""
    wanted = list(values)
    statement = f"{beginning} FROM account WHERE {column}"
    if not is_sqlite():
        # The values go as one text, because the driver takes long for an array of many. OFFSET 0
        # makes PostgreSQL use the index for each of them. Else it reads the whole table as long as
        # it has not learnt how that grows, which it does only after a while.
        is_text = isinstance(Account._meta.columns[column], CharField)
        value = "part" if is_text else "decode(part, 'hex')"
        statement = (
            f"{beginning} FROM unnest(string_to_array(%s, ',')) AS part CROSS JOIN LATERAL "  # noqa: S608
            f"(SELECT * FROM account WHERE {column} = {value} OFFSET 0) AS account"
        )
        parts = wanted if is_text else [digest.hex() for digest in wanted]
        yield from database.execute_sql(statement + end, (",".join(parts),)).fetchall()
        return
    for start in range(0, len(wanted), _MOST_PARAMETERS):
        part = wanted[start : start + _MOST_PARAMETERS]
        places = ", ".join("?" * len(part))
        yield from database.execute_sql(f"{statement} IN ({places}){end}", part).fetchall()
