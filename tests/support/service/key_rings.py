"""Key rings for tests of rotations."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from models.storage import fields
from models.storage.fields import KeyRing


@contextmanager
def using(ring: KeyRing) -> Iterator[KeyRing]:
    """Let this process use these keys."""
    before = fields.keys()
    fields.use_keys(ring)
    try:
        yield ring
    finally:
        fields.use_keys(before)


def with_new_first(ring: KeyRing, cipher: str | None = None) -> KeyRing:
    """Return the ring with a new key of both kinds at the front, as before a rotation."""
    number = max(len(ring.data), len(ring.index)) + 1
    return KeyRing(
        {f"nd{number}": os.urandom(32), **ring.data},
        {f"ni{number}": os.urandom(32), **ring.index},
        cipher or ring.cipher,
    )


def without_old(ring: KeyRing) -> KeyRing:
    """Return the ring with only the first key of both kinds."""
    data, index = ring.data_key_id, ring.index_key_id
    return KeyRing({data: ring.data[data]}, {index: ring.index[index]}, ring.cipher)
