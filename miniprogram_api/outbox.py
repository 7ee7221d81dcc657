"""Jobs that run after a commit, stored in the transaction of their cause, at least once.

A job carries ids, never personal data. ``delivery.sending`` claims and retries it like everything
that is sent; when a worker dies, another one runs the job again, so it must be idempotent.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from miniprogram_api import clock
from models.outbox import OutboxJob
from models.storage import database
from models.storage.removal import remove_before

Payload = Mapping[str, Any]
_DAY = timedelta(days=1)


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
        due_at=run_at or now,
    ).on_conflict_ignore().execute()


def plan(name: str, every: timedelta, now: datetime) -> None:
    """Insert the job of the present period of ``every``, unless it exists.

    Days begin at midnight in China, shorter periods at multiples of themselves.
    """
    period = int(now.timestamp() // every.total_seconds())
    if every >= _DAY:
        period = now.astimezone(clock.SHANGHAI).toordinal() // every.days
    with database.transaction():
        add(name, {}, unique_key=f"{name}:{period}")


def forget_done(before: datetime) -> int:
    """Delete the jobs done before that instant; return how many."""
    return remove_before(OutboxJob.done_at, before)
