"""Sessions: opaque bearer tokens for a WeChat user, an account, or both.

A token is 32 random bytes, stored as SHA-256. Sessions are in the database rather than Redis, so
that ending them is part of a transaction (docs/adr/0002-sessions-in-the-database.md).
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from miniprogram_api import audit, clock
from miniprogram_api.access import web_visitors
from miniprogram_api.retention import Kept
from models.accounts import sessions
from models.accounts.account_reads import Overview
from models.storage.removal import remove_before

IDLE = timedelta(hours=2)
LONGEST = Kept.SESSIONS.time
_IDLE_MS, _LONGEST_MS = IDLE // timedelta(milliseconds=1), LONGEST // timedelta(milliseconds=1)
# The row is written at most this often.
TOUCH_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """An active session.

    ``account``: the account, unmasked, as it was when the session was read, or None when it was not
    read. Read it again before changing it.
    """

    token_hash: bytes
    openid: str | None
    account_id: int | None
    account: Overview | None = field(default=None, compare=False, repr=False)
    address: str = field(default="", compare=False, repr=False)
    """The user's IP address in this call; empty for a clerk."""

    @property
    def wechat_user(self) -> str | None:
        """Return the openid, None of a browser (`web_visitors`)."""
        return web_visitors.wechat_user(self.openid)

    @property
    def is_web_visitor(self) -> bool:
        """Return whether it is a browser's without an account; anyone can make more of them."""
        return self.wechat_user is None and self.account_id is None

    @property
    def asker(self) -> str:
        """Return the name under which the user's refusals and own codes are kept."""
        return asker(self.openid, self.account_id)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new token and its idle time-out in seconds."""

    token: str
    token_hash: bytes
    expires_in: int


def asker(openid: str | None, account_id: int | None) -> str:
    """Return the name of a WeChat user, a keyed hash, or without one of an account.

    For refusals and limits, which need no openid.
    """
    return audit.by_wechat(openid) if openid else f"account:{account_id}"


def hash_of(token: str) -> bytes:
    """Return the stored form of a token."""
    return sha256(token.encode()).digest()


def start(openid: str | None, account_id: int | None) -> OpenedSession:
    """Open a session, in the transaction of its cause, if there is one."""
    token = secrets.token_urlsafe(32)
    token_hash = hash_of(token)
    sessions.add(token_hash, openid, account_id, clock.milliseconds(clock.now()))
    return OpenedSession(token, token_hash, int(IDLE.total_seconds()))


def find(token: str, address: str = "") -> SessionInfo | None:
    """Return the active session of a token, or None, and update when it was last seen.

    ``address``: the caller's.
    """
    if not 20 <= len(token) <= 100 or not token.isascii():
        return None
    token_hash = hash_of(token)
    stored = sessions.find(token_hash)
    if stored is None:
        return None
    now_ms = clock.milliseconds(clock.now())
    if not is_active(stored.created_ms, stored.seen_ms, now_ms):
        return None
    if now_ms - stored.seen_ms >= TOUCH_EVERY_MS:
        sessions.touch(token_hash, now_ms)
    return SessionInfo(token_hash, stored.openid, stored.account_id, stored.account, address)


def is_active(created_ms: int, seen_ms: int, now_ms: int) -> bool:
    """Return whether a session opened and last seen at these instants (ms) is active."""
    return now_ms - seen_ms < _IDLE_MS and now_ms - created_ms < _LONGEST_MS


def end(token_hash: bytes) -> None:
    """End one session at once, if it exists."""
    sessions.Session.delete().where(sessions.Session.token_hash == token_hash).execute()


def end_of_account(account_id: int, *, but: bytes | None = None) -> int:
    """End all sessions of an account, except ``but``; return how many."""
    query = sessions.Session.delete().where(sessions.Session.account == account_id)
    if but is not None:
        query = query.where(sessions.Session.token_hash != but)
    return int(query.execute())


def count_of_account(account_id: int) -> int:
    """Return how many active sessions an account has."""
    now = clock.now()
    living = (sessions.Session.last_seen_at > now - IDLE) & (
        sessions.Session.created_at > now - LONGEST
    )
    return int(
        sessions.Session.select().where((sessions.Session.account == account_id) & living).count()
    )


def replace(old: SessionInfo | None, account_id: int) -> OpenedSession:
    """Open an account's session in place of the one that was used, which ends."""
    if old is not None:
        end(old.token_hash)
    return start(old.openid if old else None, account_id)


def remove_expired(now: datetime) -> int:
    """Delete the rows of expired sessions; return how many."""
    idle = remove_before(sessions.Session.last_seen_at, now - IDLE)
    return idle + remove_before(sessions.Session.created_at, now - LONGEST)
