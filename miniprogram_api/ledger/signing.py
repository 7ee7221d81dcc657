"""Sign with LEDGER_SEAL_KEYS (Ed25519, RFC 8032), which are outside the database."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from config import Settings


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
