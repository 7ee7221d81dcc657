"""Background work on the FAQ's content: editors' tasks, plans, hand-ins, the weekly spot check."""

from faq.conversation import spot_checks
from faq.conversation.trial import talk_with
from faq.editing import background, tasks
from faq.editing.publication import review
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def work(services: Services, payload: Payload) -> None:
    """Run the task ``task_id``; raises Interrupted when the process is about to end."""
    tasks.run(int(payload["task_id"]), background.work_with(talk_with(services)))


def draw(_services: Services, _payload: Payload) -> None:
    """Draw the answers of the last week for editors to mark; idempotent."""
    spot_checks.draw()


def carry_out(_services: Services, payload: Payload) -> None:
    """Begin the task of the plan ``plan_id``, whose time has come."""
    background.begin_plan(int(payload["plan_id"]))


def tell(services: Services, payload: Payload) -> None:
    """Tell reviewers of the submission ``submission_id``; raises when the webhook fails."""
    review.tell(services, int(payload["submission_id"]), str(payload["link"]))
