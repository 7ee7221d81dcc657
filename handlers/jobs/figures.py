"""Reads the dashboard's figures off the tables, before those forget."""

from miniprogram_api.operations import figures
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def read(services: Services, _payload: Payload) -> None:
    """Update the figures; idempotent."""
    figures.update(services)
