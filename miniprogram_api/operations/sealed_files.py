"""Write and read files that are encrypted as a whole, in pieces of one stream.

libsodium's secretstream (XChaCha20-Poly1305) detects pieces that were changed, moved or cut off.
The key of a file is derived from the first of DATA_KEYS (HKDF-SHA256); the head holds the id and
a fingerprint of that one.
"""

import hmac
import io
from collections.abc import Mapping
from typing import IO

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl import bindings as sodium

MAGIC = b"sealed-2\n"
_PIECE_BYTES = 1 << 20
_FINGERPRINT_BYTES = 8
_OVERHEAD = sodium.crypto_secretstream_xchacha20poly1305_ABYTES
_HEADER_BYTES = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_MORE = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class NotReadable(Exception):
    """Report a file that was changed or cut off, or is none of these; the text says what."""


class MissingKey(Exception):
    """Report that the key of a file is not in the ring; the text is its id."""


class SealedWriter(io.RawIOBase):
    """Encrypt what is written into ``file``; ``close`` ends the stream, not the file."""

    def __init__(self, file: IO[bytes], ring: Mapping[str, bytes]) -> None:
        """``ring``: key id → 32 bytes; the first one is used."""
        key_id = next(iter(ring))
        self._file = file
        self._pending = bytearray()
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        header = sodium.crypto_secretstream_xchacha20poly1305_init_push(
            self._state, _derived(ring[key_id])
        )
        named = bytes([len(key_id)]) + key_id.encode() + fingerprint(ring[key_id])
        file.write(MAGIC + named + header)

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Encrypt whole pieces of what was written so far."""
        self._pending += data
        while len(self._pending) > _PIECE_BYTES:
            self._push(bytes(self._pending[:_PIECE_BYTES]), _MORE)
            del self._pending[:_PIECE_BYTES]
        return len(data)

    def close(self) -> None:
        """Write the last piece."""
        if not self.closed:
            self._push(bytes(self._pending), _LAST)
        super().close()

    def _push(self, piece: bytes, tag: int) -> None:
        self._file.write(
            sodium.crypto_secretstream_xchacha20poly1305_push(self._state, piece, tag=tag)
        )


class SealedReader(io.RawIOBase):
    """Decrypt ``file``. Reading raises NotReadable."""

    def __init__(self, file: IO[bytes], ring: Mapping[str, bytes]) -> None:
        """Read the head. Raises NotReadable, MissingKey."""
        if file.read(len(MAGIC)) != MAGIC:
            raise NotReadable("no sealed file")
        key_id = file.read((file.read(1) or b"\0")[0]).decode("ascii", "replace")
        mark = file.read(_FINGERPRINT_BYTES)
        if key_id not in ring or fingerprint(ring[key_id]) != mark:
            raise MissingKey(key_id)
        self._file = file
        self._piece = memoryview(b"")
        self._ended = False
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        header = file.read(_HEADER_BYTES)
        if len(header) != _HEADER_BYTES:
            raise NotReadable("cut off")
        sodium.crypto_secretstream_xchacha20poly1305_init_pull(
            self._state, header, _derived(ring[key_id])
        )

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill the buffer; return the number of bytes, 0 at the end."""
        while not self._piece and not self._ended:
            self._pull()
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    def _pull(self) -> None:
        sealed = self._file.read(_PIECE_BYTES + _OVERHEAD)
        try:
            piece, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(self._state, sealed)
        except (RuntimeError, ValueError):
            raise NotReadable("changed or cut off") from None
        self._piece, self._ended = memoryview(piece), tag == _LAST
        if self._ended and self._file.read(1):
            raise NotReadable("longer than it was")


def fingerprint(key: bytes) -> bytes:
    """Return 8 bytes that identify a key without revealing it."""
    return hmac.digest(key, b"backup fingerprint", "sha256")[:_FINGERPRINT_BYTES]


def _derived(key: bytes) -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"backup file")
    return derivation.derive(key)
