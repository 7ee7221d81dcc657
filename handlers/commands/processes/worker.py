"""Run background jobs and answer WeChat chat messages until SIGTERM.

Jobs run one after the other, slow ones in a thread of their own. Several threads answer chat
messages, those of one user in order. Several workers may run at once.
"""

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread, get_ident

import click
import structlog

from config import Settings
from faq.matching import interruption
from faq.release import publishing
from handlers import jobs
from handlers.commands.environment import with_settings
from handlers.commands.processes import service_manager, worker_metrics
from handlers.jobs import chat
from handlers.logs import configure_logs
from miniprogram_api import clients, clock
from miniprogram_api.delivery import sending
from miniprogram_api.health import heartbeats
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.operations import maintenance
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services

POLL_SECONDS = 0.5
PLAN_EVERY = timedelta(minutes=1)
# A loop that did not turn for so long is stuck; deleting a backlog takes some minutes.
LONGEST_JOB = timedelta(minutes=15)
CHAT_POLL_SECONDS = 0.05
# Several times within a lease, because an answer may take longer than one.
EXTEND_EVERY = timedelta(seconds=5)

log = structlog.get_logger("worker")


@click.command(help=__doc__)
@click.option("--once", is_flag=True, help="stop when nothing is due")
@click.option("--name", default="", help="take over the leases of the last worker of this name")
@with_settings
def command(settings: Settings, *, once: bool, name: str) -> None:
    """Work until a signal; finish the job and the messages in progress."""
    configure_logs(settings.log_level)
    maintenance.connect(
        settings, threads=6 + settings.worker_threads, patience=maintenance.PATIENCE
    )
    services = Services(settings, clients.build(settings))
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: signals.append(received))
    try:
        if once:
            _work_until_idle(services)
        else:
            _work(services, name, signals)
    finally:
        maintenance.disconnect()


def _work_until_idle(services: Services) -> None:
    jobs.plan_periodic(clock.now())
    while jobs.work_once(services, clock.now()) or chat_inbox.work_once(
        services, chat.answer, clock.now()
    ):
        pass


def _work(services: Services, name: str, signals: list[int]) -> None:
    channels = jobs.quick(services)
    plan_at = clock.now()

    def work() -> bool:
        nonlocal plan_at
        now = clock.now()
        if now >= plan_at:
            plan_at = now + PLAN_EVERY
            jobs.plan_periodic(now)
        return sending.work_once(services, channels, now)

    with (
        worker_metrics.serving(services.settings),
        _slow_jobs(services),
        _ChatThreads(services, name),
        _signs_of_life(services, name) as turn,
    ):
        service_manager.tell(services.settings.notify_socket, "READY=1")
        while not signals:
            turn()
            if not _attempt(work, "work failed"):
                time.sleep(POLL_SECONDS)


def _attempt(step: Callable[[], bool], log_event: str) -> bool:
    """Return the step's result; log an error and return False, so that the thread survives."""
    try:
        try:
            worked = step()
        finally:
            # A broken connection would fail all further steps.
            maintenance.release()
    except maintenance.DatabaseUnavailable as error:
        log.error("store unavailable", failure=error)
        return False
    except Exception as error:
        log.error(log_event, exc_info=error)
        return False
    return worked


@contextmanager
def _signs_of_life(services: Services, name: str) -> Iterator[Callable[[], None]]:
    """Tell the database and systemd that the worker lives, while its loop turns.

    In a thread, because a job may take minutes. Yields what the loop calls at each turn.
    """
    is_closed = Event()
    own_name = name or str(os.getpid())
    turned_at = time.monotonic()

    def turn() -> None:
        nonlocal turned_at
        turned_at = time.monotonic()

    def beat() -> bool:
        heartbeats.beat(heartbeats.Role.WORKER, own_name)
        return True

    def tell() -> None:
        while not is_closed.is_set():
            if time.monotonic() - turned_at < LONGEST_JOB.total_seconds():
                # Also without a database: a restart would not bring it back.
                service_manager.tell(services.settings.notify_socket, "WATCHDOG=1")
                _attempt(beat, "no sign of life")
            is_closed.wait(heartbeats.EVERY_SECONDS)
        maintenance.close_thread_connection()

    thread = Thread(target=tell)
    thread.start()
    try:
        yield turn
    finally:
        is_closed.set()
        thread.join()


@contextmanager
def _slow_jobs(services: Services) -> Iterator[None]:
    """Run slow jobs in a thread, so that they delay no others; interrupt them at the end."""
    is_closed = Event()
    channels = jobs.slow(services)

    def work() -> None:
        while not is_closed.is_set():
            if not _attempt(
                lambda: sending.work_once(services, channels, clock.now()), "slow job failed"
            ):
                is_closed.wait(POLL_SECONDS)
        maintenance.close_thread_connection()

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_closed.set()
        interruption.interrupt()
        thread.join()


class _ChatThreads:
    """The threads that answer chat messages, and one that polls for messages and wakes them."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        self._name = name or secrets.token_hex(4)
        self._has_work = Event()
        self._is_closed = Event()
        self._extend_at = clock.now()
        self._busy: set[int] = set()
        steps = [self._poll, *[self._answer] * services.settings.worker_threads]
        self._threads = [Thread(target=self._repeat, args=(step,)) for step in steps]

    def __enter__(self) -> None:
        try:
            chat_inbox.release_leases(self._name)
        except maintenance.DatabaseUnavailable as error:
            log.error("store unavailable", failure=error)
        for thread in self._threads:
            thread.start()
        Thread(target=self._warm_up, daemon=True).start()

    def __exit__(self, *_error: object) -> None:
        """Wait until every thread has finished its message."""
        self._is_closed.set()
        self._has_work.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, step: Callable[[], bool]) -> None:
        """Repeat a step, with a pause after a failure."""
        while not self._is_closed.is_set():
            if not _attempt(step, "chat failed"):
                self._is_closed.wait(POLL_SECONDS)
        maintenance.close_thread_connection()

    def _poll(self) -> bool:
        now = clock.now()
        if chat_inbox.has_waiting(now):
            self._has_work.set()
        if now >= self._extend_at:
            self._extend_at = now + EXTEND_EVERY
            if self._busy:
                chat_inbox.extend_leases(self._services, self._name)
        self._is_closed.wait(CHAT_POLL_SECONDS)
        return True

    def _answer(self) -> bool:
        self._has_work.wait()
        # Cleared before the query, so that a later message wakes again.
        self._has_work.clear()
        if self._is_closed.is_set():
            self._has_work.set()
            return True
        self._busy.add(get_ident())
        try:
            worked = chat_inbox.work_once(self._services, chat.answer, clock.now(), self._name)
        finally:
            self._busy.discard(get_ident())
        if worked:
            self._has_work.set()
        return True

    def _warm_up(self) -> None:
        try:
            publishing.warm_up()
        except (Refused, *maintenance.DatabaseUnavailable) as error:
            log.error("bot not ready", failure=error)
        maintenance.close_thread_connection()
