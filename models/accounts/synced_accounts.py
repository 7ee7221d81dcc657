"""Bulk look-ups and inserts for importing the accounts of an older system."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from peewee import Field, chunked

from models.accounts.accounts import CANCELLED, UNACTIVATED, Account
from models.storage.compiled import Compiled, parameters
from models.storage.database import database
from models.storage.fields import BlindIndexField, keys

SOURCE = "synced"


class PlainAccount(NamedTuple):
    """An imported person; values are canonical, days are ISO 8601."""

    id_number: str
    name: str
    phone: str
    username: str | None
    """As typed; every other value is canonical."""
    valid_from: str | None
    valid_until: str | None
    long_term: bool


class SealedAccount(NamedTuple):
    """The same as stored, by column."""

    id_number: bytes
    identity_index: bytes
    name: bytes
    phone: bytes
    phone_index: bytes
    username: bytes | None
    username_index: bytes | None
    valid_from: str | None
    valid_until: str | None
    long_term: bool


def seal(accounts: Sequence[PlainAccount]) -> list[SealedAccount]:
    """Encrypt and index; keep the order."""
    ring = keys()
    numbers = [account.id_number for account in accounts]
    phones = [account.phone for account in accounts]
    columns = (
        ring.encrypt_all(numbers, Account.id_number.context),
        ring.digest_all(numbers, Account.identity_index.context),
        ring.encrypt_all([account.name for account in accounts], Account.name.context),
        ring.encrypt_all(phones, Account.phone.context),
        ring.digest_all(phones, Account.phone_index.context),
        *_sealed_usernames(accounts),
        *zip(*(account[4:] for account in accounts), strict=True),
    )
    return list(map(SealedAccount._make, zip(*columns, strict=True)))


def _sealed_usernames(accounts: Sequence[PlainAccount]) -> Iterator[list[bytes | None]]:
    """Yield the encrypted user names and their indexes; None for accounts without one."""
    ring = keys()
    names = [account.username for account in accounts if account.username is not None]
    canonical = map(Account.username_index.canonical, names)
    for sealed in (
        ring.encrypt_all(names, Account.username.context),
        ring.digest_all(canonical, Account.username_index.context),
    ):
        values = iter(sealed)
        yield [None if account.username is None else next(values) for account in accounts]


def under_other_keys(digests: dict[bytes, str], field: BlindIndexField) -> dict[bytes, str]:
    """Extend blind index → value by the same values' indexes under all other keys."""
    ring = keys()
    if len(ring.index) == 1:
        return digests
    return {
        digest: value for value in digests.values() for digest in ring.digests(value, field.context)
    }


def known_people(numbers: Mapping[bytes, str]) -> dict[str, str]:
    """Return ID number → status of the account with this identity, CANCELLED for former ones.

    ``numbers`` are the ID numbers by their blind indexes under every key.
    """
    names: dict[str, str] = {}
    for digest, status in _select(numbers, Account.identity_index, Account.status):
        names[numbers[bytes(digest)]] = status
    for (digest,) in _select(numbers, Account.former_identity_index):
        names.setdefault(numbers[bytes(digest)], CANCELLED)
    return names


def accounts_on_phones(phones: Mapping[bytes, str]) -> Counter[str]:
    """Count the accounts on each of these phones, without cancelled ones.

    ``phones`` are the phones by their blind indexes under every key.
    """
    counts: Counter[str] = Counter()
    for digest, status in _select(phones, Account.phone_index, Account.status):
        counts[phones[bytes(digest)]] += status != CANCELLED
    return counts


def taken_usernames(names: Mapping[bytes, str]) -> set[str]:
    """Return which of the canonical user names are taken.

    ``names`` are the user names by their blind indexes under every key.
    """
    return {names[bytes(digest)] for (digest,) in _select(names, Account.username_index)}


def add(accounts: Sequence[SealedAccount], created_ms: int) -> None:
    """Insert unactivated accounts at level 3, inside a transaction.

    Raises IntegrityError, with nothing inserted, when an identity or a user name is taken.
    """
    _add.run_many(dict(account._asdict(), created_at=created_ms) for account in accounts)


@Compiled
def _add() -> Any:
    # insert_many takes three times as long (docs/adr/0020-compiled-queries.md).
    return Account.insert(
        {
            **parameters(Account, *SealedAccount._fields, "created_at"),
            Account.status: UNACTIVATED,
            Account.source: SOURCE,
        }
    )


# Values per look-up.
_WIDTH = 1_000


def _select(values: Iterable[bytes], field: Field, *more: Field) -> Iterator[tuple[Any, ...]]:
    """Yield these columns of the accounts whose first one has one of the values."""
    for part in chunked(values, _WIDTH):
        yield from database.execute(Account.select(field, *more).where(field.in_(part)))
