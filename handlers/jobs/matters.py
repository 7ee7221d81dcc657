"""Expire matters, and lose lines that a date ended, soon and, once a day, all of them."""

from datetime import timedelta

from miniprogram_api.matter_lines import holders
from miniprogram_api.matters import expiry
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services

EVERY = timedelta(minutes=10)
RECENT = timedelta(days=1)


def look(services: Services, _payload: Payload) -> None:
    """Note what a moment changed since the last look, at most ``RECENT`` ago.

    Each matter in a transaction of its own.
    """
    expiry.expire_due()
    holders.lose_outdated(services.settings, within=RECENT)


def look_at_all(services: Services, _payload: Payload) -> None:
    """Note what a day changed, and what no look noted in time.

    Each matter and each account in a transaction of its own.
    """
    holders.lose_expired_cards()
    holders.lose_outdated(services.settings)
