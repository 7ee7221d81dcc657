"""Editing tasks on the FAQ's content that run in the background, and the weekly spot check."""

from faq.conversation import spot_checks
from faq.editing import background, tasks
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def work(_services: Services, payload: Payload) -> None:
    """Run the task ``task_id``; raises Interrupted when the process is about to end."""
    tasks.run(int(payload["task_id"]), background.WORK)


def draw(_services: Services, _payload: Payload) -> None:
    """Draw the answers of the last week for editors to mark; idempotent."""
    spot_checks.draw()
