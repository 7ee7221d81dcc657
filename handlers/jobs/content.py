"""Work on the FAQ's content that editors wait for at a page."""

from faq.editing import background, tasks
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def work(_services: Services, payload: Payload) -> None:
    """Do the task ``task_id``; raises Interrupted when the process is about to end."""
    tasks.run(int(payload["task_id"]), background.WORK)
