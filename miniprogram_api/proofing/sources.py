"""Read the current state of external services: outages, breakers, last failures."""

from dataclasses import dataclass
from datetime import datetime

from miniprogram_api.clients.guards.breaker import SourceState
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.operations import figures, outages
from miniprogram_api.operations.outages import Outage
from miniprogram_api.proofing import states as check_states
from miniprogram_api.services import Services

SOURCES = ("sms", "identity", "face", "ctid", "wechat")


@dataclass(frozen=True)
class SourceNow:
    """Describe one source. ``breaker`` is None without a breaker or without Redis."""

    source: str
    outage: Outage | None
    breaker: SourceState | None
    failed_at: datetime | None

    @property
    def is_suspended(self) -> bool:
        """Return whether the open breaker suspends calls."""
        return self.breaker is not None and self.breaker.retry_after > 0


def current(services: Services) -> list[SourceNow]:
    """Return the current state of every source."""
    off: dict[str, outages.Outage] = {outage.source: outage for outage in outages.current()}
    failed = figures.failed_at()
    breakers = _breakers(services)
    return [
        SourceNow(source, off.get(source), breakers.get(source), failed.get(source))
        for source in SOURCES
    ]


def _breakers(services: Services) -> dict[str, SourceState]:
    watched = {
        "identity": check_states.identity_source(services),
        "face": check_states.face_source(services),
        "ctid": services.clients.ctid.state_inquiry(),
        "sms": services.clients.sms.state_inquiry(),
        "wechat": services.clients.wechat.state_inquiry(),
    }
    try:
        states = services.clients.store.inquire(list(watched.values()))
    except StoreUnavailable:
        return {}
    return dict(zip(watched, states, strict=True))
