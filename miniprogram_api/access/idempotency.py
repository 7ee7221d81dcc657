"""Repeated calls: the same key and body within 24 hours get the same answer.

A mini program that goes to the background loses answers, so every write can be repeated. The first
call holds a lease while it runs; its answer is kept encrypted. A session token in the answer is not
kept: a repeated answer opens a new session in its place, if that one still lives.
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
from models.accounts import sessions as table
from models.accounts.accounts import locked
from models.accounts.idempotency import IdempotentCall
from models.storage.database import IntegrityError, transaction
from models.storage.fields import keys


@dataclass(frozen=True)
class Begun:
    """This call runs now and must be finished or abandoned."""

    key_hash: bytes
    holder: str


@dataclass(frozen=True)
class Replay:
    """The answer that was given before; ``token`` is the new session token to put into it."""

    status: int
    body: str
    token: str | None


def key_hash(method: str, path: str, token: str, key: str) -> bytes:
    """What a call is known by; the token is hashed with the rest and cannot be read back."""
    return sha256("\0".join((method, path, token, key)).encode()).digest()


def body_digests(body: bytes) -> list[bytes]:
    """Keyed hashes of the body, since a plain one of an ID number could be guessed.

    One for each key in force: the first is kept, and any of them may be what was kept before.
    """
    return keys().digests(sha256(body).hexdigest(), b"idempotency")


def replay_of(call_hash: bytes, digests: list[bytes]) -> Replay | None:
    """The answer kept for this call, or None when there is none (yet).

    Raises Refused: IDEMPOTENCY_CONFLICT for another body, IDEMPOTENCY_IN_PROGRESS while the first
    call runs, UNAUTHENTICATED when the session that the answer opened has ended since.
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
        found = table.find(session_hash)
        if found is not None and found[1] is not None:
            # Whoever ends all sessions of an account holds it meanwhile: no new one may slip by.
            locked(found[1])
            found = table.find(session_hash)
        if found is None or not sessions.lives(found[2], found[3], clock.milliseconds(clock.now())):
            raise Refused(Reason.UNAUTHENTICATED)
        sessions.end(session_hash)
        opened = sessions.start(found[0], found[1])
        IdempotentCall.update(session_hash=opened.token_hash).where(
            IdempotentCall.key_hash == call_hash
        ).execute()
    return opened.token


def begin(call_hash: bytes, digests: list[bytes], lease: timedelta) -> Begun | Replay:
    """Claim the call, or get its answer. Raises Refused like ``replay_of``.

    ``lease`` must be longer than the call may take: after it a call whose process died can be made
    again.
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
    # The row is older than a day, or its process died: take it over, if nobody else just did.
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
    """Keep the answer; ``body`` must not contain the token of the session that it opened."""
    IdempotentCall.update(status=status, body=body, session_hash=session_hash).where(
        (IdempotentCall.key_hash == begun.key_hash) & (IdempotentCall.holder == begun.holder)
    ).execute()


def abandon(begun: Begun) -> None:
    """Forget the call: it ended in a way that a repetition may change."""
    IdempotentCall.delete().where(
        (IdempotentCall.key_hash == begun.key_hash) & (IdempotentCall.holder == begun.holder)
    ).execute()


def remove_old() -> int:
    """Delete the answers that are too old; return how many."""
    return int(
        IdempotentCall.delete()
        .where(IdempotentCall.created_at <= Kept.IDEMPOTENT_CALLS.cutoff())
        .execute()
    )
