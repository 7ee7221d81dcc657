"""Attempts of staff at their password: limits, locks and their audit log.

Signing in and every question for the password inside a session count alike: by name and address,
and over all addresses by name. On a known device they count by name and device alone, and where a
lock is met, those with the right second factor count apart, so that strangers cannot lock a member
out. No lock lasts longer than 15 minutes.

To keep strangers from flooding the log, only the first attempt from an address and the locking one
are logged, and only some an hour per member (unknown names together).
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from miniprogram_api import audit, clock
from miniprogram_api.access import password_attempts, usernames
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.redis import (
    Full,
    Limit,
    Locked,
    LockRule,
    StoreUnavailable,
    Taken,
    Window,
    longest_lock_inquiry,
    take_inquiry,
)
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import Permission, StaffMember
from models.desks import staff as stored_staff
from models.storage.fields import keys

# Every 5 wrong passwords of a pair lock it for 1, 5, then 15 minutes. ``_of_name`` limits a name.
LOCK_RULE = LockRule(5, (60, 300, 900), 5_000)
FAILED, LOCKED = "staff:sign_in:failed", "staff:sign_in:locked"
MOST_LOGGED = 10
# Wrong second factors that one address may try at a locked name: three of a million numbers are
# right at a time.
_FACTORS = Window("minute", 60, 5)
_HOUR, _DAY = Window("hour", 3_600, MOST_LOGGED), Window("day", 86_400, 1)
# The actor of a failed sign-in; the member is in the details.
ACTOR = "stranger"

Why = Literal["unknown", "inactive", "password", "totp"]


def key_of(username_key: str) -> str:
    """Return the counter key of a user name, known or not."""
    return f"staff-passwords:{keys().counter_name(username_key, b'staff.username')}"


class Attempt(NamedTuple):
    """A counted attempt: its counter, its pair, the attempts left if it fails, and its place."""

    key: str
    pair: str
    attempts_left: int
    place: Taken | None


def count(services: Services, username_key: str, *, address: str, device: int | None) -> Attempt:
    """Count an attempt at a password before it is compared; ``device``: id of a known one.

    Raises Refused STAFF_LOCKED with ``retry_after``.
    """
    store, now_ms = services.clients.store, clock.milliseconds(clock.now())
    key = key_of(username_key)
    if device is not None:
        return _count_pair(services, key, f"device:{device}", now_ms)
    taken = store.take((_of_name(key),), now_ms)
    if isinstance(taken, Full):
        log_account_lock(services, username_key)
        raise Refused(Reason.STAFF_LOCKED, retry_after=taken.retry_after)
    try:
        attempt = _count_pair(services, key, password_attempts.pair_of(address), now_ms)
    except Refused:
        store.give_back(taken)
        raise
    return attempt._replace(place=taken)


def count_with_factor(
    services: Services, username_key: str, *, address: str, is_right: Callable[[], bool]
) -> Attempt | None:
    """Count an attempt that met a lock apart from others if its second factor is right.

    None: it is not, or too many were tried from this address. The pair is one that only the holder
    of the second factor reaches. Raises Refused STAFF_LOCKED with ``retry_after``.
    """
    store, now_ms = services.clients.store, clock.milliseconds(clock.now())
    key = key_of(username_key)
    tries = Limit(f"{key}:factors:{password_attempts.pair_of(address)}", (_FACTORS,))
    taken = store.take((tries,), now_ms)
    if isinstance(taken, Full) or not is_right():
        return None
    store.give_back(taken)
    return _count_pair(services, key, "second factor", now_ms)


def _count_pair(services: Services, key: str, pair: str, now_ms: int) -> Attempt:
    answer = services.clients.store.count_attempt(LOCK_RULE, pair, key, now_ms)
    if isinstance(answer, Locked):
        raise Refused(Reason.STAFF_LOCKED, retry_after=answer.retry_after)
    return Attempt(key, pair, answer.attempts_left, None)


def passed(services: Services, attempt: Attempt) -> None:
    """Forget the attempts of the pair, because the password was right."""
    services.clients.store.forget_pair(attempt.pair, attempt.key)
    if attempt.place is not None:
        services.clients.store.give_back(attempt.place)


def _of_name(key: str) -> Limit:
    """Limit the attempts at a name from unknown devices, from all addresses together."""
    return Limit(f"{key}:name", (Window("quarter", 900, 30),))


def log_wrong(
    services: Services, row: stored_staff.StaffMember | None, why: Why, attempts_left: int
) -> None:
    """Log a failed attempt; an unknown name is not recorded."""
    member = {} if row is None else {"member": row.id}
    if attempts_left == LOCK_RULE.attempts - 1:
        _log(services, FAILED, _HOUR, why=why, **member)
    if attempts_left == 0 and row is not None:
        _log(services, LOCKED, _HOUR, **member)


def log_account_lock(services: Services, username_key: str) -> None:
    """Log, once a day, a member locked by attempts from all addresses together."""
    row = stored_staff.StaffMember.get_or_none(
        stored_staff.StaffMember.username_key == username_key
    )
    if row is not None:
        _log(services, LOCKED, _DAY, member=row.id)


def locked_until(services: Services, members: Iterable[StaffMember]) -> dict[int, datetime]:
    """Return member id → end of the longest lock, for locked members only.

    Empty when Redis does not answer: the staff page must still work.
    """
    now = clock.now()
    now_ms = clock.milliseconds(now)
    listed = list(members)
    inquiries: list[Inquiry[Any]] = []
    for member in listed:
        key = key_of(usernames.key(member.username))
        inquiries += [longest_lock_inquiry(key), take_inquiry((_of_name(key),), now_ms)]
    try:
        answers = services.clients.store.inquire(inquiries)
    except StoreUnavailable:
        return {}
    locked = {}
    for member, pair_ms, whole in zip(listed, answers[::2], answers[1::2], strict=True):
        whole_ms = now_ms + whole.retry_after * 1000 if isinstance(whole, Full) else 0
        wait = max(pair_ms, whole_ms) - now_ms
        if wait > 0:
            locked[member.id] = now + timedelta(milliseconds=wait)
    return locked


def forget(services: Services, member: StaffMember) -> None:
    """Reset all failed attempts of a member. Raises StoreUnavailable."""
    key = key_of(usernames.key(member.username))
    services.clients.store.forget_attempts(key)
    services.clients.store.clear(_of_name(key))


def unlock(services: Services, by: StaffMember, member_id: int) -> None:
    """Reset a member's failed attempts. Raises Refused FORBIDDEN, NOT_FOUND; StoreUnavailable."""
    staff.require(by, Permission.WRITE_STAFF)
    member = staff.get(member_id)
    forget(services, member)
    audit.write_own("admin:staff:unlocked", actor=by.actor, member=member.id)


def _log(services: Services, tag: str, window: Window, **details: Any) -> None:
    whose = details.get("member", "unknown")
    limit = Limit(f"staff:noted:{tag}:{window.name}:{whose}", (window,))
    taken = services.clients.store.take((limit,), clock.milliseconds(clock.now()))
    if not isinstance(taken, Full):
        audit.write_own(tag, actor=ACTOR, **details)
