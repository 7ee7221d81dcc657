"""Where the holder of an account signs in: WeChat users and addresses of the last 90 days.

There the lock of the whole account after wrong passwords does not hold, so that a stranger cannot
lock its holder out. Only hashes are stored.
"""

from miniprogram_api import clock
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.retention import Kept
from models.accounts import sign_in_origins
from models.storage.fields import keys
from models.storage.removal import remove_before


def note(account_id: int, session: SessionInfo | None, address: str = "") -> None:
    """Record a sign-in, within its transaction; ``address`` empty: unknown."""
    origins = _origins(session, address)
    if origins:
        sign_in_origins.add(account_id, origins, clock.now())


def is_known(account_id: int, session: SessionInfo | None, address: str = "") -> bool:
    """Return whether this WeChat user or address signed in to the account within 90 days."""
    origins = _origins(session, address)
    return bool(origins) and sign_in_origins.has_any(
        account_id, origins, Kept.SIGN_IN_ORIGINS.cutoff()
    )


def is_user_known(account_id: int, openid: str) -> bool:
    """Return whether this WeChat user or browser signed in to the account within 90 days."""
    return sign_in_origins.has_any(account_id, [_of_user(openid)], Kept.SIGN_IN_ORIGINS.cutoff())


def forget(account_id: int) -> None:
    """Forget all origins, because a stranger may have known the former password."""
    sign_in_origins.SignInOrigin.delete().where(
        sign_in_origins.SignInOrigin.account == account_id
    ).execute()


def remove_old() -> int:
    """Delete expired origins; return how many."""
    return remove_before(sign_in_origins.SignInOrigin.seen_at, Kept.SIGN_IN_ORIGINS.cutoff())


def _origins(session: SessionInfo | None, address: str) -> list[bytes]:
    origins = []
    if session is not None and session.openid is not None:
        origins.append(_of_user(session.openid))
    if address:
        origins.append(_hash_of(attempts.address_block(address), b"sign_in.address"))
    return origins


def _of_user(openid: str) -> bytes:
    return _hash_of(openid, b"sign_in.openid")


def _hash_of(text: str, context: bytes) -> bytes:
    return bytes.fromhex(keys().counter_name(text, context))
