"""Send webhooks to registration systems, and detect daily what a date changed."""

from miniprogram_api.outbox import Payload
from miniprogram_api.registrars import matter_webhooks
from miniprogram_api.registrars import watches as registrar_watches
from miniprogram_api.registrars import webhooks as registrar_hooks
from miniprogram_api.services import Services


def deliver(services: Services, payload: Payload) -> None:
    """Send a system's pending events about one person; raises when some are left."""
    registrar_hooks.deliver(services, int(payload["watch_id"]))


def deliver_matter(services: Services, payload: Payload) -> None:
    """Send the pending events of one matter; raises when some are left."""
    matter_webhooks.deliver(services, int(payload["matter_id"]))


def look(_services: Services, _payload: Payload) -> None:
    """Detect cards that expired and authorisations that ended at midnight."""
    registrar_watches.check_due()
    registrar_hooks.fail_lost()
