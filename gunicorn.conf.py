"""How gunicorn serves ``wsgi:create_app()``, under ``make run`` as well as started by hand.

``gunicorn "wsgi:create_app()"`` in this directory finds this file by itself. The code is loaded
once and then forked (``preload_app``): a killed worker is back at once and workers share memory; a
SIGHUP therefore does not load new code, a restart does. What a worker loads later (the pages for
staff) it loads from the disk: restart at once after new files are in place.
"""

import fcntl
import gc
import os
import signal
import sys
from contextlib import suppress
from threading import Event, Thread
from typing import IO, Any

from config import SettingsError, load
from handlers.commands.processes import die_with_parent

# Loading makes hardly any garbage; looking for it takes time, and the workers look for themselves.
gc.disable()

try:
    _settings = load()
except SettingsError as _error:
    sys.exit(str(_error))

bind = f"{_settings.host}:{_settings.port}"
backlog = 2048
worker_class = "handlers.http_worker.Worker"
workers = _settings.web_workers
threads = _settings.web_threads
preload_app = True
keepalive = 30
# The slowest answer waits for a vendor: see UPSTREAM_TIMEOUT and SMS_TIMEOUT.
timeout = 60
graceful_timeout = 15
# It would lie under the home directory and answer whoever can open it.
control_socket_disable = True
wsgi_app = "wsgi:create_app()"

_metrics = _settings.var_dir.absolute() / "metrics"
try:
    _metrics.mkdir(parents=True, exist_ok=True, mode=0o700)
except OSError as _error:
    sys.exit(f"VAR_DIR: {_error.filename}: {_error.strerror}.")
# prometheus-client reads it when it is first imported, which is when the application is loaded.
# numpy's threads would take the cores from each other for products as small as a question's.
raw_env = [f"PROMETHEUS_MULTIPROC_DIR={_metrics}", "OPENBLAS_NUM_THREADS=1"]


def when_ready(server: Any) -> None:
    """Forget the numbers of an earlier run; Prometheus knows that counters begin again.

    Those of processes that live stay: another gunicorn may serve beside this one, as in a restart
    without a gap, and would write on into files that nobody finds any more.
    """
    for leftover in _metrics.glob("*_*.db"):
        if not _lives(int(leftover.stem.rpartition("_")[2])):
            with suppress(OSError):
                leftover.unlink()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # It belongs to another user.
        return True
    return True


def pre_fork(server: Any, worker: Any) -> None:
    """A connection must not be shared by two processes; the code is."""
    from miniprogram_api import maintenance

    maintenance.disconnect()
    # What is loaded by now stays: a worker's collector need not look at it again and again, which
    # would also copy the memory that the workers share.
    gc.freeze()
    gc.enable()


def post_fork(server: Any, worker: Any) -> None:
    """Finish and end when the master is gone, so that nobody holds its place."""
    die_with_parent(worker.ppid, signal.SIGTERM)


_ending = Event()
_beside: list[Thread] = []


def post_worker_init(worker: Any) -> None:
    """Make ready beside the first answers what they need not wait for; write figures."""
    from handlers import metrics

    metrics.keep_in(_metrics)
    application = worker.app.wsgi()
    services = application.extensions["services"]
    _beside.append(Thread(target=_warm_up, args=(application,), name="warm-up", daemon=True))
    _beside.append(Thread(target=_write_figures, args=(services,), name="figures", daemon=True))
    for thread in _beside:
        thread.start()


def _warm_up(application: Any) -> None:
    # After the first answer, with which it would share a core.
    if not _ending.wait(1):
        _make_bot_ready()
    if not _ending.is_set():
        _load_pages(application)


def _make_bot_ready() -> None:
    from faq import publishing
    from faq.interruption import Interrupted
    from miniprogram_api import maintenance
    from miniprogram_api.reasons import Refused

    try:
        # One worker learns what nobody has learnt yet, and the others fetch it.
        with _metrics.with_name("warm-up.lock").open("w") as lock:
            while not _is_ours(lock):
                if _ending.wait(0.2):
                    return
            publishing.warm_up()
    except (*maintenance.DatabaseUnavailable, Refused, Interrupted):
        # The first question then finds out by itself, and is told.
        return
    finally:
        maintenance.leave_thread()


def _load_pages(application: Any) -> None:
    import structlog

    try:
        application.load_mounted()
    except Exception as error:
        structlog.get_logger("http").error("pages not loaded", exc_info=error)


def _write_figures(services: Any) -> None:
    import structlog

    from handlers import metrics
    from miniprogram_api import figure_counters, maintenance

    log = structlog.get_logger("figures")
    is_over = False
    while not is_over:
        is_over = _ending.wait(figure_counters.WRITE_EVERY_SECONDS)
        try:
            metrics.write()
        except OSError as error:
            # No file can be opened just now, or the disk is full; what is counted next is written
            # the next time.
            log.warning("metrics not written", error=type(error).__name__)
        try:
            figure_counters.write(services)
        except Exception as error:
            # Nobody would start this thread again.
            log.error("figures not written", exc_info=error)
        maintenance.leave_thread()


def _is_ours(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def worker_exit(server: Any, worker: Any) -> None:
    """Let no arithmetic be under way when its memory is taken away."""
    _ending.set()
    interruption = sys.modules.get("faq.interruption")
    if interruption is not None:
        interruption.interrupt()
    for thread in _beside:
        thread.join(timeout=graceful_timeout)


def child_exit(server: Any, worker: Any) -> None:
    """Take a dead worker's gauges out of the sum; its counters stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
