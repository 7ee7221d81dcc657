"""Files that are encrypted as a whole."""

import io
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.operations import sealed_files
from miniprogram_api.operations.sealed_files import (
    MissingKey,
    NotReadable,
    SealedReader,
    SealedWriter,
)

RING = {"d2": b"2" * 32, "d1": b"1" * 32}
PIECE = 64


@pytest.fixture(autouse=True, scope="module")
def small_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_files, "_PIECE_BYTES", PIECE)
        yield


def sealed(*writes: bytes) -> bytes:
    file = io.BytesIO()
    with closing(SealedWriter(file, RING)) as writer:
        for data in writes:
            writer.write(data)
    return file.getvalue()


def opened(data: bytes, ring: dict[str, bytes] = RING) -> bytes:
    with closing(SealedReader(io.BytesIO(data), ring)) as reader:
        return reader.readall()


@given(st.lists(st.binary(max_size=3 * PIECE), max_size=5))
def test_what_was_written_is_read(writes: list[bytes]) -> None:
    assert opened(sealed(*writes)) == b"".join(writes)


@given(st.binary(max_size=4 * PIECE), st.data())
def test_changed_file_is_not_read(plain: bytes, data: st.DataObject) -> None:
    whole = sealed(plain)
    cut = data.draw(st.integers(0, len(whole) - 1))
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    for damaged in (whole[:cut], bytes(changed), whole + b"x"):
        with pytest.raises((NotReadable, MissingKey)):
            opened(damaged)


def test_pieces_cannot_change_places() -> None:
    whole = sealed(b"a" * PIECE + b"b" * PIECE + b"c")
    size = PIECE + sealed_files._OVERHEAD
    begin = len(whole) - 2 * size - 1 - sealed_files._OVERHEAD
    first, second = whole[begin : begin + size], whole[begin + size : begin + 2 * size]
    swapped = whole[:begin] + second + first + whole[begin + 2 * size :]
    assert len(swapped) == len(whole)
    with pytest.raises(NotReadable):
        opened(swapped)


def test_key_is_named_and_needed() -> None:
    file = sealed(b"secret")
    assert opened(file, {"d3": b"3" * 32} | RING) == b"secret"
    with pytest.raises(MissingKey, match="d2"):
        opened(file, {"d1": RING["d1"]})
    with pytest.raises(MissingKey, match="d2"):
        opened(file, {"d2": b"x" * 32})
    assert b"secret" not in file
