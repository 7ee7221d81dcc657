"""Limits on attempts, by person, user and address.

A place is taken before the act, so that parallel attempts cannot exceed a limit, and given back
unless the act counts: only real answers of a source count, not errors, time-outs and daily limits.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import structlog

from config import Settings
from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.redis import Full, Limit, StoreUnavailable, Taken, Window
from miniprogram_api.reasons import NO_CASE, Reason, Refused
from miniprogram_api.services import Services
from models.storage.fields import keys

HANDOVERS_FROM_ADDRESS = 5
NEW_TICKETS_A_DAY = 10
# Scope of a limit → the problem case that explains it. Verifications have no scope: their reason's
# own case points to verification by hand.
_CASES = {
    "address": 10,
    "lookups": 3,
    "phones": 5,
    "face_checks": 12,
    "tickets": NO_CASE,
    "reports": NO_CASE,
}

_FAILURES = "attempts:failures:"

log = structlog.get_logger("attempts")


def identity_of_person(settings: Settings, id_number: str) -> Limit:
    """Limit real "no" answers to the four elements of a person in 24 hours, for all users."""
    person = keys().counter_name(id_number, b"identity")
    window = Window("day", 86_400, settings.identity_attempts_per_person)
    return Limit(f"attempts:identity:{person}", (window,))


def faces_of_person(settings: Settings, id_number: str) -> Limit:
    """Limit failed comparisons of a person's face in 24 hours.

    Counted by the person, so that a new account gives no new attempts.
    """
    person = keys().counter_name(id_number, b"face")
    window = Window("day", 86_400, settings.face_attempts_per_account)
    return Limit(f"attempts:face:{person}", (window,))


def ctid_of_person(settings: Settings, id_number: str) -> Limit:
    """Limit CTID tokens that did not prove the person in 24 hours; counted as faces are."""
    person = keys().counter_name(id_number, b"ctid")
    window = Window("day", 86_400, settings.ctid_attempts_per_account)
    return Limit(f"attempts:ctid:{person}", (window,))


def face_checks_of_account(settings: Settings, account_id: int) -> Limit:
    """Limit the face checks that an account opens in an hour, because WeChat charges for each."""
    window = Window("hour", 3_600, settings.face_checks_per_account)
    return Limit(f"attempts:face_checks:{account_id}", (window,))


def reports_of_user(settings: Settings, session: SessionInfo) -> Limit:
    """Limit the reports of a user's phone in an hour."""
    window = Window("hour", 3_600, settings.client_reports_per_user)
    return Limit(f"attempts:reports:{session.asker}", (window,))


def failures_of_address(settings: Settings, address: str) -> Limit:
    """Limit failed checks of any kind from one address in an hour."""
    window = Window("hour", 3_600, settings.failures_per_address)
    return Limit(f"{_FAILURES}{address_block(address)}", (window,))


def lookups(settings: Settings, session: SessionInfo | None, address: str) -> list[Limit]:
    """Limit unknown logins and activation ids in a minute, by user and by address."""
    limits = [
        Limit(
            f"attempts:lookups:address:{address_block(address)}",
            (Window("minute", 60, settings.unknown_logins_per_address),),
        )
    ]
    if session is not None:
        limits.append(
            Limit(
                f"attempts:lookups:user:{session.asker}",
                (Window("minute", 60, settings.unknown_logins_per_wechat_user),),
            )
        )
    return limits


def handovers_from_address(address: str, conversation_id: str) -> Limit:
    """Limit the anonymous conversations handed over to staff from one address in an hour."""
    window = Window("hour", 3_600, HANDOVERS_FROM_ADDRESS)
    return Limit(
        f"attempts:handovers:{address_block(address)}", (window,), distinct=conversation_id
    )


def new_tickets(asker: str, matter: str) -> Limit:
    """Limit the different matters that one asker (openid, or ``account:ID``) opens in 24 hours."""
    window = Window("day", 86_400, NEW_TICKETS_A_DAY)
    return Limit(
        f"attempts:tickets:{asker}", (window,), distinct=keys().counter_name(matter, b"ticket")
    )


def take(services: Services, limits: Sequence[Limit], **details: Any) -> Taken:
    """Take a place in all ``limits``, before the act.

    Raises Refused TOO_MANY_ATTEMPTS with ``retry_after`` and ``details``; then nothing is consumed.
    """
    answer = services.clients.store.take(limits, clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        raise too_many(answer, **details)
    return answer


def require_room(services: Services, limits: Sequence[Limit], **details: Any) -> None:
    """Refuse as ``take`` would; consume nothing."""
    answer = services.clients.store.peek(limits, clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        raise too_many(answer, **details)


def too_many(full: Full, **details: Any) -> Refused:
    """Return the refusal for a full limit; ``scope`` in the details names the limit.

    The limit on an address gets the scope ``address``: other users may have filled it.
    """
    if full.key.startswith(_FAILURES):
        details["scope"] = "address"
    case = _CASES.get(details.get("scope", ""))
    return Refused(Reason.TOO_MANY_ATTEMPTS, case=case, retry_after=full.retry_after, **details)


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
