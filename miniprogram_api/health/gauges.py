"""Values of this moment for Prometheus, by the name of their metric."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import NamedTuple

from config import Settings
from miniprogram_api import clock
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.clients.watching.figures import VendorFigure
from miniprogram_api.delivery import backlog
from miniprogram_api.health import heartbeats
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.matters import acceptance
from miniprogram_api.operations import client_reports, figures
from miniprogram_api.phones import sms_code_states, sms_code_totals
from miniprogram_api.services import Services
from models.storage import server_facts
from models.storage.database import DatabaseUnavailable


class Labelled(NamedTuple):
    """A metric with a value for each of its labels' values."""

    labels: tuple[str, ...]
    values: Mapping[tuple[str, ...], float]


Gauges = dict[str, float | Labelled]


def read(services: Services) -> Gauges:
    """Return the values; those of a part that does not answer are missing.

    Ages are in seconds, sizes in bytes; yes is 1, no is 0.
    """
    folder = services.settings.var_dir.absolute()
    values: Gauges = {
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


def _of_database(settings: Settings) -> Gauges:
    ledger = ledger_anchors.status(settings).figures()
    values: Gauges = {
        f"ledger_{name}": value for name, value in ledger.items() if value is not None
    }
    for channel, counts in backlog.by_channel().items():
        values |= {f"delivery_{channel}_{name}": value for name, value in asdict(counts).items()}
    values["sms_operator_refusals"] = sms_code_states.operator_refusals()
    values["wechat_phone_quota_reports"] = client_reports.without_phone_number()
    values["matter_evidence_missing"] = acceptance.evidence_tickets()
    age = heartbeats.worker_age()
    if age is not None:
        values["worker_heartbeat_age_seconds"] = age
    values |= _of_figures()
    facts = server_facts.read()
    values["database_bytes"] = facts.size_bytes
    values["database_connections"] = facts.connections
    values["database_most_connections"] = facts.most_connections
    if facts.standby_lag_seconds:
        values["database_standby_lag_seconds"] = max(facts.standby_lag_seconds)
    return values


def _of_figures() -> Gauges:
    """Return what the worker counted last: accounts, face pictures, and the funnel of today."""
    standing = figures.standing()
    values: Gauges = {
        "accounts_by_level": Labelled(
            ("level", "way"), {(one.level, one.way): one.count for one in standing.accounts}
        ),
        "funnel_today": Labelled(
            ("step",), {(step,): count for step, count in standing.funnel.items()}
        ),
    }
    if standing.is_counted:
        # Thresholds of the law: an officer for data protection, the filing of stored faces.
        values["accounts"] = sum(one.count for one in standing.accounts)
        values["face_pictures"] = standing.face_pictures
    return values


def _of_redis(services: Services) -> Gauges:
    facts = services.clients.store_status.facts()
    values: Gauges = {
        "redis_used_bytes": facts.used_bytes,
        "redis_most_bytes": facts.most_bytes,
        "redis_persists": facts.persists,
        "redis_evicts": facts.evicts,
    }
    for name, seconds in services.clients.guards.states().items():
        values[f"breaker_{name.replace('-', '_')}_open"] = seconds > 0
    return values | _of_vendors(services)


def _of_vendors(services: Services) -> Gauges:
    """Return ages and quotas; a certificate that is not accepted or has ended counts 0."""
    figures = services.clients.vendor_figures
    now = clock.now().timestamp()
    ends = figures.read(VendorFigure.CERTIFICATE_END)
    return {
        "vendor_success_age_seconds": Labelled(
            ("vendor", "call"),
            {n: max(0, now - at) for n, at in figures.read(VendorFigure.LAST_SUCCESS).items()},
        ),
        "vendor_quota_left": Labelled(
            ("vendor", "call"),
            dict(figures.read(VendorFigure.QUOTA_LEFT).items()),
        ),
        "vendor_quota_limit": Labelled(
            ("vendor", "call"),
            dict(figures.read(VendorFigure.QUOTA_LIMIT).items()),
        ),
        "vendor_certificate_seconds": Labelled(
            ("vendor", "address"), {name: max(0, end - now) for name, end in ends.items()}
        ),
    }
