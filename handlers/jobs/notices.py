"""Send notices by SMS."""

from miniprogram_api.messaging import notices
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def send(services: Services, payload: Payload) -> None:
    """Send the notice ``notice_id``; raises when the gateway rejects it."""
    notices.send(services, int(payload["notice_id"]))
