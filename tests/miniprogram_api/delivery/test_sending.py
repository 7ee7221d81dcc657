"""Claims, retries and several workers, shown by jobs of the outbox."""

import multiprocessing
import os
import signal
import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from config import Settings
from miniprogram_api import clock, outbox
from miniprogram_api.delivery import background_jobs, backlog, sending
from miniprogram_api.operations import maintenance
from models.outbox import OutboxJob
from models.storage.database import SHANGHAI, database, transaction

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
NOON = datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)


class Recorder:
    """Record the jobs of a job function that fails a given number of times."""

    def __init__(self, failures: int = 0) -> None:
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self._failures = failures

    def __call__(self, name: str, payload: Any) -> None:
        assert not database.in_transaction()
        self.seen.append((name, dict(payload)))
        if len(self.seen) <= self._failures:
            raise ConnectionError("张三 13800130011")


def work_once(run: background_jobs.Run, now: datetime, **names: Any) -> bool:
    services: Any = None
    return sending.work_once(services, [background_jobs.channel(run, **names)], now)


def add(name: str = "notice.send", **options: Any) -> None:
    with transaction():
        outbox.add(name, {"notice_id": 7}, **options)


@BOTH
def test_job_runs_once(tables: Settings) -> None:
    add()
    run = Recorder()

    assert work_once(run, clock.now()) is True
    assert work_once(run, clock.now()) is False
    assert run.seen == [("notice.send", {"notice_id": 7})]


def test_job_is_rolled_back_with_its_transaction(tables: Settings) -> None:
    with pytest.raises(RuntimeError):
        outbox.add("notice.send", {})
    with database.atomic() as cause:
        outbox.add("notice.send", {})
        cause.rollback()

    assert OutboxJob.select().count() == 0


@BOTH
def test_repeated_enqueue_leaves_one_job(tables: Settings) -> None:
    add(unique_key="welcome:1")
    add(unique_key="welcome:1")
    add(unique_key="welcome:2")
    add()
    add()

    assert OutboxJob.select().count() == 4


def test_jobs_run_when_due_oldest_first(tables: Settings) -> None:
    run = Recorder()
    with clock.replaced(lambda: NOON):
        add("late", run_at=NOON + timedelta(hours=1))
        add("second")
        add("first", run_at=NOON - timedelta(seconds=1))

    while work_once(run, NOON):
        pass
    assert [name for name, _ in run.seen] == ["first", "second"]
    assert work_once(run, NOON + timedelta(hours=1))


def test_slow_jobs_can_be_excluded(tables: Settings) -> None:
    run, slow = Recorder(), Recorder()
    add("check")
    add()
    assert work_once(run, clock.now(), but={"check"})
    assert work_once(run, clock.now(), but={"check"}) is False
    assert work_once(slow, clock.now(), only={"check"})
    assert work_once(slow, clock.now(), only={"check"}) is False
    assert ([name for name, _ in run.seen], [name for name, _ in slow.seen]) == (
        ["notice.send"],
        ["check"],
    )


def test_failed_job_is_retried_with_backoff_then_kept(tables: Settings) -> None:
    run = Recorder(failures=1000)
    times: list[datetime] = []
    now = NOON
    with clock.replaced(lambda: now):
        add()
        while work_once(run, now):
            times.append(now)
            assert work_once(run, now) is False
            now = OutboxJob.get().due_at

    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) == 20
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40)]
    assert waits[-1] == timedelta(hours=1)
    assert waits == sorted(waits)
    job = OutboxJob.get()
    assert job.failed_at is not None
    assert job.done_at is None
    # The exception's message names a person; what is kept of it must not.
    assert job.last_error == "ConnectionError"
    assert backlog.by_channel()["job"].failed == 1


def test_failed_job_succeeds_on_retry(tables: Settings) -> None:
    run = Recorder(failures=2)
    now = NOON
    with clock.replaced(lambda: now):
        add()
        while work_once(run, now) or now < NOON + timedelta(minutes=5):
            now += timedelta(seconds=5)

    assert len(run.seen) == 3
    assert OutboxJob.get().done_at is not None


