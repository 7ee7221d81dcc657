"""Sign with LEDGER_SEAL_KEYS (Ed25519, RFC 8032), which are outside the database."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from config import Settings

TERM_ENDED = "term_ended"
"""The act of a line that closes others; its content is a ``Closing``."""
LEAST_YEARS = 10
YEAR_MS = 365 * 24 * 3_600 * 1_000


@dataclass(frozen=True, slots=True)
class Closing:
    """The signed statement that lines lost their personal part because their term ended."""

    first: int
    last: int
    count: int
    last_hash: str
    """The hash of line ``last`` in hexadecimal digits."""
    years: int
    before: int
    """Milliseconds since 1970: each line and the end of its account are older."""
    ranges: str
    """The numbers, such as ``3-7,9-9``."""
    public_key: str = ""
    signature: str = ""

    @property
    def numbers(self) -> set[int]:
        """Return the numbers of the lines. Raises ValueError."""
        numbers: set[int] = set()
        for part in self.ranges.split(","):
            begins, ends = map(int, part.split("-"))
            numbers.update(range(begins, ends + 1))
        return numbers

    @property
    def message(self) -> bytes:
        """Return what is signed."""
        unsigned = replace(self, public_key="", signature="")
        values = {name: getattr(unsigned, name) for name in Closing.__slots__}
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return b"ledger-closing:1:" + text.encode()


def close(
    settings: Settings, numbers: Sequence[int], last_hash: bytes, *, years: int, before: int
) -> dict[str, Any]:
    """Sign the closing of lines, given in ascending order; return the content of its line."""
    begins = [numbers[0], *(after for one, after in pairwise(numbers) if after != one + 1)]
    ends = [*(one for one, after in pairwise(numbers) if after != one + 1), numbers[-1]]
    ranges = ",".join(f"{first}-{last}" for first, last in zip(begins, ends, strict=True))
    closing = Closing(numbers[0], numbers[-1], len(numbers), last_hash.hex(), years, before, ranges)
    signed = replace(
        closing,
        public_key=encoded_key(public_key(settings)),
        signature=base64.b64encode(sign(settings, closing.message)).decode(),
    )
    return {name: getattr(signed, name) for name in Closing.__slots__}


def read_closing(settings: Settings, content: dict[str, Any]) -> Closing | None:
    """Return the closing in the content of a line, None where it is not signed by the service."""
    try:
        closing = Closing(**{name: content[name] for name in Closing.__slots__})
        key = base64.b64decode(closing.public_key, validate=True)
        signature = base64.b64decode(closing.signature, validate=True)
    except (KeyError, TypeError, ValueError):
        return None
    return closing if is_signed(settings, key, signature, closing.message) else None


def encoded_key(key: bytes) -> str:
    """Encode a public key in base64, as in exported seals."""
    return base64.b64encode(key).decode()


def public_key(settings: Settings) -> bytes:
    """Return the public half of the key that signs."""
    return _private_key(settings).public_key().public_bytes_raw()


def sign(settings: Settings, message: bytes) -> bytes:
    """Sign with the first of LEDGER_SEAL_KEYS; messages begin with a context of their own."""
    return _private_key(settings).sign(message)


def is_signed(settings: Settings, key: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether this public key is one of LEDGER_SEAL_KEYS and made the signature."""
    _, *former = settings.ledger_seal_key_ring.values()
    if key not in (public_key(settings), *former):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private_key(settings: Settings) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(next(iter(settings.ledger_seal_key_ring.values())))
