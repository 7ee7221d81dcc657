"""Monthly seals: the last hash of a month, signed with Ed25519 (RFC 8032).

The key (LEDGER_SEAL_KEY) is outside the database, so write access to the database is not enough to
rewrite and re-seal the past. A seal is exported with the public key and stored elsewhere.
"""

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from config import Settings
from miniprogram_api import clock
from models.desks import ledger as table
from models.desks.ledger import LedgerLine, LedgerSeal
from models.storage.database import lock, transaction


@dataclass(frozen=True, slots=True)
class Seal:
    """The signed data (month, number, hash), the signature and the public key."""

    month: str
    """``YYYY-MM``, in Asia/Shanghai."""
    number: int
    """The last line of the month."""
    hash: bytes
    public_key: bytes
    signature: bytes


def seal_ended_months(settings: Settings) -> list[Seal]:
    """Seal every past month that has lines but no seal; return the new seals."""
    key = _private_key(settings)
    made = []
    for month in _unsealed_months():
        begin, end = _bounds(month)
        with transaction():
            lock("ledger")
            last = (
                LedgerLine.select(LedgerLine.number, LedgerLine.hash)
                .where((LedgerLine.at >= begin) & (LedgerLine.at < end))
                .order_by(LedgerLine.number.desc())
                .first()
            )
            if last is None or LedgerSeal.get_or_none(LedgerSeal.month == month) is not None:
                continue
            seal = _sealed(key, month, last.number, bytes(last.hash))
            LedgerSeal.insert(
                month=month,
                number=seal.number,
                hash=seal.hash,
                sealed_at=clock.now(),
                public_key=seal.public_key,
                signature=seal.signature,
            ).execute()
        made.append(seal)
    return made


def sign_last_line(settings: Settings) -> Seal | None:
    """Sign the last line, with the time instead of a month; return None without lines."""
    key, found = _private_key(settings), table.last()
    if found is None:
        return None
    return _sealed(key, f"{clock.now():%Y-%m-%dT%H:%M:%S}", *found)


def to_json(seal: Seal) -> str:
    """Serialise a seal to JSON."""
    return json.dumps(
        {
            "month": seal.month,
            "number": seal.number,
            "hash": seal.hash.hex(),
            "public_key": encoded_key(seal.public_key),
            "signature": base64.b64encode(seal.signature).decode(),
            "algorithm": "Ed25519",
        },
        indent=2,
    )


def from_json(text: str) -> Seal:
    """Parse a seal that ``to_json`` wrote. Raises ValueError."""
    try:
        found: dict[str, Any] = json.loads(text)
        return Seal(
            str(found["month"]),
            int(found["number"]),
            bytes.fromhex(found["hash"]),
            base64.b64decode(found["public_key"], validate=True),
            base64.b64decode(found["signature"], validate=True),
        )
    except (KeyError, TypeError, ValueError):
        raise ValueError("This file holds no seal.") from None


def all_seals() -> list[Seal]:
    """Return every seal, oldest first."""
    return [of_row(row) for row in LedgerSeal.select().order_by(LedgerSeal.month)]


def first_covering(number: int) -> Seal | None:
    """Return the first seal that covers the line with this number, or None."""
    row = (
        LedgerSeal.select()
        .where(LedgerSeal.number >= number)
        .order_by(LedgerSeal.number, LedgerSeal.month)
        .first()
    )
    return None if row is None else of_row(row)


def encoded_key(key: bytes) -> str:
    """Encode a public key in base64, as in exported seals."""
    return base64.b64encode(key).decode()


def of_row(row: LedgerSeal) -> Seal:
    """Convert a row."""
    return Seal(row.month, row.number, bytes(row.hash), bytes(row.public_key), bytes(row.signature))


def is_genuine(seal: Seal) -> bool:
    """Return whether the signature matches the seal's public key."""
    try:
        Ed25519PublicKey.from_public_bytes(seal.public_key).verify(
            seal.signature, _signed(seal.month, seal.number, seal.hash)
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(settings: Settings) -> bytes:
    """Return the public key of LEDGER_SEAL_KEY."""
    return _private_key(settings).public_key().public_bytes_raw()


def mismatch(seal: Seal, public: bytes) -> str | None:
    """Compare an exported seal with the present ledger; return the problem, or None."""
    if seal.public_key != public:
        return "it was made with another key"
    if not is_genuine(seal):
        return "its signature is not genuine"
    line = LedgerLine.get_or_none(LedgerLine.number == seal.number)
    if line is None:
        return f"line {seal.number} is missing"
    if bytes(line.hash) != seal.hash:
        return f"line {seal.number} or one before it is not what was sealed"
    return None


def _unsealed_months() -> list[str]:
    first = LedgerLine.get_or_none(LedgerLine.number == 1)
    if first is None:
        return []
    sealed = {row.month for row in LedgerSeal.select(LedgerSeal.month)}
    month, present = f"{first.at:%Y-%m}", f"{clock.today():%Y-%m}"
    found = []
    while month < present:
        if month not in sealed:
            found.append(month)
        month = f"{_bounds(month)[1]:%Y-%m}"
    return found


def _bounds(month: str) -> tuple[datetime, datetime]:
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=32)).replace(day=1)
    return clock.midnight(first), clock.midnight(following)


def _sealed(key: Ed25519PrivateKey, month: str, number: int, line_hash: bytes) -> Seal:
    return Seal(
        month,
        number,
        line_hash,
        key.public_key().public_bytes_raw(),
        key.sign(_signed(month, number, line_hash)),
    )


def _signed(month: str, number: int, line_hash: bytes) -> bytes:
    return f"ledger-seal:1:{month}:{number}:{line_hash.hex()}".encode()


def _private_key(settings: Settings) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.ledger_seal_seed)
