"""Signatures are kept when a reader can see them; other pictures are refused undecoded."""

import io
import random
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from miniprogram_api.pictures import signatures
from miniprogram_api.reasons import Reason, Refused
from tests.support.people.signatures import png, signature


def refused(content: bytes) -> Reason:
    with pytest.raises(Refused) as caught:
        signatures.judged(content)
    return caught.value.reason


def chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + check


def bomb(width: int, height: int, pixels: bytes = b"") -> bytes:
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("size", [(1125, 600), (300, 150), (600, 1125)])
@pytest.mark.parametrize("ground", [(255, 255, 255, 255), (0, 0, 0, 0), (245, 240, 230, 255)])
def test_signature_is_kept_as_a_grey_png_on_white(
    size: tuple[int, int], ground: tuple[int, ...]
) -> None:
    kept = Image.open(io.BytesIO(signatures.judged(signature(size, ground=ground))))
    assert (kept.format, kept.mode, kept.size) == ("PNG", "L", size)
    darkest, lightest = kept.getextrema()
    assert darkest < 50
    assert lightest > 200


def test_metadata_is_left_out_and_the_same_picture_gives_the_same_bytes() -> None:
    kept = signatures.judged(signature(comment="written at home"))
    assert b"home" not in kept
    assert kept == signatures.judged(signature()) == signatures.judged(kept)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        png(Image.new("RGB", (600, 300), "white")),
        png(Image.new("RGBA", (600, 300))),
        png(Image.new("RGB", (600, 300), "black")),
        signature(ink=(200, 200, 200, 255)),
        signature(ink=(0, 0, 0, 60)),
        signature(share=0.1),
        signature((60, 30), share=0.4),
        signature(strokes=[[(0, 0.5), (1, 0.5)]]),
        signature(strokes=[[(0.5, 0.5), (0.51, 0.51)]]),
        signature()[:-400],
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_unreadable_signature_is_refused(content: bytes) -> None:
    assert refused(content) is Reason.SIGNATURE_UNREADABLE


def test_other_formats_are_refused() -> None:
    file = io.BytesIO()
    Image.open(io.BytesIO(signature())).convert("RGB").save(file, "JPEG")
    assert refused(file.getvalue()) is Reason.SIGNATURE_UNREADABLE


def test_large_file_is_refused_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", None)
    assert refused(b"\x89PNG" + bytes(signatures.MOST_BYTES)) is Reason.BODY_TOO_LARGE


@pytest.mark.parametrize("size", [(30_000, 30_000), (2_001, 2_000), (4_000_001, 1), (0, 5)])
def test_bomb_is_refused_by_its_header(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", None)
    assert refused(bomb(*size)) is Reason.SIGNATURE_UNREADABLE


def test_short_pixel_data_are_refused() -> None:
    assert refused(bomb(600, 300, b"\0\0")) is Reason.SIGNATURE_UNREADABLE


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2**32))
def test_damaged_file_is_refused_or_read(patch: bytes, seed: int) -> None:
    content = bytearray(signature((300, 150)))
    start = random.Random(seed).randrange(len(content))
    content[start : start + len(patch)] = patch
    with suppress(Refused):
        signatures.judged(bytes(content))
