"""Seals: the last line at one moment, signed with Ed25519 (RFC 8032).

The worker seals every day and every 1,000 lines. The signing key (the first of LEDGER_SEAL_KEYS) is
outside the database, so write access to it is not enough to rewrite the past and seal it again.
``anchors`` carries each seal out of the database.
"""

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from config import Settings
from miniprogram_api import clock
from miniprogram_api.ledger.lines import BEGINNING, canonical
from models.desks import ledger as table
from models.desks import ledger_triggers
from models.desks.ledger import LedgerLine, LedgerSeal
from models.storage.database import instant, lock, transaction

MOST_UNSEALED = 1_000
"""Lines after which a seal is made on the same day, too."""

log = structlog.get_logger("ledger")


@dataclass(frozen=True, slots=True)
class Seal:
    """The signed data, the signature and the public key."""

    sequence: int
    number: int
    """The last line; 0 in an empty ledger."""
    lines: int
    hash: bytes
    sealed_at: datetime
    trigger_faults: int = 0
    """Triggers that were missing, changed or disabled."""
    gives_up: int = 0
    """The first of the seals up to this one that an accepted restore gave up; 0: none."""
    reason: str = ""
    public_key: bytes = b""
    signature: bytes = field(default=b"", repr=False)

    @property
    def given_up(self) -> range:
        """Return the sequences that this seal's restore gave up."""
        return range(self.gives_up or self.sequence, self.sequence)


def seal_if_due(settings: Settings) -> Seal | None:
    """Seal once a day and every 1,000 lines; return the new seal. Concurrent calls make one."""
    with transaction():
        lock("ledger")
        before, (number, _) = last(), table.last() or (0, BEGINNING)
        if (
            before is not None
            and before.sealed_at.date() == clock.today()
            and number - before.number < MOST_UNSEALED
        ):
            return None
        return make(settings)


def make(settings: Settings, *, after: int = 0, gives_up: int = 0, reason: str = "") -> Seal:
    """Seal the last line now; ``after`` is the least sequence before it."""
    with transaction():
        lock("ledger")
        before, (number, line_hash) = last(), table.last() or (0, BEGINNING)
        faults = ledger_triggers.faults()
        if faults:
            log.error("ledger triggers are not whole", faults=faults)
        seal = _signed(
            settings,
            Seal(
                sequence=1 + max(after, 0 if before is None else before.sequence),
                number=number,
                lines=LedgerLine.select().count(),
                hash=line_hash,
                sealed_at=instant(clock.milliseconds(clock.now())),
                trigger_faults=len(faults),
                gives_up=gives_up,
                reason=reason,
            ),
        )
        LedgerSeal.insert(**{name: getattr(seal, name) for name in Seal.__slots__}).execute()
    return seal


def last() -> Seal | None:
    """Return the last seal."""
    row = LedgerSeal.select().order_by(LedgerSeal.sequence.desc()).first()
    return None if row is None else of_row(row)


def all_seals(most: int | None = None) -> list[Seal]:
    """Return the seals, newest first, at most ``most``."""
    return [
        of_row(row) for row in LedgerSeal.select().order_by(LedgerSeal.sequence.desc()).limit(most)
    ]


def get(sequence: int) -> Seal | None:
    """Return the seal with this sequence."""
    row = LedgerSeal.get_or_none(LedgerSeal.sequence == sequence)
    return None if row is None else of_row(row)


def first_covering(number: int) -> Seal | None:
    """Return the first seal that covers the line with this number, or None."""
    query = LedgerSeal.select().where(LedgerSeal.number >= number)
    row = query.order_by(LedgerSeal.number, LedgerSeal.sequence).first()
    return None if row is None else of_row(row)


def to_json(seal: Seal) -> str:
    """Serialise a seal to JSON."""
    return json.dumps(
        {
            **_signed_data(seal),
            "public_key": encoded_key(seal.public_key),
            "signature": base64.b64encode(seal.signature).decode(),
            "algorithm": "Ed25519",
        },
        indent=2,
    )


def from_json(text: str) -> Seal:
    """Parse a seal that ``to_json`` wrote. Raises ValueError."""
    try:
        seal: dict[str, Any] = json.loads(text)
        return Seal(
            sequence=int(seal["sequence"]),
            number=int(seal["number"]),
            lines=int(seal["lines"]),
            hash=bytes.fromhex(seal["hash"]),
            sealed_at=instant(int(seal["sealed_at"])),
            trigger_faults=int(seal["trigger_faults"]),
            gives_up=int(seal["gives_up"]),
            reason=str(seal["reason"]),
            public_key=base64.b64decode(seal["public_key"], validate=True),
            signature=base64.b64decode(seal["signature"], validate=True),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ValueError("This file holds no seal.") from None


def of_row(row: LedgerSeal) -> Seal:
    """Convert a row."""
    return Seal(
        sequence=row.sequence,
        number=row.number,
        lines=row.lines,
        hash=bytes(row.hash),
        sealed_at=row.sealed_at,
        trigger_faults=row.trigger_faults,
        gives_up=row.gives_up,
        reason=row.reason,
        public_key=bytes(row.public_key),
        signature=bytes(row.signature),
    )


def encoded_key(key: bytes) -> str:
    """Encode a public key in base64, as in exported seals."""
    return base64.b64encode(key).decode()


def public_key(settings: Settings) -> bytes:
    """Return the public half of the key that signs."""
    return _private_key(settings).public_key().public_bytes_raw()


def is_genuine(settings: Settings, seal: Seal) -> bool:
    """Return whether one of LEDGER_SEAL_KEYS made the signature."""
    return is_signed(settings, seal.public_key, seal.signature, _message(seal))


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


def mismatch(settings: Settings, seal: Seal) -> str | None:
    """Compare an exported seal with the present ledger; return the problem, or None."""
    if not is_genuine(settings, seal):
        return "its signature is not of LEDGER_SEAL_KEYS"
    if seal.number == 0:
        return None
    line = LedgerLine.get_or_none(LedgerLine.number == seal.number)
    if line is None:
        return f"line {seal.number} is missing"
    if bytes(line.hash) != seal.hash:
        return f"line {seal.number} or one before it is not what was sealed"
    return None


def _signed(settings: Settings, seal: Seal) -> Seal:
    seal = replace(seal, public_key=public_key(settings))
    return replace(seal, signature=sign(settings, _message(seal)))


def _message(seal: Seal) -> bytes:
    return b"ledger-seal:2:" + canonical(_signed_data(seal)).encode()


def _signed_data(seal: Seal) -> dict[str, Any]:
    return {
        "sequence": seal.sequence,
        "number": seal.number,
        "lines": seal.lines,
        "hash": seal.hash.hex(),
        "sealed_at": clock.milliseconds(seal.sealed_at),
        "trigger_faults": seal.trigger_faults,
        "gives_up": seal.gives_up,
        "reason": seal.reason,
    }


def _private_key(settings: Settings) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(next(iter(settings.ledger_seal_key_ring.values())))
