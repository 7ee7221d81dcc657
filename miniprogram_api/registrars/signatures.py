"""The signature between registration systems and the service, in both directions.

HMAC-SHA256 with the system's secret over method, path, time, nonce and the body's SHA-256, each on
a line of its own; docs/registrar.md has a worked example.
"""

import hashlib
import hmac
from dataclasses import dataclass, field


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


def sign(secret: bytes, signed: SignedRequest) -> str:
    """Compute the signature of a request in lower-case hexadecimal."""
    digest = hashlib.sha256(signed.body).hexdigest()
    text = "\n".join((signed.method, signed.path, signed.timestamp, signed.nonce, digest))
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
