"""Values of this moment for Prometheus, by the name of their metric."""

import shutil
from contextlib import suppress
from dataclasses import asdict

from config import Settings
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.delivery import backlog
from miniprogram_api.health import heartbeats
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.matters import acceptance
from miniprogram_api.phones import sms_code_states, sms_code_totals
from miniprogram_api.services import Services
from models.storage import server_facts
from models.storage.database import DatabaseUnavailable


def read(services: Services) -> dict[str, float]:
    """Return the values; those of a part that does not answer are missing.

    Ages are in seconds, sizes in bytes; yes is 1, no is 0.
    """
    folder = services.settings.var_dir.absolute()
    values: dict[str, float] = {
        "sms_codes_hour_limit": services.settings.sms_per_hour,
        "disk_free_bytes": shutil.disk_usage(folder).free,
    }
    with suppress(*DatabaseUnavailable):
        values |= _of_database(services.settings)
    with suppress(StoreUnavailable):
        values |= _of_redis(services)
    # Unavailable by itself while it is not rebuilt.
    with suppress(StoreUnavailable):
        values["sms_codes_hour"] = sms_code_totals.used(services)
    return values


def _of_database(settings: Settings) -> dict[str, float]:
    ledger = ledger_anchors.status(settings).figures()
    values: dict[str, float] = {
        f"ledger_{name}": value for name, value in ledger.items() if value is not None
    }
    for channel, counts in backlog.by_channel().items():
        values |= {f"delivery_{channel}_{name}": value for name, value in asdict(counts).items()}
    values["sms_operator_refusals"] = sms_code_states.operator_refusals()
    values["matter_evidence_missing"] = acceptance.evidence_tickets()
    age = heartbeats.worker_age()
    if age is not None:
        values["worker_heartbeat_age_seconds"] = age
    facts = server_facts.read()
    values["database_bytes"] = facts.size_bytes
    values["database_connections"] = facts.connections
    values["database_most_connections"] = facts.most_connections
    if facts.standby_lag_seconds:
        values["database_standby_lag_seconds"] = max(facts.standby_lag_seconds)
    return values


def _of_redis(services: Services) -> dict[str, float]:
    facts = services.clients.store_status.facts()
    values: dict[str, float] = {
        "redis_used_bytes": facts.used_bytes,
        "redis_most_bytes": facts.most_bytes,
        "redis_persists": facts.persists,
        "redis_evicts": facts.evicts,
    }
    for name, seconds in services.clients.guards.states().items():
        values[f"breaker_{name.replace('-', '_')}_open"] = seconds > 0
    return values
