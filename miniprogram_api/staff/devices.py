"""Devices: the browsers in which a member signed in before.

Attempts of strangers lock a name, but not for its known devices. The cookie is a random token with
a signature; every sign-in replaces it, for all members who share the browser.
"""

import hmac
import secrets

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.retention import Kept
from models.desks.staff import StaffDevice
from models.storage.database import transaction
from models.storage.fields import keys

LASTS = Kept.STAFF_DEVICES.time


def known(cookie: str, member_id: int) -> int | None:
    """Return the id of the device whose cookie this is, if the member signed in there before."""
    token_hash = _hash_of(cookie)
    if token_hash is None:
        return None
    device_id: int | None = (
        StaffDevice.select(StaffDevice.id)
        .where(
            (StaffDevice.token_hash == token_hash)
            & (StaffDevice.member == member_id)
            & (StaffDevice.expires_at > clock.now())
        )
        .scalar()
    )
    return device_id


def remember(cookie: str, member_id: int) -> str:
    """Record a sign-in on the device of ``cookie``, or on a new one; return its next cookie."""
    token = secrets.token_urlsafe(32)
    old, new = _hash_of(cookie), sessions.hash_of(token)
    expires_at = clock.now() + LASTS
    with transaction():
        if old is not None:
            StaffDevice.update(token_hash=new).where(StaffDevice.token_hash == old).execute()
        StaffDevice.insert(token_hash=new, member=member_id, expires_at=expires_at).on_conflict(
            conflict_target=[StaffDevice.token_hash, StaffDevice.member],
            update={StaffDevice.expires_at: expires_at},
        ).execute()
    return f"{token}.{_signature(token)}"


def forget_others(member_id: int, cookie: str) -> None:
    """Forget the devices of a member but that of ``cookie``; call inside a transaction."""
    StaffDevice.delete().where(
        (StaffDevice.member == member_id) & (StaffDevice.token_hash != (_hash_of(cookie) or b""))
    ).execute()


def remove_expired() -> int:
    """Delete expired devices; return how many."""
    return int(StaffDevice.delete().where(StaffDevice.expires_at <= clock.now()).execute())


def _hash_of(cookie: str) -> bytes | None:
    """Return the stored form of a cookie, None unless its signature is ours."""
    token, _, signature = cookie.partition(".")
    expected = _signature(token).encode()
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected):
        return None
    return sessions.hash_of(token)


def _signature(token: str) -> str:
    return keys().counter_name(token, b"staff device")
