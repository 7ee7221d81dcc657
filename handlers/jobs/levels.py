"""Let delayed checks of level 4 take effect."""

from miniprogram_api.accounts import delayed_levels
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def apply(_services: Services, payload: Payload) -> None:
    """Let the check ``check_id`` count, which is due."""
    delayed_levels.apply(str(payload["check_id"]))
