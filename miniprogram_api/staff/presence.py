"""Show members who else is at the same page, so that two do not write the same text."""

from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.services import Services, StoreUnavailable

NEAR = timedelta(seconds=45)
"""A member is at a page until so long after the last look; pages look more often."""


def others_at(services: Services, page: str, actor: str) -> list[str]:
    """Note that a member is at a page; return the others who are, empty while Redis is down."""
    now = clock.now()
    try:
        actors = services.clients.presence.note(page, actor, clock.milliseconds(now))
    except StoreUnavailable:
        return []
    since = clock.milliseconds(now - NEAR)
    return sorted(other for other, at in actors.items() if other != actor and at >= since)


def leave(services: Services, page: str, actor: str) -> None:
    """Note that a member left a page."""
    try:
        services.clients.presence.leave(page, actor)
    except StoreUnavailable:
        return
