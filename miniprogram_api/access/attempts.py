"""Limits on attempts: real answers "no" for a person, failures and unknown ids from one place.

A place is taken before the act, so that parallel tries cannot exceed a limit, and given back unless
the act counts: only real answers of the source do, not its errors, time-outs and daily limits.
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

# Nobody knows who a visitor is, so his address limits how often people are called for nothing.
VISITORS_CALLS_FROM_ADDRESS = 5
NEW_TICKETS_A_DAY = 10
# What was too often → the problem case that explains it. Without a scope it was a verification, and
# people can do it by hand.
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
    """Real "no" to the four elements of one person in a moving day, whoever asks."""
    person = keys().counter_name(id_number, b"identity")
    window = Window("day", 86_400, settings.identity_attempts_per_person)
    return Limit(f"attempts:identity:{person}", (window,))


def faces_of_person(settings: Settings, id_number: str) -> Limit:
    """Faces that were not the person's in a moving day.

    Counted by the person, who has one account at a time, so that cancelling and registering again
    gives no new attempts.
    """
    person = keys().counter_name(id_number, b"face")
    window = Window("day", 86_400, settings.face_attempts_per_account)
    return Limit(f"attempts:face:{person}", (window,))


def ctid_of_person(settings: Settings, id_number: str) -> Limit:
    """CTID tokens that did not prove the person in a moving day; counted as faces are."""
    person = keys().counter_name(id_number, b"ctid")
    window = Window("day", 86_400, settings.ctid_attempts_per_account)
    return Limit(f"attempts:ctid:{person}", (window,))


def face_checks_of_account(settings: Settings, account_id: int) -> Limit:
    """Face checks that an account opens in a moving hour, each of which WeChat counts for us."""
    window = Window("hour", 3_600, settings.face_checks_per_account)
    return Limit(f"attempts:face_checks:{account_id}", (window,))


def reports_of_user(settings: Settings, session: SessionInfo) -> Limit:
    """What one person's phone reports in a moving hour; each report is kept."""
    window = Window("hour", 3_600, settings.client_reports_per_user)
    return Limit(f"attempts:reports:{_holder(session)}", (window,))


def failures_of_address(settings: Settings, address: str) -> Limit:
    """Failed checks of any kind from one address in a moving hour."""
    window = Window("hour", 3_600, settings.failures_per_address)
    return Limit(f"{_FAILURES}{address_block(address)}", (window,))


def lookups(settings: Settings, session: SessionInfo | None, address: str) -> list[Limit]:
    """Logins and activation ids that nobody has, a moving minute: for a user and an address."""
    limits = [
        Limit(
            f"attempts:lookups:address:{address_block(address)}",
            (Window("minute", 60, settings.unknown_logins_per_address),),
        )
    ]
    if session is not None:
        limits.append(
            Limit(
                f"attempts:lookups:user:{_holder(session)}",
                (Window("minute", 60, settings.unknown_logins_per_wechat_user),),
            )
        )
    return limits


def calls_for_people(address: str, conversation_id: str) -> Limit:
    """Conversations that visitors hand over to people from one address, in a moving hour."""
    window = Window("hour", 3_600, VISITORS_CALLS_FROM_ADDRESS)
    return Limit(
        f"attempts:handovers:{address_block(address)}", (window,), distinct=conversation_id
    )


def new_tickets(asker: str, matter: str) -> Limit:
    """Different matters that one asker (openid, or ``account:ID``) opens in a moving day."""
    window = Window("day", 86_400, NEW_TICKETS_A_DAY)
    return Limit(
        f"attempts:tickets:{asker}", (window,), distinct=keys().counter_name(matter, b"ticket")
    )


def take(services: Services, limits: Sequence[Limit], **details: Any) -> Taken:
    """Take a place in all ``limits``, before the act.

    Raises Refused TOO_MANY_ATTEMPTS with ``retry_after`` and ``details``; then nothing is used up.
    """
    answer = services.clients.store.take(limits, clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        raise too_many(answer, **details)
    return answer


def require_room(services: Services, limits: Sequence[Limit], **details: Any) -> None:
    """Refuse as ``take`` would, with nothing used up."""
    answer = services.clients.store.peek(limits, clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        raise too_many(answer, **details)


def too_many(full: Full, **details: Any) -> Refused:
    """The refusal when a limit has no room; ``scope`` among the details says what was too often.

    Where others failed from the same address, the scope is ``address``: it may be his first try.
    """
    if full.key.startswith(_FAILURES):
        details["scope"] = "address"
    case = _CASES.get(details.get("scope", ""))
    return Refused(Reason.TOO_MANY_ATTEMPTS, case=case, retry_after=full.retry_after, **details)


def take_lookup(services: Services, session: SessionInfo | None, address: str) -> Taken:
    """Take a place for one login or activation id; give it back when somebody has it.

    Raises Refused TOO_MANY_ATTEMPTS with scope ``lookups``.
    """
    return take(services, lookups(services.settings, session, address), scope="lookups")


def require_lookup_left(services: Services, session: SessionInfo | None, address: str) -> None:
    """Raise Refused TOO_MANY_ATTEMPTS as ``take_lookup`` would, with nothing used up.

    For look-ups that mostly find somebody: only those that do not take a place, afterwards.
    """
    limits = lookups(services.settings, session, address)
    answer = services.clients.store.peek(limits, clock.milliseconds(clock.now()))
    if isinstance(answer, Full):
        raise too_many_lookups(answer)


def too_many_lookups(full: Full) -> Refused:
    """The refusal of a look-up from where too many found nobody."""
    return too_many(full, scope="lookups")


def give_back(services: Services, taken: Taken) -> None:
    """Free the places: the act did not count.

    What came of the act is known by now and must not be lost because the store just went away.
    """
    try:
        services.clients.store.give_back(taken)
    except StoreUnavailable:
        log.warning("places not given back")


def _holder(session: SessionInfo) -> str:
    """The WeChat user of a session; without one its account."""
    return session.openid or f"account:{session.account_id}"


@lru_cache(maxsize=1024)
def address_block(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that an IPv6 user gets whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
