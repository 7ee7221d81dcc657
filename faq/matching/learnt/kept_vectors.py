"""Keep the encoder's vectors of the wordings of points and of near misses with what was learnt.

They are looked up by a digest of the text, so an edited wording is encoded when a release is loaded
(about a millisecond) and needs no learning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from faq.matching.encoder import Encoder

Array = np.ndarray[Any, np.dtype[Any]]

# Steps of a rounded component, relative to the greatest of its vector.
_STEPS = 127


@dataclass(frozen=True)
class KeptVectors:
    """Hold projected vectors as serialisable arrays.

    `digests` `(n,)`: of the texts, ascending. `rounded` `(n, dimensions)`: the components in steps
    of `scales` `(n,)`.
    """

    digests: Array
    rounded: Array
    scales: Array

    def of(self, texts: Sequence[str], encoder: Encoder, basis: Array) -> Array:
        """Return the vectors of texts `(n, dimensions)`; those that are not kept are encoded."""
        wanted = _digests(texts)
        places = np.minimum(np.searchsorted(self.digests, wanted), max(len(self.digests) - 1, 0))
        vectors = np.zeros((len(texts), basis.shape[1]), "f4")
        is_kept = np.zeros(len(texts), bool)
        if len(self.digests):
            is_kept = self.digests[places] == wanted
            own = places[is_kept]
            vectors[is_kept] = self.rounded[own].astype("f4") * self.scales[own, None]
        new = np.flatnonzero(~is_kept)
        if len(new):
            encoded = encoder.encode_examples([texts[at] for at in new.tolist()]).astype("f4")
            vectors[new] = encoded @ basis.astype("f4")
        return vectors


def keep(texts: Sequence[str], encoder: Encoder, basis: Array) -> KeptVectors:
    """Encode texts for `KeptVectors.of`; `basis` `(512, dimensions)`."""
    unique = [*dict.fromkeys(texts)]
    digests = _digests(unique)
    order = np.argsort(digests)
    ordered = [unique[at] for at in order.tolist()]
    vectors = encoder.encode_examples(ordered).astype("f4") @ basis.astype("f4")
    scales = np.abs(vectors).max(1, initial=1e-9) / _STEPS
    rounded = np.rint(vectors / scales[:, None]).astype("i1")
    return KeptVectors(digests[order], rounded, scales.astype("f4"))


def _digests(texts: Sequence[str]) -> Array:
    data = b"".join(blake2b(_bytes(text), digest_size=8).digest() for text in texts)
    return np.frombuffer(data, "<u8")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
