"""Columns for personal data: encrypted content, and blind indexes for look-ups.

Values are encrypted with AES-256-GCM (NIST SP 800-38D) or, where Chinese algorithms are required,
SM4-GCM (GB/T 32907-2016). The blind index is HMAC-SHA256 of the canonical form, so equal people are
found without decryption. Each stored value names its key, so keys can be rotated while the service
runs.
"""

import hmac
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import peewee
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CIPHERS = {"aes-256-gcm": 1, "sm4-gcm": 2}
SM4_KEY_LENGTH = 16
NONCE_LENGTH = 12
TAG_LENGTH = 16
# Values that a process keeps, because a user asks several times in a row.
_MOST_DETERMINISTIC = 4096


class DecryptionFailed(Exception):
    """A stored value cannot be decrypted: its key is missing or the value was changed."""


@dataclass
class KeyRing:
    """The keys of a process; the first of each kind writes, all of them read."""

    data: dict[str, bytes]
    index: dict[str, bytes]
    cipher: str = "aes-256-gcm"
    _aes: dict[str, AESGCM] = field(default_factory=dict, repr=False)
    _nonces: dict[str, hmac.HMAC] = field(default_factory=dict, repr=False)
    _deterministic: dict[tuple[str, bytes, str, str], bytes] = field(
        default_factory=dict, repr=False
    )
    _macs: dict[tuple[str, bytes], tuple[bytes, hmac.HMAC]] = field(
        default_factory=dict, repr=False
    )

    def __post_init__(self) -> None:
        self._aes = {key_id: AESGCM(key) for key_id, key in self.data.items() if len(key) == 32}
        # SM4's own keys have 16 bytes. Before, they were derived from those of 32.
        self._sm4 = {
            key_id: key if len(key) == SM4_KEY_LENGTH else sha256(b"sm4" + key).digest()[:16]
            for key_id, key in self.data.items()
        }
        self.data_key_id = next(iter(self.data), "")
        self.index_key_id = next(iter(self.index), "")
        # The oldest one, as ids count up (i9, i10): during a rotation the processes have different
        # lists, and all must count under one name.
        self._counting_key_id = min(self.index, key=lambda name: (len(name), name), default="")
        self.data_head = data_head(self.cipher, self.data_key_id)
        """The head of values under the present key and cipher."""
        self.index_head = index_head(self.index_key_id)
        """The head of blind indexes under the present key."""

    def encrypt(self, text: str, context: bytes) -> bytes:
        """Encrypt ``text``; decryption needs the same ``context`` (the column's name)."""
        head = self.data_head
        nonce = os.urandom(NONCE_LENGTH)
        return head + nonce + self._seal(nonce, text.encode(), head + context)

    def encrypt_all(self, texts: Sequence[str], context: bytes) -> list[bytes]:
        """Encrypt many texts of one column, faster than one by one."""
        head = self.data_head
        authenticated = head + context
        seal = self._aes[self.data_key_id].encrypt if head[0] == 1 else self._seal
        nonces = os.urandom(NONCE_LENGTH * len(texts))
        values = []
        for number, text in enumerate(texts):
            nonce = nonces[NONCE_LENGTH * number : NONCE_LENGTH * (number + 1)]
            values.append(head + nonce + seal(nonce, text.encode(), authenticated))
        return values

    def _seal(
        self,
        nonce: bytes,
        plain: bytes,
        authenticated: bytes,
        cipher: str | None = None,
        key_id: str | None = None,
    ) -> bytes:
        key_id = key_id or self.data_key_id
        if CIPHERS[cipher or self.cipher] == 1:
            return self._aes[key_id].encrypt(nonce, plain, authenticated)
        encryptor = Cipher(algorithms.SM4(self._sm4[key_id]), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(authenticated)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def decrypt(self, stored: bytes, context: bytes) -> str:
        """Decrypt a stored value. Raises DecryptionFailed."""
        start = 2 + stored[1] if len(stored) > 2 else 0
        head, nonce = stored[:start], stored[start : start + NONCE_LENGTH]
        sealed = stored[start + NONCE_LENGTH :]
        key_id = head[2:].decode("ascii", "replace")
        if key_id not in self.data or len(sealed) < TAG_LENGTH:
            raise DecryptionFailed("The key of a stored value is not among DATA_KEYS.")
        try:
            if head[0] == 1:
                return self._aes[key_id].decrypt(nonce, sealed, head + context).decode()
            decryptor = Cipher(
                algorithms.SM4(self._sm4[key_id]), modes.GCM(nonce, sealed[-TAG_LENGTH:])
            ).decryptor()
            decryptor.authenticate_additional_data(head + context)
            return (decryptor.update(sealed[:-TAG_LENGTH]) + decryptor.finalize()).decode()
        except InvalidTag:
            raise DecryptionFailed("A stored value was changed, or its key was.") from None

    def encrypt_deterministically(
        self, text: str, context: bytes, cipher: str | None = None, key_id: str | None = None
    ) -> bytes:
        """Encrypt ``text``: equal texts of a context give equal values under one key.

        The nonce is a keyed hash of the text, as in RFC 5297, so a value reveals what a blind index
        does: which texts are equal.
        """
        cipher, key_id = cipher or self.cipher, key_id or self.data_key_id
        known = (text, context, cipher, key_id)
        value = self._deterministic.get(known)
        if value is None:
            prefix = self._nonces.get(key_id)
            if prefix is None:
                # A key of its own, because the data key encrypts.
                key = hmac.digest(self.data[key_id], b"deterministic nonces", "sha256")
                prefix = self._nonces[key_id] = hmac.new(key, digestmod="sha256")
            mac = prefix.copy()
            mac.update(context + b"\0" + text.encode())
            nonce, head = mac.digest()[:NONCE_LENGTH], data_head(cipher, key_id)
            value = head + nonce + self._seal(nonce, text.encode(), head + context, cipher, key_id)
            if len(self._deterministic) >= _MOST_DETERMINISTIC:
                self._deterministic.clear()
            self._deterministic[known] = value
        return value

    def all_deterministic(self, text: str, context: bytes) -> list[bytes]:
        """Return the values of a text under every key and cipher, the present ones first."""
        ciphers = sorted(CIPHERS, key=lambda cipher: cipher != self.cipher)
        return [
            self.encrypt_deterministically(text, context, cipher, key_id)
            for key_id in self.data
            for cipher in ciphers
            if cipher == "sm4-gcm" or key_id in self._aes
        ]

    def is_current(self, stored: bytes) -> bool:
        """Return whether a stored value is under the present key and cipher."""
        return stored.startswith(self.data_head)

    def digest(self, canonical: str, context: bytes) -> bytes:
        """Return the blind index of a canonical value under the present key."""
        return self.digest_under(self.index_key_id, canonical, context)

    def digest_all(self, canonicals: Iterable[str], context: bytes) -> list[bytes]:
        """Return the blind indexes of many values of one column, faster than one by one."""
        head, prefix = self._prefix(self.index_key_id, context)
        values = []
        for canonical in canonicals:
            mac = prefix.copy()
            mac.update(canonical.encode())
            values.append(head + mac.digest())
        return values

    def digests(self, canonical: str, context: bytes) -> list[bytes]:
        """Return the blind indexes under every key, the present one first, for look-ups."""
        return [self.digest_under(key_id, canonical, context) for key_id in self.index]

    def digest_under(self, key_id: str, canonical: str, context: bytes) -> bytes:
        """Return the blind index of a canonical value under one key. Raises KeyError."""
        head, prefix = self._prefix(key_id, context)
        mac = prefix.copy()
        mac.update(canonical.encode())
        return head + mac.digest()

    def is_current_digest(self, stored: bytes) -> bool:
        """Return whether a blind index is under the present key."""
        return stored.startswith(self.index_head)

    def counter_name(self, canonical: str, context: bytes) -> str:
        """Return a hex name for counters in Redis, independent of the order of the keys."""
        return self.digest_under(self._counting_key_id, canonical, context)[-32:].hex()

    def _prefix(self, key_id: str, context: bytes) -> tuple[bytes, hmac.HMAC]:
        """Return head and HMAC prefix of a column, cached; copy the HMAC before use."""
        prefix = self._macs.get((key_id, context))
        if prefix is None:
            mac = hmac.new(self.index[key_id], context + b"\0", "sha256")
            prefix = self._macs[key_id, context] = (index_head(key_id), mac)
        return prefix


def data_head(cipher: str, key_id: str) -> bytes:
    """Return the head of values under this cipher and key."""
    return bytes((CIPHERS[cipher], len(key_id))) + key_id.encode()


def index_head(key_id: str) -> bytes:
    """Return the head of blind indexes under this key."""
    return bytes((len(key_id),)) + key_id.encode()


_ring: KeyRing | None = None


def use_keys(ring: KeyRing) -> None:
    """Set the keys of this process; called once by each composition root."""
    global _ring
    _ring = ring


def keys() -> KeyRing:
    """Return the keys of this process. Raises RuntimeError before ``use_keys``."""
    if _ring is None:
        raise RuntimeError("No keys: use_keys() must be called first.")
    return _ring


class EncryptedField(peewee.BlobField):
    """Text that is encrypted in the database; takes and returns str."""

    def __init__(self, context: str, **options: Any) -> None:
        self.context = context.encode()
        super().__init__(**options)

    def db_value(self, value: str | bytes | None) -> Any:
        """Encrypt a str; store bytes as they are."""
        if value is None or isinstance(value, bytes):
            return super().db_value(value)
        return super().db_value(self.sealed(value))

    def sealed(self, text: str) -> bytes:
        """Encrypt under the present key."""
        return keys().encrypt(text, self.context)

    def python_value(self, value: Any) -> str | None:
        """Decrypt."""
        return None if value is None else keys().decrypt(bytes(value), self.context)


class BlindIndexField(peewee.BlobField):
    """The keyed hash of a canonical value. Takes a str (hashed) or bytes (as they are).

    A key rotation must be able to replace it, so each one names either its ``source``, the
    encrypted column of the same row, or ``void_after``, the column with the instant of expiry,
    after which the row may be deleted. ``canonical`` makes the canonical value where the source is
    stored as it was typed.
    """

    def __init__(
        self,
        context: str,
        *,
        source: str | None = None,
        void_after: str | None = None,
        canonical: Callable[[str], str] = str,
        **options: Any,
    ) -> None:
        if (source is None) == (void_after is None):
            raise TypeError("A blind index names its source or the instant it is void after.")
        self.context = context.encode()
        self.source = source
        self.void_after = void_after
        self.canonical = canonical
        super().__init__(**options)

    def db_value(self, value: str | bytes | None) -> Any:
        """Hash a str; store bytes as they are."""
        if isinstance(value, str):
            value = keys().digest(self.canonical(value), self.context)
        return super().db_value(value)

    def python_value(self, value: Any) -> bytes | None:
        """Return bytes on every driver."""
        return None if value is None else bytes(value)

    def matches(self, value: str) -> peewee.Expression:
        """Build the condition that the column holds this value, under any key."""
        return self.in_(keys().digests(self.canonical(value), self.context))
