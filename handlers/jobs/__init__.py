"""Background work: one table from a job's name to its function.

A job function gets ``Services`` and the payload that ``outbox.add`` wrote, reads the rows again,
and may run twice without harm. It raises to be retried. May import faq and miniprogram_api.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from faq.editing import tasks
from handlers.jobs import (
    chat,
    content,
    figures,
    housekeeping,
    ledger,
    notices,
    registrars,
    subscriptions,
)
from miniprogram_api import outbox
from miniprogram_api.messaging.subscription_occasions import CHECK_EVERY
from miniprogram_api.operations.figures import READ_EVERY
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services

Job = Callable[[Services, Payload], None]

JOBS: dict[str, Job] = {
    "chat.reply": chat.send_alone,
    tasks.JOB: content.work,
    "figures.read": figures.read,
    "housekeeping": housekeeping.run,
    "ledger.verify": ledger.verify,
    "notice.send": notices.send,
    "registrar.deliver": registrars.deliver,
    "registrar.look": registrars.look,
    "subscription.look": subscriptions.look,
    "subscription.send": subscriptions.send,
    "subscription.window_over": subscriptions.window_over,
}

# Jobs that take seconds or minutes: no code or notice waits behind them.
SLOW = frozenset({tasks.JOB, "ledger.verify"})

# Jobs that nobody causes: name → how often.
PERIODIC = {
    "figures.read": READ_EVERY,
    "housekeeping": timedelta(hours=1),
    # Each person is looked at once a day, in the first hour of it.
    "registrar.look": timedelta(hours=1),
    "subscription.look": CHECK_EVERY,
}


class UnknownJob(Exception):
    """A job was written by newer code; it waits until this worker is replaced."""


def run(services: Services, name: str, payload: Payload) -> None:
    """Do one job. Raises UnknownJob, and whatever the job raises."""
    job = JOBS.get(name)
    if job is None:
        raise UnknownJob(name)
    job(services, payload)


def plan_periodic(now: datetime) -> None:
    """Write the periodic jobs of the present period; how many workers do so does not matter."""
    for name, every in PERIODIC.items():
        outbox.plan(name, every, now)