def test_leased_job_is_not_taken_until_the_lease_expires(tables: Settings) -> None:
    add()

    class Killed(BaseException):
        """The worker dies in mid-job: nothing is noted."""

    def die(name: str, payload: Any) -> None:
        raise Killed

    now = clock.now()
    with pytest.raises(Killed):
        work_once(die, now)
    run = Recorder()
    assert work_once(run, now + timedelta(seconds=59)) is False
    assert work_once(run, now + timedelta(minutes=1)) is True
    assert OutboxJob.get().done_at is not None


def test_job_that_kills_every_worker_fails(tables: Settings) -> None:
    add()
    OutboxJob.update(attempts=20).execute()
    run = Recorder()

    assert work_once(run, clock.now()) is False
    assert run.seen == []
    assert backlog.by_channel()["job"].failed == 1


def test_worker_with_an_expired_lease_does_not_overwrite_the_next(tables: Settings) -> None:
    add()
    now = clock.now()

    def slow(name: str, payload: Any) -> None:
        # Meanwhile the lease ended and another worker did it.
        assert work_once(Recorder(), now + timedelta(minutes=1))
        raise ConnectionError

    assert work_once(slow, now)
    job = OutboxJob.get()
    assert job.done_at is not None
    assert job.attempts == 2


def test_periodic_job_is_planned_once_per_period(tables: Settings) -> None:
    hour = timedelta(hours=1)
    for minutes in (0, 1, 59, 60, 61):
        outbox.plan("housekeeping", hour, NOON + timedelta(minutes=minutes))

    assert OutboxJob.select().count() == 2


def test_old_completed_jobs_are_deleted_and_failed_ones_kept(tables: Settings) -> None:
    with clock.replaced(lambda: NOON):
        add()
        add()
        add()
        work_once(Recorder(), NOON)
    OutboxJob.update(failed_at=NOON).where(OutboxJob.id == 3).execute()

    assert outbox.forget_done(NOON) == 0
    assert outbox.forget_done(NOON + timedelta(seconds=1)) == 1
    assert OutboxJob.select().count() == 2


# Several processes ------------------------------------------------------------------------------

PROCESSES = 4
JOBS = 200


def _work_off(settings: Settings, log: str) -> None:
    """Run one worker process: append each job's number to a file, then end."""
    maintenance.connect(settings, threads=1)

    def run(name: str, payload: Any) -> None:
        with open(log, "a") as file:
            file.write(f"{payload['number']}\n")

    while work_once(run, clock.now()):
        pass
    maintenance.disconnect()


def _start(settings: Settings, log: str, count: int) -> list[Any]:
    # Spawned, because a forked process would share this one's connections.
    context = multiprocessing.get_context("spawn")
    started = [
        context.Process(target=_work_off, args=(settings, log), daemon=True) for _ in range(count)
    ]
    for process in started:
        process.start()
    return started


@BOTH
def test_four_processes_run_every_job_exactly_once(tables: Settings, tmp_path: Any) -> None:
    with transaction():
        for number in range(JOBS):
            outbox.add("count", {"number": number})
    log = tmp_path / "log"

    for process in _start(tables, str(log), PROCESSES):
        process.join(timeout=60)
        assert process.exitcode == 0

    assert sorted(map(int, log.read_text().split())) == list(range(JOBS))
    assert OutboxJob.select().where(OutboxJob.done_at.is_null()).count() == 0
    assert OutboxJob.select().where(OutboxJob.attempts != 1).count() == 0


@BOTH
def test_a_killed_worker_loses_no_job(tables: Settings, tmp_path: Any) -> None:
    with transaction():
        for number in range(JOBS):
            outbox.add("count", {"number": number})
    log = tmp_path / "log"
    victims = _start(tables, str(log), 2)
    deadline = time.monotonic() + 60
    while not (log.exists() and log.read_text().count("\n") > 10):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    for process in victims:
        os.kill(process.pid, signal.SIGKILL)
        process.join()

    with clock.replaced(lambda: datetime.now(SHANGHAI) + timedelta(minutes=1)):
        while work_once(lambda _name, payload: _append(log, payload), clock.now()):
            pass

    done = list(map(int, log.read_text().split()))
    assert set(done) == set(range(JOBS))
    # At most the job that each victim had in hand ran twice.
    assert len(done) <= JOBS + len(victims)


def _append(log: Any, payload: Any) -> None:
    with open(log, "a") as file:
        file.write(f"{payload['number']}\n")
