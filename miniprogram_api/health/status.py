"""Collect the state of every part with its figures, for operators and for Prometheus."""

import shutil
from dataclasses import asdict
from typing import Any

from miniprogram_api import clock, working_days
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.delivery import backlog
from miniprogram_api.health import heartbeats, readiness, vendors
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.operations import maintenance
from miniprogram_api.services import Services
from models.storage import server_facts
from models.storage.database import DatabaseUnavailable
from models.storage.server_facts import ServerFacts


def database_server() -> ServerFacts:
    """Return what the database server says about itself. Raises DatabaseUnavailable."""
    return server_facts.read()


def read(services: Services) -> dict[str, Any]:
    """Return part → its figures; a part that does not answer has its problem in ``parts`` alone.

    Ages and lags are in seconds, sizes in bytes.
    """
    settings = services.settings
    parts = readiness.parts(services)
    missing = None
    figures: dict[str, Any] = {"parts": {part.name: part.state for part in parts}}
    try:
        figures["database"] = asdict(database_server())
        figures["workers"] = heartbeats.workers()
        figures["delivery"] = {name: asdict(one) for name, one in backlog.by_channel().items()}
        figures["ledger"] = ledger_anchors.status(settings).figures()
        figures["clock_skew_seconds"] = round(
            (maintenance.database_clock() - clock.now()).total_seconds()
        )
        missing = working_days.missing_year(clock.today())
    except DatabaseUnavailable:
        # Said by its part.
        pass
    try:
        figures["redis"] = asdict(services.clients.store_status.facts())
        figures["breakers"] = services.clients.guards.states()
        figures["vendors"] = vendors.figures(services)
    except StoreUnavailable:
        pass
    figures["disk"] = {"free_bytes": shutil.disk_usage(settings.var_dir.absolute()).free}
    figures["keys"] = {
        "data": list(settings.data_key_ring),
        "index": list(settings.index_key_ring),
        "ledger": list(settings.ledger_key_ring),
        "seal": list(settings.ledger_seal_key_ring),
    }
    figures["calendar"] = {"missing_year": missing}
    return figures
