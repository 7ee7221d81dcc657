"""Keys for tests of rotations: other ones are put in force and taken back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from models.storage import fields
from models.storage.fields import KeyRing


@contextmanager
def in_force(ring: KeyRing) -> Iterator[KeyRing]:
    """Let this process use these keys."""
    before = fields.keys()
    fields.use_keys(ring)
    try:
        yield ring
    finally:
        fields.use_keys(before)


def with_new_first(ring: KeyRing, cipher: str | None = None) -> KeyRing:
    """The ring with a new key of both kinds in first place: what a rotation starts from."""
    number = max(len(ring.data), len(ring.index)) + 1
    return KeyRing(
        {f"nd{number}": os.urandom(32), **ring.data},
        {f"ni{number}": os.urandom(32), **ring.index},
        cipher or ring.cipher,
    )


def without_old(ring: KeyRing) -> KeyRing:
    """The ring after everything but the first of both kinds was removed."""
    data, index = ring.data_key_id, ring.index_key_id
    return KeyRing({data: ring.data[data]}, {index: ring.index[index]}, ring.cipher)
