"""Claim the row that is due longest, send it by its channel, and store what became of it.

A claim lasts a minute; when the worker dies, another one claims the row again. A row that was not
taken is retried with exponential backoff and marked with ``failed_at`` after the last attempt.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from peewee import Expression, fn

from miniprogram_api import clock
from miniprogram_api.backoff import Backoff
from miniprogram_api.delivery import quiet_hours
from miniprogram_api.delivery.channels import Channel, Outcome, Result
from miniprogram_api.services import Services
from models.deliveries import Deliverable
from models.storage import origin
from models.storage.database import lock, release, transaction

LEASE = timedelta(seconds=60)
# About half a day, with the waits below.
MOST_ATTEMPTS = 20
BACKOFF = Backoff(timedelta(seconds=5), timedelta(hours=1))

log = structlog.get_logger("delivery")


class ClaimLost(Exception):
    """Another worker claimed the row; abort without side effects."""


def work_once(services: Services, channels: Collection[Channel], now: datetime) -> bool:
    """Send the row of these channels that is due longest; return whether there was one.

    No transaction or connection is held during the call outside.
    """
    claimed = _claim(channels, now)
    if claimed is None:
        return False
    channel, row = claimed
    release()
    with origin.of(row.request_id):
        _send(services, channel, row)
    return True


def _send(services: Services, channel: Channel, row: Any) -> None:
    try:
        result = _attempt(services, channel, row)
    except ClaimLost:
        log.warning("claim lost", channel=channel.name, id=row.id)
        return
    except Exception as error:
        log.warning("attempt failed", channel=channel.name, id=row.id, exc_info=error)
        # An exception's message may contain personal data.
        result = Result(Outcome.LATER, error=type(error).__name__)
    outcome = end_attempt(channel, row, result)
    if row.request_id is not None and outcome is not None:
        log.info("attempt", channel=channel.name, id=row.id, outcome=outcome.value)


def end_attempt(channel: Channel, row: Any, result: Result) -> Outcome | None:
    """Store a result unless the row was claimed again or ended; return what it came to."""
    now = clock.now()
    outcome = result.outcome
    is_last = row.attempts >= MOST_ATTEMPTS or _is_over(channel, row, now)
    if outcome is Outcome.LATER and is_last:
        outcome = Outcome.FAILED
    values: dict[str, Any] = {"leased_until": None, "code": result.code}
    values |= {"last_error": result.error}
    if outcome is Outcome.DONE:
        values |= {"done_at": now, "due_at": None}
    elif outcome is Outcome.FAILED:
        values |= {"failed_at": now, "due_at": None}
    else:
        values["handed_over_at"] = None
        wait = result.wait
        if outcome is Outcome.POSTPONED:
            values["attempts"] = row.attempts - 1
        else:
            wait = BACKOFF.after(row.attempts)
        if row.due_at is not None:
            values["due_at"] = now + wait
    with transaction():
        if not _change(row, **values):
            return None
        if outcome in (Outcome.DONE, Outcome.FAILED):
            channel.ended(row, Result(outcome, result.code, result.note))
    if outcome is Outcome.FAILED:
        log.warning("given up", channel=channel.name, id=row.id, code=result.code)
    return outcome


def hand_over(row: Any) -> None:
    """Mark a claimed row right before the other side can have it. Raises ClaimLost."""
    with transaction():
        if not _change(row, handed_over_at=clock.now()):
            raise ClaimLost


def send_again(row: Deliverable) -> None:
    """Make a failed row due, with all attempts before it. Run in a transaction."""
    now = clock.now()
    table = type(row)
    table.update(
        due_at=now,
        since=now,
        failed_at=None,
        handed_over_at=None,
        attempts=0,
        code=0,
        last_error="",
    ).where((table.id == row.id) & table.failed_at.is_null(False)).execute()


def _attempt(services: Services, channel: Channel, row: Any) -> Result:
    if row.handed_over_at is not None and channel.in_doubt is not None:
        return channel.in_doubt
    return channel.send(services, row, lambda: hand_over(row))


def _is_over(channel: Channel, row: Any, now: datetime) -> bool:
    over = channel.retry_for
    return over is not None and row.since is not None and bool(now - row.since > over)


def _claim(channels: Iterable[Channel], now: datetime) -> tuple[Channel, Any] | None:
    awake = [
        channel for channel in channels if not (channel.daytime_only and quiet_hours.is_quiet(now))
    ]
    while True:
        heads = [(channel, _next(channel, now)) for channel in awake]
        due = [(channel, row) for channel, row in heads if row is not None]
        if not due:
            return None
        channel, row = min(due, key=lambda head: head[1].due_at)
        if row.attempts >= MOST_ATTEMPTS:
            end_attempt(channel, row, Result(Outcome.FAILED, error="The worker died."))
        elif _lease(channel, row, now):
            return channel, row


def _next(channel: Channel, now: datetime) -> Any:
    return (
        channel.table.select()
        .where(_is_due(channel, now))
        .order_by(channel.table.due_at, channel.table.id)
        .first()
    )


def _is_due(channel: Channel, now: datetime) -> Expression:
    table = channel.table
    is_free = table.leased_until.is_null() | (table.leased_until <= now)
    is_open = table.done_at.is_null() & table.failed_at.is_null()
    due = (table.due_at <= now) & is_free & is_open
    if channel.only is not None:
        due &= channel.only
    if channel.queue is not None:
        other = table.alias()
        comes_first = (other.id < table.id) | (other.leased_until > now)
        earlier = other.select(other.id).where(
            getattr(other, channel.queue.name) == channel.queue,
            other.id != table.id,
            other.due_at.is_null(False),
            comes_first,
        )
        due &= ~fn.EXISTS(earlier)
    return due


def _lease(channel: Channel, row: Any, now: datetime) -> bool:
    """Lease a row if it is still the next one; the row gets the new values."""
    values = {
        "attempts": row.attempts + 1,
        "leased_until": now + LEASE,
        "since": now if row.since is None else row.since,
    }
    with transaction():
        if channel.queue is not None:
            lock(f"delivery:{channel.name}:{row.__data__[channel.queue.name]}")
            table = channel.table
            if not table.select().where(_is_due(channel, now) & (table.id == row.id)).exists():
                return False
        is_leased = _change(row, **values)
    for name, value in values.items():
        setattr(row, name, value)
    return is_leased


def _change(row: Any, **values: Any) -> bool:
    """Change a row unless it was claimed or ended since it was read."""
    table = type(row)
    is_same_claim = (
        table.leased_until.is_null()
        if row.leased_until is None
        else table.leased_until == row.leased_until
    )
    unchanged = (
        (table.id == row.id)
        & (table.attempts == row.attempts)
        & is_same_claim
        & table.done_at.is_null()
        & table.failed_at.is_null()
    )
    return bool(table.update(**values).where(unchanged).execute() == 1)
