"""Works off background jobs and what people write into the chat until SIGTERM.

Jobs are done one after the other, those that take long by a thread of their own. Messages of the
chat are answered by several threads, because each of them mostly waits for WeChat; those of one
person stay in order. Several workers may run at once.
"""

import argparse
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Event, Thread, get_ident

import structlog

from config import Settings
from faq.matching import interruption
from faq.release import publishing
from handlers import jobs
from handlers.jobs import chat
from handlers.logs import configure_logs
from miniprogram_api import clients, clock, outbox
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.operations import maintenance
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services

POLL_SECONDS = 0.5
PLAN_EVERY = timedelta(minutes=1)
# A person in the chat waits for his answer, and a look whether there is one is a narrow query.
CHAT_POLL_SECONDS = 0.05
# Several times within a lease: an answer may take longer than that.
KEEP_EVERY = timedelta(seconds=5)

log = structlog.get_logger("worker")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="stop when nothing is due")
    parser.add_argument(
        "--name",
        default="",
        help="take over what the last worker of this name held when it died",
    )


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Work; what is in hand is finished before the end."""
    configure_logs(settings.log_level)
    maintenance.connect(
        settings, threads=5 + settings.worker_threads, patience=maintenance.PATIENCE
    )
    services = Services(settings, clients.build(settings))
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: signals.append(received))
    try:
        if arguments.once:
            _work_off(services)
        else:
            _work(services, arguments.name, signals)
    finally:
        maintenance.disconnect()
    return 0


def _work_off(services: Services) -> None:
    """Do whatever is due now, in this thread."""
    jobs.plan_periodic(clock.now())
    do = partial(jobs.run, services)
    while outbox.work_once(do, clock.now()) or chat_inbox.work_once(
        services, chat.answer, clock.now()
    ):
        pass


def _work(services: Services, name: str, signals: list[int]) -> None:
    do = partial(jobs.run, services)
    plan_at = clock.now()

    def work() -> bool:
        nonlocal plan_at
        now = clock.now()
        if now >= plan_at:
            plan_at = now + PLAN_EVERY
            jobs.plan_periodic(now)
        return outbox.work_once(do, now, but=jobs.SLOW)

    with _slow_jobs(do), _Desk(services, name):
        while not signals:
            if not _tried(work, "work failed"):
                time.sleep(POLL_SECONDS)


def _tried(step: Callable[[], bool], when_it_fails: str) -> bool:
    """What a step returns; False, and a line in the log, when it fails.

    What is wrong with one thing must not end the work on all others, and a thread that ends would
    be missing until the next start.
    """
    try:
        try:
            worked = step()
        finally:
            # A connection that was given up would fail at every step that follows.
            maintenance.release()
    except maintenance.DatabaseUnavailable as error:
        log.error("store unavailable", error=type(error).__name__)
        return False
    except Exception as error:
        log.error(when_it_fails, exc_info=error)
        return False
    return worked


@contextmanager
def _slow_jobs(do: Callable[[str, outbox.Payload], None]) -> Iterator[None]:
    """Do the jobs that take long beside the others; one in hand at the end is given up for later.

    So that nobody waits for a code behind a check of the FAQ, nor the end for the check.
    """
    is_closed = Event()

    def work() -> None:
        while not is_closed.is_set():
            if not _tried(
                lambda: outbox.work_once(do, clock.now(), only=jobs.SLOW), "slow job failed"
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


class _Desk:
    """The threads that answer in the chat, and one that wakes them when somebody waits."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        # Without a name of its own nobody takes over from it, but it still has to be told apart.
        self._name = name or secrets.token_hex(4)
        self._somebody_waits = Event()
        self._is_closed = Event()
        self._keep_at = clock.now()
        self._busy: set[int] = set()
        steps = [self._look, *[self._answer] * services.settings.worker_threads]
        self._threads = [Thread(target=self._repeat, args=(step,)) for step in steps]

    def __enter__(self) -> None:
        try:
            chat_inbox.release_leases(self._name)
        except maintenance.DatabaseUnavailable as error:
            log.error("store unavailable", error=type(error).__name__)
        for thread in self._threads:
            thread.start()
        # The first person should wait no longer than the others.
        Thread(target=self._warm_up, daemon=True).start()

    def __exit__(self, *_error: object) -> None:
        """Let every thread finish the message that it has in hand."""
        self._is_closed.set()
        self._somebody_waits.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, step: Callable[[], bool]) -> None:
        """Take a step again and again, with a pause after one that failed."""
        while not self._is_closed.is_set():
            if not _tried(step, "chat failed"):
                self._is_closed.wait(POLL_SECONDS)
        maintenance.close_thread_connection()

    def _look(self) -> bool:
        now = clock.now()
        if chat_inbox.has_waiting(now):
            self._somebody_waits.set()
        if now >= self._keep_at:
            self._keep_at = now + KEEP_EVERY
            if self._busy:
                chat_inbox.extend_leases(self._services, self._name)
        self._is_closed.wait(CHAT_POLL_SECONDS)
        return True

    def _answer(self) -> bool:
        self._somebody_waits.wait()
        # Cleared before the look: what comes after it wakes again.
        self._somebody_waits.clear()
        if self._is_closed.is_set():
            self._somebody_waits.set()
            return True
        self._busy.add(get_ident())
        try:
            worked = chat_inbox.work_once(self._services, chat.answer, clock.now(), self._name)
        finally:
            self._busy.discard(get_ident())
        if worked:
            self._somebody_waits.set()
        return True

    def _warm_up(self) -> None:
        try:
            publishing.warm_up()
        except (Refused, *maintenance.DatabaseUnavailable) as error:
            log.error("bot not ready", error=type(error).__name__)
        maintenance.close_thread_connection()
