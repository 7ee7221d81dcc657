"""Vectors of examples, kept in a file so that an edit encodes only what is new.

A record is the SHA-256 of the text, cut to 16 bytes, and the vector in half precision. The file is
a cache: it may be deleted at any time, and what is not whole at its end is not read.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faq.encoder import DIMENSIONS, Encoder
from faq.interruption import check

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

# A quarter of a million texts: larger, the file begins anew.
MOST_BYTES = 260_000_000
_KEY_BYTES = 16
_RECORD_BYTES = _KEY_BYTES + 2 * DIMENSIONS
_RECORD = [("key", f"V{_KEY_BYTES}"), ("vector", "<f2", (DIMENSIONS,))]
# Encoded together, and written when done: a process that is killed keeps what it has.
_CHUNK = 256


class KeptVectors:
    """The vectors that were made so far, in the file `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, texts: Sequence[str], encoder: Encoder) -> Array:
        """A vector in half precision for each text; encodes those that are not kept yet."""
        import numpy as np

        keys = [hashlib.sha256(text.encode()).digest()[:_KEY_BYTES] for text in texts]
        known = self._read({*keys})
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        todo = list(missing.items())
        for first in range(0, len(todo), _CHUNK):
            check()
            chunk = todo[first : first + _CHUNK]
            vectors = encoder.encode([text for _, text in chunk]).astype("<f2")
            records = np.empty(len(chunk), _RECORD)
            records["vector"] = vectors
            records["key"] = np.array([key for key, _ in chunk], f"V{_KEY_BYTES}")
            self._append(records.tobytes())
            known.update(zip((key for key, _ in chunk), vectors, strict=True))
        result: Array = np.array([known[key] for key in keys], "<f2").reshape(-1, DIMENSIONS)
        return result

    def _read(self, wanted: set[bytes]) -> dict[bytes, Any]:
        import numpy as np

        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        records = np.frombuffer(data, _RECORD, count=len(data) // _RECORD_BYTES)
        keys = records["key"].tobytes()
        vectors = records["vector"]
        starts = range(0, len(keys), _KEY_BYTES)
        found = ((keys[at : at + _KEY_BYTES], number) for number, at in enumerate(starts))
        return {key: vectors[number] for key, number in found if key in wanted}

    def _append(self, data: bytes) -> None:
        """Add records, whole ones only, whatever other processes do."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = file.seek(0, 2)
            # A process that was killed while it wrote may have left a part of a record.
            whole = size - size % _RECORD_BYTES if size + len(data) <= MOST_BYTES else 0
            if whole != size:
                file.truncate(whole)
            file.write(data)
