"""Limits on attempts, by person, user and address.

A browser is free to make, so where a user's limit holds, its address has one, too: ``counted_as``
names the tries for a person or a code, ``_of_user`` limits what a user may do in a time.

A place is taken before the act, so that parallel attempts cannot exceed a limit, and given back
unless the act counts: only real answers of a source count, not errors, time-outs and daily limits.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import structlog

from config import Network, Settings
from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.redis import Full, Limit, StoreUnavailable, Taken, Window
from miniprogram_api.reasons import NO_CASE, Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models.storage.fields import keys

DAY_SECONDS = int(Kept.ATTEMPTS.time.total_seconds())
HANDOVERS_FROM_ADDRESS = 5
NEW_TICKETS_A_DAY = 10
CARDS_A_DAY = 10
# All browsers of an address without an account together may do in an hour so many times what one
# user may in the time of its own limit.
BROWSERS = 6
# A service hall, where many people share one address, may do so many times what another may.
HALL = 10
# Scope of a limit → the problem case that explains it. Verifications have no scope: their reason's
# own case points to verification by hand.
_CASES = {
    "address": 10,
    "lookups": 3,
    "phones": 5,
    "phones_of_address": 5,
    "questions": NO_CASE,
    "suggestions": NO_CASE,
    "entries": NO_CASE,
    "identity_checks": NO_CASE,
    "checks": NO_CASE,
    "web_logins": NO_CASE,
    "wechat_logins": NO_CASE,
    "face_checks": 12,
    "tickets": NO_CASE,
    "reports": NO_CASE,
    "cards": NO_CASE,
    "name_checks": NO_CASE,
}

_FAILURES, _PHONES = "attempts:failures:", "attempts:phones:"
_IDENTITY_OF_ALL = "attempts:identity_of_all:"
# Beginning of a key → scope of a limit that others may have filled.
_OF_OTHERS = {
    _FAILURES: "address",
    _PHONES: "phones_of_address",
    _IDENTITY_OF_ALL: "person",
}

log = structlog.get_logger("attempts")


def counted_as(session: SessionInfo) -> str:
    """Return the name under which a session's tries for a person or a code are counted.

    It is the WeChat user, else the account; browsers without an account are one an address.
    """
    if session.is_web_visitor:
        block = address_block(session.address)
        return f"address:{keys().counter_name(block, b'asker.address')}"
    return sessions.asker(session.wechat_user, session.account_id)


def identity_of_asker(
    settings: Settings, id_number: str, session: SessionInfo, cleared_by: str | None = None
) -> Limit:
    """Limit real "no" answers to the four elements of a person for one asker in 24 hours.

    ``cleared_by``: the face check after which the attempts count anew.
    """
    person = keys().counter_name(id_number, b"identity")
    window = Window("day", DAY_SECONDS, settings.identity_attempts_per_person)
    return Limit(f"attempts:identity:{person}:{cleared_by or counted_as(session)}", (window,))


def identity_of_all(settings: Settings, id_number: str) -> Limit:
    """Limit real "no" answers to the four elements of a person in 24 hours, for all users."""
    person = keys().counter_name(id_number, b"identity")
    window = Window("day", DAY_SECONDS, settings.identity_attempts_of_all)
    return Limit(f"{_IDENTITY_OF_ALL}{person}", (window,))


def reports_of(settings: Settings, session: SessionInfo) -> list[Limit]:
    """Limit the reports of a user's phone in an hour."""
    window = Window("hour", 3_600, settings.client_reports_per_user)
    return _of_user(settings, "reports", session, window)


def cards_of(settings: Settings, session: SessionInfo) -> list[Limit]:
    """Limit the pictures of ID cards read in 24 hours, because WeChat charges for each."""
    return _of_user(settings, "cards", session, Window("day", DAY_SECONDS, CARDS_A_DAY))


def new_tickets(settings: Settings, session: SessionInfo, matter: str) -> list[Limit]:
    """Limit the different matters that one user opens in 24 hours."""
    window = Window("day", DAY_SECONDS, NEW_TICKETS_A_DAY)
    name = keys().counter_name(matter, b"ticket")
    return _of_user(settings, "tickets", session, window, distinct=name)


def failures_of_address(settings: Settings, session: SessionInfo, address: str) -> list[Limit]:
    """Limit failed checks of any kind from one address in an hour.

    WeChat users count apart: a mobile network puts thousands of them behind one address.
    """
    if session.wechat_user is None:
        window = Window("hour", 3_600, settings.failures_per_address)
        return of_address(settings, f"{_FAILURES}", address, window)
    window = Window("hour", 3_600, settings.wechat_failures_per_address)
    return of_address(settings, f"{_FAILURES}wechat:", address, window)


def phones_of_address(settings: Settings, session: SessionInfo, phone_name: str) -> list[Limit]:
    """Limit the different phones that the browsers of an address request codes for in an hour.

    WeChat users have only their own limit: many of them share the address of a mobile network.
    """
    if session.wechat_user is not None:
        return []
    window = Window("hour", 3_600, settings.phones_per_address)
    return of_address(settings, _PHONES, session.address, window, distinct=phone_name)


def checks_from_address(settings: Settings, address: str) -> list[Limit]:
    """Limit the check codes of sheets that one address looks up in a minute."""
    window = Window("minute", 60, settings.checks_per_address)
    return of_address(settings, "attempts:checks:", address, window)


