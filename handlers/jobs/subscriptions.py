"""Sends the subscription messages that were written with what they tell of."""

from miniprogram_api import subscriptions
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def send(services: Services, payload: Payload) -> None:
    """Send the message ``subscription_id``; raises when WeChat did not take it now."""
    subscriptions.send(services, int(payload["subscription_id"]))
