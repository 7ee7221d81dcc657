"""Idempotent calls: the same key and body within 24 hours get the same answer.

The first call holds a lease while it runs; its answer is stored encrypted, without its session
token: a replay opens a new session in place of the first one, if that is still active.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from models.accounts import sessions as stored_sessions
from models.accounts.accounts import Account
from models.accounts.idempotency import IdempotentCall
from models.storage.database import IntegrityError, transaction
from models.storage.fields import keys
from models.storage.removal import remove_before


@dataclass(frozen=True)
class Begun:
    """A running call, to be finished or abandoned."""

    key_hash: bytes
    holder: str


@dataclass(frozen=True)
class Replay:
    """The stored answer; ``token`` is the new session token to put into it."""

    status: int
    body: str
    token: str | None


def key_hash(method: str, path: str, token: str, key: str) -> bytes:
    """Return the identity of a call; the token cannot be recovered from it."""
    return sha256("\0".join((method, path, token, key)).encode()).digest()


def body_digests(body: bytes) -> list[bytes]:
    """Return keyed hashes of the body, one for each key in force, the current one first.

    Keyed, because the plain hash of an ID number could be guessed.
    """
    return keys().digests(sha256(body).hexdigest(), b"idempotency")


def replay_of(call_hash: bytes, digests: list[bytes]) -> Replay | None:
    """Return the answer stored for this call, or None.

    Raises Refused: IDEMPOTENCY_CONFLICT for another body, IDEMPOTENCY_IN_PROGRESS while the first
    call runs, UNAUTHENTICATED when the session that the answer opened has ended.
    """
    row = IdempotentCall.get_or_none(IdempotentCall.key_hash == call_hash)
    now = clock.now()
    if row is None or row.created_at <= Kept.IDEMPOTENT_CALLS.cutoff(now):
        return None
    kept = bytes(row.body_digest)
    if not any(hmac.compare_digest(kept, digest) for digest in digests):
        raise Refused(Reason.IDEMPOTENCY_CONFLICT)
    if row.status is None:
        if row.lease_until > now:
            raise Refused(
                Reason.IDEMPOTENCY_IN_PROGRESS,
                retry_after=max(1, -((now - row.lease_until) // timedelta(seconds=1))),
            )
        return None
    opened = row.session_hash
    token = None if opened is None else _token_again(call_hash, bytes(opened))
    return Replay(row.status, row.body, token)


def _token_again(call_hash: bytes, session_hash: bytes) -> str:
    with transaction():
        row = stored_sessions.find(session_hash)
        if row is not None and row[1] is not None:
            # Ending all sessions of an account locks it, so no new one can be missed.
            Account.locked(row[1])
            row = stored_sessions.find(session_hash)
        if row is None or not sessions.is_active(row[2], row[3], clock.milliseconds(clock.now())):
            raise Refused(Reason.UNAUTHENTICATED)
        sessions.end(session_hash)
        opened = sessions.start(row[0], row[1])
        IdempotentCall.update(session_hash=opened.token_hash).where(
            IdempotentCall.key_hash == call_hash
        ).execute()
    return opened.token


def begin(call_hash: bytes, digests: list[bytes], lease: timedelta) -> Begun | Replay:
    """Claim the call, or return its answer. Raises Refused like ``replay_of``.

    After ``lease`` a call whose process died can be repeated; it must be longer than any call.
    """
    now = clock.now()
    holder = secrets.token_hex(16)
    fresh = {
        "body_digest": digests[0],
        "holder": holder,
        "created_at": now,
        "lease_until": now + lease,
        "status": None,
        "body": None,
        "session_hash": None,
    }
    try:
        with transaction():
            IdempotentCall.insert(key_hash=call_hash, **fresh).execute()
        return Begun(call_hash, holder)
    except IntegrityError:
        replay = replay_of(call_hash, digests)
    if replay is not None:
        return replay
    # The row has expired, or its process died: take it over, unless another call just did.
    is_free = (IdempotentCall.created_at <= Kept.IDEMPOTENT_CALLS.cutoff(now)) | (
        IdempotentCall.status.is_null() & (IdempotentCall.lease_until <= now)
    )
    taken = (
        IdempotentCall.update(**fresh)
        .where((IdempotentCall.key_hash == call_hash) & is_free)
        .execute()
    )
    if not taken:
        raise Refused(Reason.IDEMPOTENCY_IN_PROGRESS, retry_after=1)
    return Begun(call_hash, holder)


def finish(begun: Begun, status: int, body: str, session_hash: bytes | None) -> None:
    """Store the answer; ``body`` must not contain the token of the session that it opened."""
    IdempotentCall.update(status=status, body=body, session_hash=session_hash).where(
        (IdempotentCall.key_hash == begun.key_hash) & (IdempotentCall.holder == begun.holder)
    ).execute()


def abandon(begun: Begun) -> None:
    """Forget the call, because its failure may be temporary."""
    IdempotentCall.delete().where(
        (IdempotentCall.key_hash == begun.key_hash) & (IdempotentCall.holder == begun.holder)
    ).execute()


def remove_old() -> int:
    """Delete expired answers; return how many."""
    return remove_before(IdempotentCall.created_at, Kept.IDEMPOTENT_CALLS.cutoff())
