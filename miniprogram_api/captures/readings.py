"""Readings of ID cards: a registered reader signs what it read over a nonce of the service.

The nonce is for one act of the member who asked for it. A reading that is unsigned, signed by
another reader or over another nonce counts as typed. See docs/card_reader.md.
"""

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from miniprogram_api import clock
from miniprogram_api.answers import answer_class
from miniprogram_api.captures.evidence import Reading
from miniprogram_api.identity.documents import id_numbers, names, terms
from miniprogram_api.retention import Kept
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid
from models.captures import CardNonce, CardReader

CONTEXT = b"card-reading\n"
"""Stands before what a reader signs."""
NONCE_TERM = timedelta(minutes=10)
LONGEST = 100_000
"""Characters of a reading, with the photo of the chip."""


@answer_class
class IssuedNonce:
    """What a reader has to sign, and for how many seconds."""

    nonce: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class CardReading:
    """What a text of a reader says."""

    reading: Reading
    photo: bytes | None = field(repr=False)
    """Of the chip, as received."""
    nonce: str | None
    """Of a genuine reading; None: it counts as typed."""

    @property
    def is_genuine(self) -> bool:
        """Return whether a registered reader signed it for this member."""
        return self.nonce is not None


def issue(member: StaffMember) -> IssuedNonce:
    """Make a nonce for the member's reader. Raises Refused FORBIDDEN."""
    require(member, Permission.WORK_AT_WINDOW)
    nonce, now = secrets.token_urlsafe(24), clock.now()
    CardNonce.insert(
        nonce_hash=_hash_of(nonce), member=member.id, created_at=now, expires_at=now + NONCE_TERM
    ).execute()
    return IssuedNonce(nonce, int(NONCE_TERM.total_seconds()))


def read(member: StaffMember, text: str) -> CardReading:
    """Read and judge what a reader sent; without effect.

    Raises Refused INVALID_INPUT on ``reading`` for a text that is no reading.
    """
    sent = _parsed(text, LONGEST)
    payload, signature = _decoded(sent.get("payload")), _decoded(sent.get("signature"))
    if payload is None:
        raise invalid("captures.reading.wrong_form")
    content = _parsed(payload, LONGEST)
    card = {name: str(content.get(name) or "")[:200] for name in _CARD}
    serial = str(sent.get("serial") or "")[:64]
    nonce = str(content.get("nonce") or "")
    is_genuine = _is_signed(member, serial, payload, signature) and _is_live(member, nonce)
    return CardReading(
        _canonical(serial, card),
        _decoded(content.get("photo")),
        nonce if is_genuine else None,
    )


def keep(member: StaffMember, card: CardReading) -> None:
    """Let a genuine reading wait for the act of a sitting."""
    if card.nonce is not None:
        until = clock.now() + Kept.CARD_NONCES.time
        CardNonce.update(expires_at=until).where(_live(member, card.nonce)).execute()


def spend(member: StaffMember, nonce: str) -> None:
    """Use up the nonce of a reading in the transaction of its act.

    Raises Refused INVALID_INPUT on ``reading`` when another act used it meanwhile.
    """
    if not CardNonce.delete().where(_live(member, nonce)).execute():
        raise invalid("captures.reading.used")


def remove_old() -> int:
    """Delete expired nonces; return how many."""
    return int(CardNonce.delete().where(CardNonce.expires_at <= clock.now()).execute())


_CARD = ("name", "id_number", "valid_from", "valid_until")


def _canonical(serial: str, card: dict[str, str]) -> Reading:
    """Return a card in the forms of typed ones; what has no such form stays as it was read."""
    today = clock.today()
    holder = id_numbers.check(card["id_number"], today).value
    term = terms.check(card["valid_from"], card["valid_until"], holder, today).value
    return Reading(
        serial,
        names.check(card["name"]).value or card["name"],
        card["id_number"] if holder is None else holder.number,
        card["valid_from"] if term is None else term.valid_from.isoformat(),
        card["valid_until"] if term is None else term.until_text,
    )


def _is_signed(member: StaffMember, serial: str, payload: bytes, signature: bytes | None) -> bool:
    """Return whether a registered reader of the member's office signed the payload."""
    reader = CardReader.get_or_none(CardReader.serial == serial, CardReader.withdrawn_at.is_null())
    if reader is None or signature is None or reader.window_id not in (None, member.window_id):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(reader.public_key))
        key.verify(signature, CONTEXT + payload)
    except InvalidSignature:
        return False
    return True


def _is_live(member: StaffMember, nonce: str) -> bool:
    return bool(CardNonce.select().where(_live(member, nonce)).exists())


def _live(member: StaffMember, nonce: str) -> Any:
    is_own = (CardNonce.nonce_hash == _hash_of(nonce)) & (CardNonce.member == member.id)
    return is_own & (CardNonce.expires_at > clock.now())


def _hash_of(nonce: str) -> bytes:
    return hashlib.sha256(nonce.encode()).digest()


def _parsed(text: str | bytes, longest: int) -> dict[str, Any]:
    try:
        content = json.loads(text) if len(text) <= longest else None
    # Deeply nested lists end the recursion of the parser.
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise invalid("captures.reading.wrong_form")
    return content


def _decoded(text: Any) -> bytes | None:
    """Decode Base64; None for anything else."""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) and text else None
    except (binascii.Error, ValueError):
        return None
