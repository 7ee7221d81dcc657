"""Works off background jobs one after the other until SIGTERM; several workers may run at once."""

import argparse
import signal
import time
from datetime import timedelta
from functools import partial

import structlog

from config import Settings
from handlers import jobs
from handlers.logs import configure_logs
from miniprogram_api import clients, clock, maintenance, outbox
from miniprogram_api.services import Services

POLL_SECONDS = 0.5
PLAN_EVERY = timedelta(minutes=1)

log = structlog.get_logger("worker")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="stop when no job is due")


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run jobs; the job in hand is finished before the end."""
    configure_logs(settings.log_level)
    maintenance.connect(settings, threads=1)
    do = partial(jobs.run, Services(settings, clients.build(settings)))
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: signals.append(received))
    plan_at = clock.now()
    try:
        while not signals:
            now = clock.now()
            try:
                if now >= plan_at:
                    plan_at = now + PLAN_EVERY
                    jobs.plan_periodic(now)
                worked = outbox.work_once(do, now)
                maintenance.release_connection()
            except maintenance.DatabaseUnavailable as error:
                log.error("store unavailable", error=type(error).__name__)
                worked = False
            if not worked:
                if arguments.once:
                    break
                time.sleep(POLL_SECONDS)
    finally:
        maintenance.disconnect()
    return 0
