"""Fetch the delivery reports of SMS."""

from miniprogram_api.delivery import delivery_reports
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services

EVERY = delivery_reports.LOOK_EVERY


def fetch(services: Services, _payload: Payload) -> None:
    """Fetch what carriers reported; soon again while reports are missing."""
    delivery_reports.fetch(services)
