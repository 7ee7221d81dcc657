"""Notices to the accounts that an incident concerns."""

from miniprogram_api.incidents import notice
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def tell(_services: Services, payload: Payload) -> None:
    """Queue the notices of ``incident`` that are not queued yet."""
    notice.queue(int(str(payload["incident"])))
