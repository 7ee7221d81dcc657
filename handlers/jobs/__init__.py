"""Background jobs: one table from a job's name to its function.

A job gets ``Services`` and the payload that ``outbox.add`` wrote, reads the rows again and is
idempotent. It raises to be retried later.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from faq.editing import tasks
from faq.editing.publication import plans, review
from handlers.jobs import (
    chat,
    content,
    exports,
    figures,
    housekeeping,
    ledger,
    levels,
    matters,
    notices,
    registrars,
    subscriptions,
    tickets,
)
from miniprogram_api import outbox
from miniprogram_api.accounts import delayed_levels
from miniprogram_api.desks import escalation
from miniprogram_api.matter_lines import notices as matter_notices
from miniprogram_api.messaging.subscription_occasions import CHECK_EVERY
from miniprogram_api.operations.figures import READ_EVERY
from miniprogram_api.outbox import Payload
from miniprogram_api.own_data import exports as own_exports
from miniprogram_api.registrars import matter_webhooks
from miniprogram_api.services import Services

Job = Callable[[Services, Payload], None]

JOBS: dict[str, Job] = {
    "chat.reply": chat.send_alone,
    tasks.JOB: content.work,
    "content.draw": content.draw,
    plans.JOB: content.carry_out,
    review.TELL: content.tell,
    own_exports.JOB: exports.make,
    "figures.read": figures.read,
    "housekeeping": housekeeping.run,
    "ledger.compare": ledger.compare,
    "ledger.seal": ledger.seal,
    "ledger.verify": ledger.verify,
    delayed_levels.JOB: levels.apply,
    matter_webhooks.JOB: registrars.deliver_matter,
    "matter.look": matters.look,
    matter_notices.JOB: matters.tell,
    "notice.send": notices.send,
    "registrar.deliver": registrars.deliver,
    "registrar.look": registrars.look,
    "subscription.look": subscriptions.look,
    "subscription.send": subscriptions.send,
    "subscription.window_over": subscriptions.window_over,
    "ticket.escalate": tickets.escalate,
}

# Jobs that take seconds or minutes; they run in a thread of their own.
SLOW = frozenset({tasks.JOB, "ledger.compare", "ledger.verify"})

# Name → interval.
PERIODIC = {
    # Draws once a week.
    "content.draw": timedelta(hours=1),
    "figures.read": READ_EVERY,
    "housekeeping": timedelta(hours=1),
    # Compares once a night, seals once a day and every 1,000 lines.
    "ledger.compare": timedelta(hours=1),
    "ledger.seal": timedelta(minutes=5),
    "matter.look": matters.EVERY,
    # Does its daily work in the first hour of a day.
    "registrar.look": timedelta(hours=1),
    "subscription.look": CHECK_EVERY,
    "ticket.escalate": escalation.EVERY,
}


class UnknownJob(Exception):
    """A job of newer code; it waits until this worker is replaced."""


def run(services: Services, name: str, payload: Payload) -> None:
    """Run one job. Raises UnknownJob, and what the job raises."""
    job = JOBS.get(name)
    if job is None:
        raise UnknownJob(name)
    job(services, payload)


def plan_periodic(now: datetime) -> None:
    """Add the periodic jobs of the current period; idempotent among several workers."""
    for name, every in PERIODIC.items():
        outbox.plan(name, every, now)
