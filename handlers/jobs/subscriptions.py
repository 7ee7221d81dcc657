"""Looks for what people asked to be told, and sends the messages that tell them."""

from miniprogram_api.messaging import subscription_occasions, subscriptions
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def send(services: Services, payload: Payload) -> None:
    """Send the message ``subscription_id``; raises when WeChat did not take it now."""
    subscriptions.send(services, int(payload["subscription_id"]))


def look(services: Services, payload: Payload) -> None:
    """Tell of what has come about; ``at_once`` at any hour."""
    subscription_occasions.notify_due(services, at_once=bool(payload.get("at_once")))


def window_over(services: Services, payload: Payload) -> None:
    """Tell the person of ``subscription_id`` that he may ask for a code again."""
    subscription_occasions.window_over(services, int(payload["subscription_id"]))
