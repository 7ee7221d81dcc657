"""Jobs that run after a commit, stored in the transaction of their cause, at least once.

A job carries ids, never personal data. Its lease lasts a minute; when the worker dies, another one
runs it again, so a job must be idempotent. A failed job is retried with exponential backoff and
marked with ``failed_at`` after the last attempt.
"""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from miniprogram_api import clock
from models.outbox import OutboxJob
from models.storage import database

LEASE = timedelta(seconds=60)
# About half a day, with the waits below.
MOST_ATTEMPTS = 20
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)

Payload = Mapping[str, Any]

log = structlog.get_logger("outbox")


def add(
    name: str,
    payload: Payload,
    *,
    unique_key: str | None = None,
    run_at: datetime | None = None,
) -> None:
    """Insert a job in the transaction of its cause, to run at ``run_at`` or as soon as possible.

    A job whose ``unique_key`` (at most 96 characters) exists already, done or not, is ignored.
    Raises RuntimeError outside a transaction.
    """
    if not database.database.in_transaction():
        raise RuntimeError("A job is written in the transaction of its cause.")
    now = clock.now()
    OutboxJob.insert(
        name=name,
        payload=json.dumps(dict(payload)),
        unique_key=unique_key,
        created_at=now,
        run_at=run_at or now,
    ).on_conflict_ignore().execute()


def plan(name: str, every: timedelta, now: datetime) -> None:
    """Insert the job of the present period of ``every``, unless it exists."""
    period = int(now.timestamp() // every.total_seconds())
    with database.transaction():
        add(name, {}, unique_key=f"{name}:{period}")


def work_once(
    run: Callable[[str, Payload], None],
    now: datetime,
    *,
    only: Collection[str] = (),
    but: Collection[str] = (),
) -> bool:
    """Run the job that is due longest; return whether there was one.

    ``run(name, payload)`` raises to fail the job; no transaction or connection is held meanwhile.
    ``only`` restricts the names of jobs, ``but`` excludes names.
    """
    job = _lease(now, only, but)
    if job is None:
        return False
    database.release()
    try:
        run(job.name, json.loads(job.payload))
    except Exception as error:
        _note_failure(job, error)
    else:
        _change(job, done_at=clock.now(), leased_until=None)
    return True


def forget_done(before: datetime) -> int:
    """Delete the jobs done before that instant; return how many."""
    return int(OutboxJob.delete().where(OutboxJob.done_at < before).execute())


def count_failed() -> int:
    """Return how many jobs failed for good and need an operator."""
    return int(OutboxJob.select().where(OutboxJob.failed_at.is_null(False)).count())


def _lease(now: datetime, only: Collection[str], but: Collection[str]) -> OutboxJob | None:
    due = (
        OutboxJob.done_at.is_null()
        & OutboxJob.failed_at.is_null()
        & (OutboxJob.run_at <= now)
        & (OutboxJob.leased_until.is_null() | (OutboxJob.leased_until <= now))
    )
    if only:
        due &= OutboxJob.name.in_(list(only))
    if but:
        due &= OutboxJob.name.not_in(list(but))
    queue = OutboxJob.select().where(due).order_by(OutboxJob.run_at, OutboxJob.id)
    # A clone, because a query remembers its first result.
    while (job := queue.clone().first()) is not None:
        if job.attempts >= MOST_ATTEMPTS:
            _change(job, failed_at=now, last_error="The worker died.")
        elif _change(job, attempts=job.attempts + 1, leased_until=now + LEASE):
            job.attempts += 1
            return job
    return None


def _change(job: OutboxJob, **values: Any) -> bool:
    """Change the job unless another worker has leased it since, as ``attempts`` shows."""
    unchanged = (
        (OutboxJob.id == job.id)
        & (OutboxJob.attempts == job.attempts)
        & OutboxJob.done_at.is_null()
        & OutboxJob.failed_at.is_null()
    )
    return bool(OutboxJob.update(**values).where(unchanged).execute() == 1)


def _note_failure(job: OutboxJob, error: Exception) -> None:
    now = clock.now()
    # An exception's message may contain personal data.
    note = {"leased_until": None, "last_error": type(error).__name__}
    if job.attempts >= MOST_ATTEMPTS:
        _change(job, failed_at=now, **note)
    else:
        wait = min(FIRST_WAIT * 2 ** (job.attempts - 1), LONGEST_WAIT)
        _change(job, run_at=now + wait, **note)
    log.warning("job failed", job=job.name, job_id=job.id, attempts=job.attempts, exc_info=error)
