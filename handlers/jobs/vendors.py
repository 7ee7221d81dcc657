"""Reads quotas and certificates of the vendors."""

from miniprogram_api.health import vendors
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def look(services: Services, _payload: Payload) -> None:
    """Read them anew; idempotent."""
    vendors.look(services)
