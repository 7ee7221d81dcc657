"""Configuration of gunicorn for ``wsgi:create_app()``.

The application is loaded before the fork, so that workers share memory. New code needs a restart;
SIGHUP does not load it.
"""

import gc
import os
import signal
import sys
from contextlib import suppress
from threading import Thread
from typing import Any

# Until `when_ready`, because modules leave little garbage.
gc.disable()
# Before numpy is imported, which reads it: more threads would compete for the cores.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from config import SettingsError
from miniprogram_api.operations.profiles import load_settings

try:
    _settings = load_settings()
    # The files of VAR_DIR hold personal data.
    os.umask(0o077)
    _metrics = _settings.var_dir.absolute() / "metrics"
    _metrics.mkdir(parents=True, exist_ok=True, mode=0o700)
except SettingsError as _error:
    sys.exit(str(_error))
except OSError as _error:
    sys.exit(f"VAR_DIR: {_error.filename}: {_error.strerror}.")

# Before prometheus-client is imported, which reads it.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics)

import structlog
from prometheus_client.multiprocess import mark_process_dead

from faq.matching import interruption
from faq.release import publishing
from handlers import metrics
from handlers.commands.processes.processes import die_with_parent
from miniprogram_api.operations import figure_counters, maintenance
from miniprogram_api.reasons import Refused
from miniprogram_api.registrars import signatures
from miniprogram_api.services import StoreUnavailable

bind = f"{_settings.host}:{_settings.port}"
backlog = 2048
worker_class = "handlers.http_worker.worker.Worker"
logger_class = "handlers.http_worker.log.Logger"
workers = _settings.web_workers
threads = _settings.web_threads
# Of one worker; with its files it stays below 1,024, the usual limit of open ones.
worker_connections = 800
preload_app = True
keepalive = 30
# The slowest answer waits for a vendor: see UPSTREAM_TIMEOUT and SMS_TIMEOUT.
timeout = 60
graceful_timeout = 15
# gunicorn would put it into the home directory.
control_socket_disable = True
wsgi_app = "wsgi:create_app()"


def when_ready(server: Any) -> None:
    """Load the content that workers share, before they are forked."""
    _remove_stale_metrics()
    gc.freeze()
    gc.enable()
    try:
        publishing.warm_up()
    except (*maintenance.DatabaseUnavailable, Refused) as error:
        # The first question loads the content instead.
        structlog.get_logger("http").warning("content not loaded", failure=error)
    # Workers share this memory only while no collection writes to it, which also takes a second
    # of each worker's end.
    gc.freeze()


def _remove_stale_metrics() -> None:
    """Remove the files of dead processes; a second gunicorn may share the folder."""
    for path in _metrics.glob("*_*.db"):
        try:
            os.kill(int(path.stem.rpartition("_")[2]), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
        except PermissionError:
            continue  # It runs as another user.


def pre_fork(server: Any, worker: Any) -> None:
    """Close the database connection: two processes must not share one."""
    maintenance.disconnect()


def post_fork(server: Any, worker: Any) -> None:
    """End this worker when the master dies, so that its port becomes free."""
    die_with_parent(worker.ppid, signal.SIGTERM)


def post_worker_init(worker: Any) -> None:
    """Start the thread that writes figures every few seconds."""
    services = worker.app.wsgi().extensions["services"]
    with suppress(StoreUnavailable):
        # With an empty Redis: so that the first signed calls are not older than its data.
        signatures.begin_epoch(services)
    Thread(target=figure_counters.write_periodically, args=(services,), daemon=True).start()
    metrics.watch_pool()


def child_exit(server: Any, worker: Any) -> None:
    """Remove the figures of the moment of a worker that ended."""
    mark_process_dead(worker.pid)


def worker_exit(server: Any, worker: Any) -> None:
    """Interrupt training, and write the last figures."""
    interruption.interrupt()
    figure_counters.write(worker.app.wsgi().extensions["services"])