def name_checks(settings: Settings, session: SessionInfo | None, address: str) -> list[Limit]:
    """Limit the checks of names in an hour: of a session's user, or of an address without one."""
    if session is None:
        window = Window("hour", 3_600, settings.name_checks_per_address)
        return of_address(settings, "attempts:name_checks:address:", address, window)
    window = Window("hour", 3_600, settings.name_checks_per_user)
    return _of_user(settings, "name_checks", session, window)


def lookups(settings: Settings, session: SessionInfo | None, address: str) -> list[Limit]:
    """Limit unknown logins and activation ids in a minute, by user and by address."""
    window = Window("minute", 60, settings.unknown_logins_per_address)
    limits = of_address(settings, "attempts:lookups:address:", address, window)
    if session is not None:
        limits.append(
            Limit(
                f"attempts:lookups:user:{_user(session)}",
                (Window("minute", 60, settings.unknown_logins_per_wechat_user),),
            )
        )
    return limits


def handovers_from_address(settings: Settings, address: str, conversation_id: str) -> list[Limit]:
    """Limit the anonymous conversations handed over to staff from one address in an hour."""
    window = Window("hour", 3_600, HANDOVERS_FROM_ADDRESS)
    return of_address(settings, "attempts:handovers:", address, window, distinct=conversation_id)


def of_address(
    settings: Settings, prefix: str, address: str, window: Window, distinct: str | None = None
) -> list[Limit]:
    """Limit one address, or a service hall with its many people."""
    if is_inside(address, settings.hall_networks):
        window = window._replace(limit=HALL * window.limit)
    return [Limit(f"{prefix}{address_block(address)}", (window,), distinct)]


def _of_user(
    settings: Settings,
    act: str,
    session: SessionInfo,
    window: Window,
    distinct: str | None = None,
) -> list[Limit]:
    """Limit one user, and together all browsers of an address without an account in an hour."""
    limits = [Limit(f"attempts:{act}:{_user(session)}", (window,), distinct)]
    if session.is_web_visitor and session.address:
        shared = Window("hour", 3_600, BROWSERS * window.limit)
        limits += of_address(settings, f"attempts:browsers:{act}:", session.address, shared)
    return limits


def _user(session: SessionInfo) -> str:
    """Return the name of one user; each browser without an account is one."""
    return session.asker if session.is_web_visitor else counted_as(session)


def take(services: Services, limits: Sequence[Limit], **details: Any) -> Taken:
    """Take a place in all ``limits``, before the act.

    Raises Refused TOO_MANY_ATTEMPTS with ``retry_after`` and ``details``; then nothing is consumed.
    """
    if not limits:
        return Taken("", (), {})
    answer = services.clients.store.take(limits, clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        raise too_many(answer, **details)
    return answer


def require_room(services: Services, limits: Sequence[Limit], **details: Any) -> None:
    """Refuse as ``take`` would; consume nothing."""
    if not limits:
        return
    answer = services.clients.store.peek(limits, clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        raise too_many(answer, **details)


def too_many(full: Full, **details: Any) -> Refused:
    """Return the refusal for a full limit; ``scope`` in the details names the limit.

    A limit that other users may have filled names its own scope.
    """
    for beginning, scope in _OF_OTHERS.items():
        if full.key.startswith(beginning):
            details["scope"] = scope
    case = case_of(details.get("scope", ""))
    return Refused(Reason.TOO_MANY_ATTEMPTS, case=case, retry_after=full.retry_after, **details)


def case_of(scope: str) -> int | None:
    """Return the problem case that explains a full limit of this scope; None: the reason's own."""
    return _CASES.get(scope)


def way_of(session: SessionInfo | None) -> dict[str, str]:
    """Return the detail that names CTID as the way round a limit where there is no WeChat."""
    is_wechat = session is not None and session.wechat_user is not None
    return {} if is_wechat else {"way": "ctid"}


def take_name_check(services: Services, session: SessionInfo | None, address: str) -> None:
    """Count a check of names. Raises Refused TOO_MANY_ATTEMPTS with scope ``name_checks``."""
    take(services, name_checks(services.settings, session, address), scope="name_checks")


def take_lookup(services: Services, session: SessionInfo | None, address: str) -> Taken:
    """Take a place for one login or activation id, to be given back when it exists.

    Raises Refused TOO_MANY_ATTEMPTS with scope ``lookups``.
    """
    return take(services, lookups(services.settings, session, address), scope="lookups")


def require_lookup_left(services: Services, session: SessionInfo | None, address: str) -> None:
    """Refuse as ``take_lookup`` would; consume nothing.

    For look-ups that mostly succeed: only those that fail take a place afterwards.
    """
    require_room(services, lookups(services.settings, session, address), scope="lookups")


def give_back(services: Services, taken: Taken) -> None:
    """Free the places, because the act did not count.

    An unavailable store is only logged: the result of the act must not be lost.
    """
    try:
        services.clients.store.give_back(taken)
    except StoreUnavailable:
        log.warning("places not given back")


def is_inside(address: str, networks: Sequence[Network]) -> bool:
    """Return whether an IP address is in one of the networks; other texts are in none."""
    if not networks:
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed.version == n.version and parsed in n for n in networks)


@lru_cache(maxsize=1024)
def address_block(address: str) -> str:
    """Return an IPv4 address unchanged and an IPv6 address as its /64, one user's usual share."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
