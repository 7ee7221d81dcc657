"""Run long work on the content in the worker, while a page polls it.

A task is identified by its kind and a key that describes the work, so that concurrent requests
share one. The worker writes its progress; without a sign of life the task is started again.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import structlog

from faq.editing.check.checking import Progress
from faq.matching.interruption import Interrupted
from miniprogram_api import clock, outbox
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from models.faq import tasks
from models.faq.tasks import DONE, FAILED, RUNNING, WAITING, FaqTask
from models.storage.database import DatabaseUnavailable, close_thread_connection, lock, transaction

JOB = "faq.task"
SEEN_EVERY = 3.0
"""Seconds between the heartbeats of a worker."""
DEAD_AFTER = timedelta(seconds=20)
LATE_AFTER = timedelta(seconds=15)
"""A task that waits longer may lack a running worker."""
_WRITTEN_EVERY = timedelta(milliseconds=400)

State = Literal["waiting", "running", "done", "failed"]
Work = Callable[[Mapping[str, Any], str, Progress], dict[str, Any]]
"""Takes the arguments, the actor and `Progress`; returns the outcome (JSON)."""

log = structlog.get_logger("faq")


@dataclass(frozen=True)
class Task:
    """Hold a task; `outcome`, `refusal`: of the work. `seconds`: since the request.

    `late`: not started in time.
    """

    id: int
    kind: str
    state: State
    step: str
    done: int
    total: int
    actor: str
    arguments: dict[str, Any]
    outcome: dict[str, Any]
    refusal: Refused | None
    seconds: int
    late: bool

    @property
    def is_over(self) -> bool:
        """Return whether it has ended."""
        return self.state in (DONE, FAILED)


def begin(
    kind: str, key: str, arguments: Mapping[str, Any], *, actor: str, anew: bool = False
) -> Task:
    """Return the task of this kind and key, started if it does not exist.

    `anew`: restart an ended one. `arguments`: JSON without personal data.
    """
    with transaction():
        lock("faq-task")
        row = tasks.latest(kind, key)
        if row is None or (anew and row.state in (DONE, FAILED)):
            now = clock.now()
            row = FaqTask.create(
                kind=kind,
                key=key,
                arguments=json.dumps(dict(arguments)),
                actor=actor,
                state=WAITING,
                begun_at=now,
                seen_at=now,
            )
            outbox.add(JOB, {"task_id": row.id})
        elif _is_dead(row):
            tasks.change(row.id, state=WAITING, seen_at=clock.now())
            outbox.add(JOB, {"task_id": row.id})
    return get(row.id)


def get(task_id: int) -> Task:
    """Return a task. Raises Refused: NOT_FOUND."""
    row = tasks.find(task_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    outcome = json.loads(row.outcome)
    age = clock.now() - row.begun_at
    refused = outcome.get("refused")
    return Task(
        id=row.id,
        kind=row.kind,
        state=cast(State, row.state),
        step=row.step,
        done=row.done,
        total=row.total,
        actor=row.actor,
        arguments=json.loads(row.arguments),
        outcome=outcome,
        refusal=Refused(Reason[refused], **outcome["details"]) if refused else None,
        seconds=int(age.total_seconds()),
        late=row.state == WAITING and age > LATE_AFTER,
    )


def run(task_id: int, work: Mapping[str, Work]) -> None:
    """Do a task unless another worker does or did. Raises Interrupted, to be retried."""
    now = clock.now()
    row = tasks.find(task_id)
    if row is None or not tasks.claim(task_id, now, now - DEAD_AFTER):
        return
    values: dict[str, Any]
    try:
        with _heartbeat(task_id):
            outcome = work[row.kind](json.loads(row.arguments), row.actor, _writer(task_id))
        values = {"state": DONE, "outcome": json.dumps(outcome)}
    except Refused as refused:
        said = {"refused": refused.reason.name, "details": refused.details}
        values = {"state": DONE, "outcome": json.dumps(said, default=str)}
    except Interrupted:
        tasks.change(task_id, state=WAITING)
        raise
    except Exception as error:
        log.error("task failed", task=row.kind, task_id=task_id, exc_info=error)
        values = {"state": FAILED}
    tasks.change(task_id, seen_at=clock.now(), **values)


def forget_old() -> None:
    """Delete tasks older than the retention period."""
    tasks.forget(Kept.CONTENT_TASKS.cutoff())


def _is_dead(row: FaqTask) -> bool:
    """Return whether its worker died and no other one has been started."""
    return row.state == RUNNING and row.seen_at < clock.now() - 3 * DEAD_AFTER


def _writer(task_id: int) -> Progress:
    """Return a function that stores the progress, at most every `_WRITTEN_EVERY`."""
    said = ("", datetime.min.replace(tzinfo=clock.SHANGHAI))

    def progress(step: str, done: int, total: int) -> None:
        nonlocal said
        now = clock.now()
        if step == said[0] and now - said[1] < _WRITTEN_EVERY:
            return
        said = step, now
        tasks.change(task_id, step=step, done=done, total=total, seen_at=now)

    return progress


@contextmanager
def _heartbeat(task_id: int) -> Iterator[None]:
    """Store a heartbeat while the work runs: learning reports nothing for a minute."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(SEEN_EVERY):
            try:
                tasks.change(task_id, seen_at=clock.now())
            except DatabaseUnavailable as error:
                log.warning("task not marked", task_id=task_id, error=type(error).__name__)
        close_thread_connection()

    thread = threading.Thread(target=beat, name="faq-task", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
