"""Limits on visitors, callers without WeChat and account; all of one address count together."""

from contextlib import suppress
from typing import Protocol

from config import Settings
from miniprogram_api import clock
from miniprogram_api.access import attempts, web_visitors
from miniprogram_api.clients.redis import Limit, StoreUnavailable, Taken, Window
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services

# Browsers that are remembered for a day, about 30 MB; others count as new once more.
BROWSERS_REMEMBERED = 300_000


class Caller(Protocol):
    """The caller of an endpoint, as far as it decides whether it is a visitor."""

    @property
    def openid(self) -> str | None:
        """What stands for the WeChat user or the browser."""

    @property
    def account_id(self) -> int | None:
        """The account, if signed in."""


def limits(settings: Settings, act: str, address: str) -> list[Limit]:
    """Limit what visitors of one address do in a minute; each ``act`` counts apart."""
    window = Window("minute", 60, settings.questions_per_address)
    return attempts.of_address(settings, f"attempts:{act}:", address, window)


def count(services: Services, act: str, caller: Caller | None, address: str) -> None:
    """Count what a visitor does; without Redis there is no limit, but an answer.

    ``address``: empty in the WeChat chat. Raises Refused TOO_MANY_ATTEMPTS with ``act`` as scope.
    """
    if address and _is_visitor(caller):
        with suppress(StoreUnavailable):
            attempts.take(services, limits(services.settings, act, address), scope=act)


def _is_visitor(caller: Caller | None) -> bool:
    if caller is None:
        return True
    return caller.account_id is None and web_visitors.wechat_user(caller.openid) is None


def admit_browser(services: Services, visitor: str, address: str) -> None:
    """Count a browser that was not seen for a day among the new ones of its address.

    ``visitor``: ``web_visitors.name_of``. Raises Refused TOO_MANY_ATTEMPTS (scope web_logins); then
    the browser is still new.
    """
    day = Window("day", attempts.DAY_SECONDS, BROWSERS_REMEMBERED)
    known = Limit("attempts:browsers", (day,), distinct=visitor)
    seen = services.clients.store.take([known], clock.milliseconds(clock.now()))
    if isinstance(seen, Taken) and seen.is_renewal:
        return
    act = "web_logins"
    try:
        attempts.take(services, limits(services.settings, act, address), scope=act)
    except Refused:
        if isinstance(seen, Taken):
            attempts.give_back(services, seen)
        raise
