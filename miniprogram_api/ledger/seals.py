"""Monthly seals: the last hash of a month, signed with Ed25519 (RFC 8032).

The key (LEDGER_SEAL_KEY) is not in the database, so whoever may write everything there can still
not make another past and seal it. A seal is exported with the public key and kept elsewhere.
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
    """What is signed (month, number, hash), the signature and the public half of the key."""

    month: str
    """``YYYY-MM``, in Asia/Shanghai."""
    number: int
    """The last line of the month."""
    hash: bytes
    public_key: bytes
    signature: bytes


def seal_ended_months(settings: Settings) -> list[Seal]:
    """Seal every month that has ended and has lines but no seal; returns the new ones."""
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


def present(settings: Settings) -> Seal | None:
    """A seal of the last line as it is now, to be kept elsewhere and not here; None without lines.

    In the place of the month stands the moment.
    """
    key, found = _private_key(settings), table.last()
    if found is None:
        return None
    return _sealed(key, f"{clock.now():%Y-%m-%dT%H:%M:%S}", *found)


def exported(seal: Seal) -> str:
    """A seal as JSON, to be kept where the service cannot reach it."""
    return json.dumps(
        {
            "month": seal.month,
            "number": seal.number,
            "hash": seal.hash.hex(),
            "public_key": readable(seal.public_key),
            "signature": base64.b64encode(seal.signature).decode(),
            "algorithm": "Ed25519",
        },
        indent=2,
    )


def imported(text: str) -> Seal:
    """The seal of a file that ``exported`` wrote. Raises ValueError."""
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
    """Every seal, oldest first."""
    return [of_row(row) for row in LedgerSeal.select().order_by(LedgerSeal.month)]


def covering(number: int) -> Seal | None:
    """The first seal that was made when the line with this number was there."""
    row = (
        LedgerSeal.select()
        .where(LedgerSeal.number >= number)
        .order_by(LedgerSeal.number, LedgerSeal.month)
        .first()
    )
    return None if row is None else of_row(row)


def readable(key: bytes) -> str:
    """A public key as seals carry it: base64."""
    return base64.b64encode(key).decode()


def of_row(row: LedgerSeal) -> Seal:
    return Seal(row.month, row.number, bytes(row.hash), bytes(row.public_key), bytes(row.signature))


def is_genuine(seal: Seal) -> bool:
    """Whether the signature was made with the key whose public half the seal names."""
    try:
        Ed25519PublicKey.from_public_bytes(seal.public_key).verify(
            seal.signature, _signed(seal.month, seal.number, seal.hash)
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(settings: Settings) -> bytes:
    """The public half of LEDGER_SEAL_KEY."""
    return _private_key(settings).public_key().public_bytes_raw()


def agrees(seal: Seal, public: bytes) -> str | None:
    """What is wrong with an exported seal beside the ledger as it is now, or None."""
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
