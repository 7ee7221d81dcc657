"""Looks through the whole ledger when somebody asked for it on a page."""

from miniprogram_api.ledger import verifications as ledger_verifications
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def verify(services: Services, payload: Payload) -> None:
    """Do the look ``verification_id``; raises when another worker does it."""
    ledger_verifications.run(services.settings, int(payload["verification_id"]))
