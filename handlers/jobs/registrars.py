"""Detect daily what a date changed for registration systems."""

from miniprogram_api.outbox import Payload
from miniprogram_api.registrars import watches
from miniprogram_api.services import Services


def look(_services: Services, _payload: Payload) -> None:
    """Detect cards that expired and authorisations that ended at midnight."""
    watches.check_due()
