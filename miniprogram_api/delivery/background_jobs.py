"""Background jobs as a channel: what ``outbox.add`` stored is given to a function."""

import json
from collections.abc import Callable, Collection

from miniprogram_api.delivery.channels import DONE, Channel, HandOver, Kind, Letter, Result
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services
from models.outbox import OutboxJob

Run = Callable[[str, Payload], None]


def channel(run: Run, *, only: Collection[str] = (), but: Collection[str] = ()) -> Channel:
    """Return the channel of the jobs that ``run(name, payload)`` does; it raises to fail one.

    ``only`` restricts the names of jobs, ``but`` excludes names.
    """

    def send(_services: Services, job: OutboxJob, _hand_over: HandOver) -> Result:
        run(job.name, json.loads(job.payload))
        return DONE

    chosen = OutboxJob.name.in_(list(only)) if only else None
    if but:
        chosen = OutboxJob.name.not_in(list(but))
    return Channel(name=KIND.name, table=OutboxJob, letter=_letter, send=send, only=chosen)


def _letter(job: OutboxJob) -> Letter:
    return Letter("", job.last_error, job.name)


KIND = Kind(name="job", table=OutboxJob, letter=_letter)
