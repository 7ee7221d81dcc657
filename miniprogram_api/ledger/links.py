"""Chain rows of other tables in batches, in the worker: no call waits for the lock of a chain.

A row is unprotected until its batch, some seconds later; its stamp or signature is made when it is
written. See docs/adr/0009-the-ledger.md.
"""

import hashlib
import secrets
import time
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from peewee import JOIN

from miniprogram_api import clock
from miniprogram_api.ledger.lines import BEGINNING, SALT_LENGTH, canonical
from miniprogram_api.ledger.sources import CHAINS, DECISIONS, Chain, Row, Source
from models.desks import ledger_keys
from models.desks import links as table
from models.desks.links import ERASED, ChainLink, DecisionLink, DecisionSalt, Link
from models.storage.database import lock, transaction

EVERY = timedelta(minutes=1)
BATCH = 500
"""Rows of one transaction; SQLite's other writers wait for it."""
LONGEST_TRANSACTION = timedelta(minutes=15)
"""A row that is written later than others with a higher id is chained within this time."""
_MOST_SECONDS = 20
"""Of one run, so that a filled table is chained in several runs beside other work."""
_INSERTED_AT_ONCE = 100

_New = tuple[str, int, bytes, str | None]
"""Source, id, content and personal part of a row to be chained."""


def chain_all() -> int:
    """Chain what is not chained yet, for at most 20 seconds; return the number of rows."""
    count, until = 0, time.monotonic() + _MOST_SECONDS
    for chain in CHAINS:
        for source in chain.sources:
            while batch := _chain_batch(chain, source):
                count += batch
                if batch < BATCH or time.monotonic() > until:
                    break
    return count


def erased(source: str, row_ids: Collection[int]) -> None:
    """Record that rows of the decisions' chain lose their personal part, or go as a whole.

    Call in the transaction of a lawful erasure, in the worker. Their salts are erased; what was not
    chained yet needs no record.
    """
    links = DecisionLink
    chained = links.select(links.number).where(
        (links.source == source) & links.row_id.in_(list(row_ids))
    )
    lock(_lock_of(DECISIONS))
    numbers = [row.number for row in chained.order_by(links.number)]
    DecisionSalt.update(salt=None).where(DecisionSalt.number.in_(numbers)).execute()
    _append(DECISIONS, [(ERASED, number, b"", None) for number in numbers])


def heads() -> dict[str, tuple[int, bytes]]:
    """Return chain → number and hash of its last link; 0 and the beginning where it is empty."""
    return {chain.name: table.last(chain.links) or (0, BEGINNING) for chain in CHAINS}


def unchained(chain: Chain) -> Iterable[tuple[Source, int]]:
    """Yield up to ten rows that were inserted behind the chain, where no batch looks any more."""
    for source in chain.sources:
        below = source.table.id <= _checked_up_to(chain, source)
        for row in _without_link(chain, source).where(below).limit(10):
            yield source, row.id


def waiting_since() -> datetime | None:
    """Return when the oldest row that is not chained yet was written; None without one."""
    oldest = []
    for chain in CHAINS:
        for source in chain.sources:
            first = _waiting(chain, source).select(source.table.at).first()
            if first is not None:
                oldest.append(first.at)
    return min(oldest, default=None)


def link_hash(chain: Chain, link: Link) -> bytes:
    """Compute HMAC-SHA256 of the chain's name and all columns but the hash as one JSON list.

    Raises KeyError when this process lacks the link's key.
    """
    parts = [part.hex() if isinstance(part, bytes) else part for part in link]
    return ledger_keys.mac(link.key_id, canonical([chain.name, *parts]).encode())


def content_hash(content: bytes) -> bytes:
    """Compute SHA-256 of what is kept of a row for good."""
    return hashlib.sha256(content).digest()


def personal_hash(salt: bytes, personal: str) -> bytes:
    """Compute SHA-256 of the salt and the personal part of a row."""
    return hashlib.sha256(salt + personal.encode()).digest()


def _chain_batch(chain: Chain, source: Source) -> int:
    """Chain the next rows; return how many, 0 when another worker did it meanwhile."""
    before = table.last(chain.links)
    rows = [_new(source, row) for row in source.read(_waiting(chain, source).limit(BATCH))]
    with transaction():
        lock(_lock_of(chain))
        if table.last(chain.links) != before:
            return 0
        _append(chain, rows)
    return len(rows)


def _new(source: Source, row: Row) -> _New:
    # What cannot be decrypted is chained as it is, and verification says so.
    return source.name, row.id, row.content, row.personal if row.is_readable else ""


def _append(chain: Chain, rows: Collection[_New]) -> None:
    """Append links to a locked chain."""
    number, previous = table.last(chain.links) or (0, BEGINNING)
    now, key_id = clock.milliseconds(clock.now()), ledger_keys.writing()
    links: list[dict[str, Any]] = []
    salts: list[dict[str, Any]] = []
    for source, row_id, content, personal in rows:
        number += 1
        hashed = None
        if personal is not None:
            salt = secrets.token_bytes(SALT_LENGTH)
            salts.append({"number": number, "salt": salt})
            hashed = personal_hash(salt, personal)
        link = Link(number, now, source, row_id, key_id, content_hash(content), hashed, previous)
        previous = link_hash(chain, link)
        links.append({**link._asdict(), "hash": previous})
    _insert(chain.links, links)
    _insert(DecisionSalt, salts)


def _insert(model: Any, rows: Collection[dict[str, Any]]) -> None:
    left = iter(rows)
    while part := list(islice(left, _INSERTED_AT_ONCE)):
        model.insert_many(part).execute()


def _waiting(chain: Chain, source: Source) -> Any:
    """Return the query of the rows that the next batch takes, oldest first."""
    newer = source.table.id > _checked_up_to(chain, source)
    return _without_link(chain, source).where(newer).order_by(source.table.id)


def _without_link(chain: Chain, source: Source) -> Any:
    links: Any = chain.links
    of_row = (links.source == source.name) & (links.row_id == source.table.id)
    query = source.table.select().join(links, JOIN.LEFT_OUTER, on=of_row)
    return query.where(links.number.is_null())


def _checked_up_to(chain: Chain, source: Source) -> int:
    """Return an id up to which all rows are committed and were looked at.

    It is that of the last row that was chained longer ago than any transaction lasts.
    """
    links: type[ChainLink] = chain.links
    query = links.select(links.row_id).where(
        (links.source == source.name) & (links.at < clock.now() - LONGEST_TRANSACTION)
    )
    found: int | None = query.order_by(links.number.desc()).limit(1).scalar()
    return found or 0


def _lock_of(chain: Chain) -> str:
    return f"chain:{chain.name}"
