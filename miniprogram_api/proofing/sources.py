"""How the outside is at this moment: switched off, left alone after failures, or asked."""

from dataclasses import dataclass
from datetime import datetime

from miniprogram_api.clients.breaker import SourceState
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.operations import figures, outages
from miniprogram_api.operations.outages import Outage
from miniprogram_api.proofing import states as check_states
from miniprogram_api.services import Services

SOURCES = ("sms", "identity", "face", "ctid", "wechat")


@dataclass(frozen=True)
class SourceNow:
    """One source. ``breaker``: None where there is none, or where Redis does not answer."""

    source: str
    outage: Outage | None
    breaker: SourceState | None
    failed_at: datetime | None

    @property
    def is_left_alone(self) -> bool:
        """Whether nobody asks it for some seconds, because it failed many times in a row."""
        return self.breaker is not None and self.breaker.retry_after > 0


def current(services: Services) -> list[SourceNow]:
    """Every source as it is now."""
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
    }
    try:
        found = services.clients.store.inquire(list(watched.values()))
    except StoreUnavailable:
        return {}
    return dict(zip(watched, found, strict=True))
