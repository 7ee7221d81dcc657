"""Sessions: opaque bearer tokens for a WeChat user, an account, or both.

A token is 32 random bytes, of which only the SHA-256 is kept. Sessions live in the database, not in
Redis: "all other sessions end" is then part of the transaction that changes the password, and a
signed-in person stays signed in while Redis is away (docs/adr/0002-sessions-in-the-database.md).
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from miniprogram_api import clock
from models.accounts import sessions as table
from models.accounts.account_reads import Overview

IDLE = timedelta(hours=2)
LONGEST = timedelta(days=7)
_IDLE_MS, _LONGEST_MS = IDLE // timedelta(milliseconds=1), LONGEST // timedelta(milliseconds=1)
# The row is written at most this often, so that reading stays reading.
TOUCH_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A living session: who holds the token.

    ``account``: the account, not masked, as it was when the token was looked at; None also where
    nobody looked. Whoever changes an account reads it again.
    """

    token_hash: bytes
    openid: str | None
    account_id: int | None
    account: Overview | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new token, shown once, and the seconds it lives without being used."""

    token: str
    token_hash: bytes
    expires_in: int


def hash_of(token: str) -> bytes:
    """What is kept of a token."""
    return sha256(token.encode()).digest()


def start(openid: str | None, account_id: int | None) -> OpenedSession:
    """Open a session; call it inside the transaction of its cause, if there is one."""
    token = secrets.token_urlsafe(32)
    token_hash = hash_of(token)
    table.add(token_hash, openid, account_id, clock.milliseconds(clock.now()))
    return OpenedSession(token, token_hash, int(IDLE.total_seconds()))


def find(token: str) -> SessionInfo | None:
    """The living session of a token, or None; notes that it was seen."""
    if not 20 <= len(token) <= 100 or not token.isascii():
        return None
    token_hash = hash_of(token)
    found = table.find(token_hash)
    if found is None:
        return None
    now_ms = clock.milliseconds(clock.now())
    if not lives(found.created_ms, found.seen_ms, now_ms):
        return None
    if now_ms - found.seen_ms >= TOUCH_EVERY_MS:
        table.touch(token_hash, now_ms)
    return SessionInfo(token_hash, found.openid, found.account_id, found.account)


def lives(created_ms: int, seen_ms: int, now_ms: int) -> bool:
    """Whether a session opened and last seen at these instants (ms) still lives."""
    return now_ms - seen_ms < _IDLE_MS and now_ms - created_ms < _LONGEST_MS


def end(token_hash: bytes) -> None:
    """End one session at once; nothing happens when it is gone already."""
    table.Session.delete().where(table.Session.token_hash == token_hash).execute()


def end_of_account(account_id: int, *, but: bytes | None = None) -> int:
    """End the sessions of an account, all of them or all but one; returns how many."""
    query = table.Session.delete().where(table.Session.account == account_id)
    if but is not None:
        query = query.where(table.Session.token_hash != but)
    return int(query.execute())


def count_of_account(account_id: int) -> int:
    """How many living sessions an account has."""
    now = clock.now()
    living = (table.Session.last_seen_at > now - IDLE) & (table.Session.created_at > now - LONGEST)
    return int(table.Session.select().where((table.Session.account == account_id) & living).count())


def replace(old: SessionInfo | None, account_id: int) -> OpenedSession:
    """Open an account's session in place of the one that was used, which dies."""
    if old is not None:
        end(old.token_hash)
    return start(old.openid if old else None, account_id)


def remove_dead(now: datetime) -> int:
    """Delete the rows of sessions that have ended by themselves; returns how many."""
    return int(
        table.Session.delete()
        .where(
            (table.Session.last_seen_at < now - IDLE) | (table.Session.created_at < now - LONGEST)
        )
        .execute()
    )
