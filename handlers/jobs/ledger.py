"""Verify the whole ledger on request of a page."""

from miniprogram_api.ledger import verifications as ledger_verifications
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def verify(services: Services, payload: Payload) -> None:
    """Run the verification ``verification_id``; raises when another worker runs it."""
    ledger_verifications.run(services.settings, int(payload["verification_id"]))
