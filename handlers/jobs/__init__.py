"""Background jobs: one table from a job's name to its function.

A job gets ``Services`` and the payload that ``outbox.add`` wrote, reads the rows again and is
idempotent. It raises to be retried later.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from faq.editing import tasks
from faq.editing.publication import plans, review
from handlers import metrics
from handlers.jobs import (
    content,
    exports,
    figures,
    housekeeping,
    incidents,
    ledger,
    levels,
    matters,
    registrars,
    sms_reports,
    subscriptions,
    tickets,
    vendors,
)
from miniprogram_api import outbox
from miniprogram_api.accounts import delayed_levels
from miniprogram_api.delivery import adapters, background_jobs, delivery_reports, sending
from miniprogram_api.delivery.channels import Channel, HandOver, Result
from miniprogram_api.desks import escalation
from miniprogram_api.health import vendors as health_vendors
from miniprogram_api.incidents import register as incident_register
from miniprogram_api.ledger import links
from miniprogram_api.messaging.subscription_occasions import CHECK_EVERY
from miniprogram_api.operations.figures import READ_EVERY
from miniprogram_api.outbox import Payload
from miniprogram_api.own_data import exports as own_exports
from miniprogram_api.services import Services

Job = Callable[[Services, Payload], None]

JOBS: dict[str, Job] = {
    tasks.JOB: content.work,
    "content.draw": content.draw,
    plans.JOB: content.carry_out,
    review.TELL: content.tell,
    own_exports.JOB: exports.make,
    "figures.read": figures.read,
    "housekeeping": housekeeping.run,
    "ledger.chain": ledger.chain,
    "ledger.compare": ledger.compare,
    "ledger.seal": ledger.seal,
    "ledger.verify": ledger.verify,
    delayed_levels.JOB: levels.apply,
    incident_register.JOB: incidents.tell,
    "matter.look": matters.look,
    "matter.look_at_all": matters.look_at_all,
    "registrar.look": registrars.look,
    delivery_reports.JOB: sms_reports.fetch,
    "subscription.look": subscriptions.look,
    "subscription.window_over": subscriptions.window_over,
    "ticket.escalate": tickets.escalate,
    health_vendors.JOB: vendors.look,
}

# Jobs that take seconds or minutes; they run in a thread of their own.
SLOW = frozenset(
    {
        *(tasks.JOB, "ledger.chain", "ledger.compare", "ledger.verify", health_vendors.JOB),
        # Works off a backlog of millions of rows.
        *("housekeeping", "matter.look_at_all"),
    }
)

# Name → interval.
PERIODIC = {
    # Draws once a week.
    "content.draw": timedelta(hours=1),
    "figures.read": READ_EVERY,
    "housekeeping": timedelta(hours=1),
    # Compares once a night, seals once a day and every 1,000 lines.
    "ledger.chain": links.EVERY,
    "ledger.compare": timedelta(hours=1),
    "ledger.seal": timedelta(minutes=5),
    "matter.look": matters.EVERY,
    "matter.look_at_all": timedelta(days=1),
    # Does its daily work in the first hour of a day.
    "registrar.look": timedelta(hours=1),
    delivery_reports.JOB: sms_reports.EVERY,
    "subscription.look": CHECK_EVERY,
    "ticket.escalate": escalation.EVERY,
    health_vendors.JOB: timedelta(hours=1),
}


class UnknownJob(Exception):
    """A job of newer code; it waits until this worker is replaced."""


def run(services: Services, name: str, payload: Payload) -> None:
    """Run one job. Raises UnknownJob, and what the job raises."""
    job = JOBS.get(name)
    if job is None:
        raise UnknownJob(name)
    with metrics.job(name):
        job(services, payload)


def _counted(channel: Channel) -> Channel:
    """Return a channel that counts its attempts by outcome."""

    def send(services: Services, row: Any, hand_over: HandOver) -> Result:
        outcome = "error"
        try:
            result = channel.send(services, row, hand_over)
            outcome = result.outcome.value
            return result
        finally:
            metrics.MESSAGES.labels(channel.name, outcome).inc()

    return replace(channel, send=send)


_MESSAGES = tuple(map(_counted, adapters.MESSAGES))


def quick(services: Services) -> tuple[Channel, ...]:
    """Return the channels of one thread: messages, and the jobs that are not slow."""
    return background_jobs.channel(partial(run, services), but=SLOW), *_MESSAGES


def slow(services: Services) -> tuple[Channel, ...]:
    """Return the channel of the slow jobs."""
    return (background_jobs.channel(partial(run, services), only=SLOW),)


def work_once(services: Services, now: datetime) -> bool:
    """Do the job or send the message that is due longest; return whether there was one."""
    return sending.work_once(services, (*quick(services), *slow(services)), now)


def plan_periodic(now: datetime) -> None:
    """Add the periodic jobs of the current period; idempotent among several workers."""
    for name, every in PERIODIC.items():
        outbox.plan(name, every, now)
