"""Seals: the ends of all chains at one moment, signed with Ed25519 (RFC 8032).

The worker seals every day and every 1,000 lines of the ledger. The signing key (the first of
LEDGER_SEAL_KEYS) is outside the database, so write access to it is not enough to rewrite the past
and seal it again. ``anchors`` carries each seal out of the database.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from config import Settings
from miniprogram_api import clock
from miniprogram_api.ledger import links, signing
from miniprogram_api.ledger.faults import LEDGER
from miniprogram_api.ledger.lines import BEGINNING, canonical
from miniprogram_api.ledger.sources import CHAINS
from models.desks import ledger as table
from models.desks import ledger_triggers
from models.desks.ledger import LedgerLine, LedgerSeal
from models.storage.database import instant, lock, transaction

MOST_UNSEALED = 1_000
"""Lines after which a seal is made on the same day, too."""

log = structlog.get_logger("ledger")


class Head(NamedTuple):
    """The last link of a chain; number 0 in an empty one."""

    chain: str
    number: int
    hash: bytes


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
    heads: tuple[Head, ...] = ()
    """Of the chains beside the ledger; empty in seals from before them."""
    public_key: bytes = b""
    signature: bytes = field(default=b"", repr=False)

    @property
    def given_up(self) -> range:
        """Return the sequences that this seal's restore gave up."""
        return range(self.gives_up or self.sequence, self.sequence)

    def head_of(self, chain: str) -> Head | None:
        """Return the end of a chain; None where the seal is older than the chain."""
        if chain == LEDGER:
            return Head(chain, self.number, self.hash)
        return next((head for head in self.heads if head.chain == chain), None)


def seal_if_due(settings: Settings) -> Seal | None:
    """Seal once a day and when much was added; return the new seal. Concurrent calls make one."""
    with transaction():
        lock("ledger")
        before, (number, _) = last(), table.last() or (0, BEGINNING)
        if (
            before is not None
            and before.sealed_at.date() == clock.today()
            and number - before.number < MOST_UNSEALED
            and not _has_long_chain(before)
        ):
            return None
        return make(settings)


def make(settings: Settings, *, after: int = 0, gives_up: int = 0, reason: str = "") -> Seal:
    """Seal the ends of all chains now; ``after`` is the least sequence before it."""
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
                heads=tuple(Head(name, *head) for name, head in links.heads().items()),
            ),
        )
        values = {name: getattr(seal, name) for name in Seal.__slots__}
        LedgerSeal.insert(**{**values, "heads": canonical(_listed(seal.heads))}).execute()
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
            "public_key": signing.encoded_key(seal.public_key),
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
            heads=_heads(seal.get("heads", ())),
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
        heads=_heads(json.loads(row.heads) if row.heads else ()),
        public_key=bytes(row.public_key),
        signature=bytes(row.signature),
    )


def is_genuine(settings: Settings, seal: Seal) -> bool:
    """Return whether one of LEDGER_SEAL_KEYS made the signature."""
    return signing.is_signed(settings, seal.public_key, seal.signature, _message(seal))


def mismatch(settings: Settings, seal: Seal) -> str | None:
    """Compare an exported seal with the present chains; return the problem, or None."""
    if not is_genuine(settings, seal):
        return "its signature is not of LEDGER_SEAL_KEYS"
    tables: list[tuple[str, str, Any]] = [(LEDGER, "line", LedgerLine)]
    tables += [(chain.name, f"{chain.name} link", chain.links) for chain in CHAINS]
    for chain_name, name, model in tables:
        head = seal.head_of(chain_name)
        if head is None:
            continue
        row = model.get_or_none(model.number == head.number) if head.number else None
        if head.number and row is None:
            return f"{name} {head.number} is missing"
        if row is not None and bytes(row.hash) != head.hash:
            return f"{name} {head.number} or one before it is not what was sealed"
    return None


def _has_long_chain(before: Seal) -> bool:
    """Return whether a chain grew by much since this seal, or is not in it."""
    present = links.heads()
    return any(
        (head := before.head_of(chain.name)) is None
        or present[chain.name][0] - head.number >= chain.most_unsealed
        for chain in CHAINS
    )


def _signed(settings: Settings, seal: Seal) -> Seal:
    seal = replace(seal, public_key=signing.public_key(settings))
    return replace(seal, signature=signing.sign(settings, _message(seal)))


def _message(seal: Seal) -> bytes:
    context = b"ledger-seal:3:" if seal.heads else b"ledger-seal:2:"
    return context + canonical(_signed_data(seal)).encode()


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
        **({"heads": _listed(seal.heads)} if seal.heads else {}),
    }


def _listed(heads: tuple[Head, ...]) -> list[list[str | int]]:
    return [[head.chain, head.number, head.hash.hex()] for head in heads]


def _heads(listed: Iterable[Any]) -> tuple[Head, ...]:
    """Read what ``_listed`` wrote. Raises ValueError, TypeError."""
    return tuple(
        Head(str(chain), int(number), bytes.fromhex(digest)) for chain, number, digest in listed
    )
