"""The keys of the ledger's hashes; they are never in the database."""

import hmac

_ring: dict[str, bytes] = {}


def use(ring: dict[str, bytes]) -> None:
    """Set the keys of this process (key id → 32 bytes); the first writes, all verify."""
    global _ring
    _ring = ring


def ring() -> dict[str, bytes]:
    """Return the keys, the one that writes first. Raises RuntimeError before ``use``."""
    if not _ring:
        raise RuntimeError("No ledger keys: ledger_keys.use() must be called first.")
    return _ring


def writing() -> str:
    """Return the id of the key that writes. Raises RuntimeError before ``use``."""
    return next(iter(ring()))


def known(key_id: str) -> bool:
    """Return whether this process has a key."""
    return key_id in _ring


def mac(key_id: str, text: bytes) -> bytes:
    """Compute HMAC-SHA256 under one key. Raises KeyError."""
    return hmac.digest(_ring[key_id], text, "sha256")
