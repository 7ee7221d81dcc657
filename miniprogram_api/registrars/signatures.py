"""The signature between registration systems and the service: sign, and authenticate a request.

HMAC-SHA256 with the system's secret over method, path, time, nonce and the body's SHA-256, each on
a line of its own; docs/registrar.md has a worked example. A request is valid once, within 300
seconds of its time, and signed after Redis last lost its data: the nonces are in it.
"""

import base64
import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass, field
from datetime import timedelta

from miniprogram_api import audit, clock
from miniprogram_api.clients.redis import Emptied, Full, Limit, Taken, Window
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models.registrars import RegistrarKey

MAX_CLOCK_SKEW = timedelta(seconds=300)
MOST_LOGGED = 10
EPOCH = "epoch:registrar"
"""The key that is lost together with the nonces; the time (ms) since which they are complete."""

_NONCE = re.compile("[A-Za-z0-9_-]{16,64}")
_TIMESTAMP = re.compile("[0-9]{10}")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The signed parts of a request, and the signature in hexadecimal."""

    key_id: str
    timestamp: str
    """Seconds since 1970."""
    nonce: str
    signature: str = field(repr=False)
    method: str
    path: str
    body: bytes = field(repr=False)


def signed_text(signed: SignedRequest) -> str:
    """Return the five lines that are signed."""
    digest = hashlib.sha256(signed.body).hexdigest()
    return "\n".join((signed.method, signed.path, signed.timestamp, signed.nonce, digest))


def sign(secret: bytes, signed: SignedRequest) -> str:
    """Compute the signature of a request in lower-case hexadecimal."""
    return hmac.new(secret, signed_text(signed).encode(), hashlib.sha256).hexdigest()


def authenticate(services: Services, signed: SignedRequest, *, address: str) -> str:
    """Return the key id of a genuine, new request within its quota.

    Raises Refused: SIGNATURE_INVALID (``cause`` time when only the time is wrong, restart when it
    was signed before Redis lost the nonces), FORBIDDEN from an address that is not allowed,
    REPLAYED, QUOTA_EXCEEDED.
    """
    row = RegistrarKey.get_or_none((RegistrarKey.id == signed.key_id) & RegistrarKey.active)
    secret = base64.b64decode(row.secret) if row is not None else bytes(32)
    genuine = hmac.compare_digest(sign(secret, signed).encode(), signed.signature.lower().encode())
    if row is None:
        _log_refusal(services, "unknown", "key")
        raise Refused(Reason.SIGNATURE_INVALID)
    well_formed = _NONCE.fullmatch(signed.nonce) and _TIMESTAMP.fullmatch(signed.timestamp)
    if not genuine or not well_formed:
        _log_refusal(services, row.id, "signature")
        raise Refused(Reason.SIGNATURE_INVALID)
    if abs(clock.now().timestamp() - int(signed.timestamp)) > MAX_CLOCK_SKEW.total_seconds():
        _log_refusal(services, row.id, "time")
        raise Refused(Reason.SIGNATURE_INVALID, cause="time")
    networks = [ipaddress.ip_network(text) for text in row.networks.split(",") if text]
    if networks and not any(ipaddress.ip_address(address) in network for network in networks):
        _log_refusal(services, row.id, "address")
        raise Refused(Reason.FORBIDDEN)
    _take(services, row, signed)
    return str(row.id)


def begin_epoch(services: Services) -> None:
    """Accept requests that are signed from now on, unless the nonces are complete already."""
    services.clients.store.begin_epoch(EPOCH, clock.milliseconds(clock.now()))


def _log_refusal(services: Services, key_id: str, why: str) -> None:
    """Write a refusal to the audit log, at most ten a minute per key and cause."""
    limit = Limit(f"registrar:refused:{key_id}:{why}", (Window("minute", 60, MOST_LOGGED),))
    taken = services.clients.store.take((limit,), clock.milliseconds(clock.now()))
    if not isinstance(taken, Full):
        audit.write_own("registrar:attempt:refused", actor=f"registrar:{key_id}", why=why)


def _take(services: Services, row: RegistrarKey, signed: SignedRequest) -> None:
    """Consume the nonce and a place in the quota, both or none."""
    seconds = int(Kept.REGISTRAR_NONCES.time.total_seconds())
    replay = Limit(f"registrar:nonce:{row.id}:{signed.nonce}", (Window("n", seconds, 1),))
    quota = Limit(f"registrar:quota:{row.id}", (Window("day", 86_400, row.daily_quota),))
    answer = _take_since(services, (replay, quota), int(signed.timestamp) * 1000)
    if isinstance(answer, Emptied):
        _log_refusal(services, row.id, "restart")
        raise Refused(Reason.SIGNATURE_INVALID, cause="restart")
    if isinstance(answer, Full):
        if answer.key == replay.key:
            _log_refusal(services, row.id, "nonce")
            raise Refused(Reason.REPLAYED)
        raise Refused(Reason.QUOTA_EXCEEDED, retry_after=answer.retry_after)


def _take_since(
    services: Services, limits: tuple[Limit, ...], signed_ms: int
) -> Taken | Full | Emptied:
    """Take places for a request of this time; the first one after a loss begins the epoch."""
    now_ms = clock.milliseconds(clock.now())
    answer = services.clients.store.take_since(limits, now_ms, EPOCH, signed_ms)
    if isinstance(answer, Emptied) and answer.since_ms is None:
        begin_epoch(services)
        answer = services.clients.store.take_since(limits, now_ms, EPOCH, signed_ms)
    return answer
