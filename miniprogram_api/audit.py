"""The audit log: one line for every act that changes an account or its rights."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from peewee import fn

from miniprogram_api import clock
from models.desks import audit
from models.storage.database import transaction
from models.storage.fields import keys

_TAG = re.compile(r"[a-z]+(?:_[a-z]+)*(?::[a-z]+(?:_[a-z]+)*){2}")


def write(tag: str, *, actor: str, account_id: int | None = None, **details: Any) -> None:
    """Add one line; call inside the transaction of its cause.

    ``tag`` reads ``source:subject:action`` such as ``api:account:registered``; ``actor`` is
    ``account:7`` or ``command:root``; ``details`` become JSON and hold no personal data. Raises
    ValueError for a tag of another form.
    """
    if not _TAG.fullmatch(tag):
        raise ValueError(f"An audit tag reads source:subject:action, not {tag!r}.")
    audit.add(
        clock.milliseconds(clock.now()),
        tag,
        actor,
        account_id,
        json.dumps(details, ensure_ascii=True, sort_keys=True) if details else "{}",
    )


def write_own(tag: str, *, actor: str, **details: Any) -> None:
    """Add a line in a transaction of its own, for reading data or taking a file."""
    with transaction():
        write(tag, actor=actor, **details)


def by_account(account_id: int) -> str:
    """Return the actor of an act of the account's holder."""
    return f"account:{account_id}"


def by_wechat(openid: str) -> str:
    """Return the actor of an act of a WeChat user: a keyed hash, as lines are kept for years."""
    return f"wechat:{keys().counter_name(openid, b'openid')[:24]}"


def by_asker(account_id: int | None, openid: str | None) -> str:
    """Return the actor of an act of an account's holder, else of a WeChat user."""
    return by_wechat(openid or "") if account_id is None else by_account(account_id)


@dataclass(frozen=True, slots=True)
class Line:
    """One audit line; ``details`` is JSON text."""

    id: int
    at: datetime
    tag: str
    actor: str
    account_id: int | None
    details: str


def search(
    *,
    tag: str | None = None,
    actors: Collection[str] | None = None,
    account_id: int | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Line]:
    """Return the newest lines that match every filter, at most ``limit``; days are Shanghai's.

    ``before``: the id of the last line of the previous page.
    """
    entry = audit.AuditEntry
    query = entry.select(
        entry.id, entry.at, entry.tag, entry.actor, entry.account_id, entry.details
    )
    if tag is not None:
        query = query.where(entry.tag == tag)
    if actors is not None:
        query = query.where(entry.actor.in_(list(actors)))
    if account_id is not None:
        query = query.where(entry.account_id == account_id)
    if first_day is not None:
        query = query.where(entry.at >= clock.midnight(first_day))
    if last_day is not None:
        query = query.where(entry.at < clock.midnight(last_day + timedelta(days=1)))
    last = None if before is None else entry.get_or_none(entry.id == before)
    if last is not None:
        is_later = (entry.at == last.at) & (entry.id >= last.id)
        query = query.where((entry.at <= last.at) & ~is_later)
    rows: Any = query.order_by(entry.at.desc(), entry.id.desc()).limit(limit).tuples()
    return [Line(*row) for row in rows]


def tags() -> list[str]:
    """Return all tags in the log, in alphabetical order."""
    return audit.tags()


def count_by_tag(begins: datetime, ends: datetime) -> dict[str, int]:
    """Return how many lines of each tag were written from ``begins`` until before ``ends``."""
    entry = audit.AuditEntry
    query = entry.select(entry.tag, fn.COUNT(entry.id)).where(entry.at >= begins, entry.at < ends)
    rows: Any = query.group_by(entry.tag).order_by(entry.tag).tuples()
    return dict(rows)
