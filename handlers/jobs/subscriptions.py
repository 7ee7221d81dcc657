"""Find and send due subscription messages."""

from miniprogram_api.messaging import subscription_occasions, subscriptions
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def send(services: Services, payload: Payload) -> None:
    """Send the message ``subscription_id``; raises when WeChat rejects it for now."""
    subscriptions.send(services, int(payload["subscription_id"]))


def look(_services: Services, payload: Payload) -> None:
    """Plan the messages whose occasion has come; ``at_once`` ignores the quiet hours."""
    subscription_occasions.notify_due(at_once=bool(payload.get("at_once")))


def window_over(_services: Services, payload: Payload) -> None:
    """Tell the user of ``subscription_id`` that a code may be requested again."""
    subscription_occasions.window_over(int(payload["subscription_id"]))
