"""Find due subscription messages."""

from miniprogram_api import clock
from miniprogram_api.delivery import quiet_hours
from miniprogram_api.messaging import subscription_occasions
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def look(_services: Services, payload: Payload) -> None:
    """Queue the messages whose occasion has come; ``at_once`` ignores the quiet hours."""
    if payload.get("at_once") or not quiet_hours.is_quiet(clock.now()):
        subscription_occasions.notify_due()


def window_over(_services: Services, payload: Payload) -> None:
    """Tell the user of ``subscription_id`` that a code may be requested again."""
    subscription_occasions.window_over(int(payload["subscription_id"]))
