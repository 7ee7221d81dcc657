"""Tickets that wait too long."""

from miniprogram_api.desks import escalation
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def escalate(_services: Services, _payload: Payload) -> None:
    """Hand unclaimed tickets to the centre at half of their term."""
    escalation.escalate_unclaimed()
