"""Expire matters, lose lines that a date ended."""

from datetime import timedelta

from miniprogram_api.matter_lines import holders
from miniprogram_api.matters import expiry
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services

EVERY = timedelta(minutes=10)


def look(services: Services, _payload: Payload) -> None:
    """Note what a date changed; each matter and each account in a transaction of its own."""
    expiry.expire_due()
    holders.lose_expired_cards()
    holders.lose_outdated(services.settings)
