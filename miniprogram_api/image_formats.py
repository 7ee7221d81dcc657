"""What a picture is by its own bytes: format and size, read before anything is decoded.

JPEG (ITU-T T.81), PNG (W3C PNG, third edition) and WebP (RFC 9649). A header costs nothing to
read; decoding a picture whose header nobody looked at costs whatever its sender likes.
"""

import re
from dataclasses import dataclass
from typing import Literal


class UnknownImage(ValueError):
    """The bytes are no complete JPEG, PNG or WebP picture."""


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """``width`` and ``height`` in pixels as stored, before an EXIF orientation is applied."""

    kind: Literal["jpeg", "png", "webp"]
    width: int
    height: int
    scans: int = 1
    """How many times a decoder goes over all pixels of a JPEG."""
    shrinks: bool = False
    """Whether a decoder that shrinks the picture holds no more than the small one meanwhile.

    So is a JPEG whose pixels come in one pass; of others all coefficients are held, of PNG and WebP
    all pixels.
    """


_JPEG_BEGINNING = b"\xff\xd8\xff"
_PNG_BEGINNING = b"\x89PNG\r\n\x1a\n"

# SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC), which share the range.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# Baseline and extended sequential. Lossless (C3) cannot be shrunk, progressive (C2) takes passes.
_SEQUENTIAL = frozenset({0xC0, 0xC1})
# TEM and the restarts have no length.
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
# Between the scan's coded bytes FF is followed by 00 (a coded FF) or a restart; all else ends it.
_NEXT_MARKER = re.compile(rb"\xff+([\x02-\xcf\xd8-\xfe])", re.DOTALL)


def read_format(content: bytes) -> ImageFormat:
    """Format and size of a picture. Raises UnknownImage for anything else and for a cut-off one."""
    try:
        if content.startswith(_JPEG_BEGINNING):
            return _jpeg(content)
        if content.startswith(_PNG_BEGINNING):
            return _png(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except IndexError:
        pass
    raise UnknownImage


def _jpeg(content: bytes) -> ImageFormat:
    size: tuple[int, int] | None = None
    scans = 0
    components = 0
    shrinks = False
    position = 2
    while True:
        if content[position] != 0xFF:
            raise UnknownImage
        while content[position] == 0xFF:
            position += 1
        marker = content[position]
        position += 1
        if marker == _END_OF_IMAGE:
            if size is None or not scans:
                raise UnknownImage
            return ImageFormat("jpeg", *size, scans, shrinks and scans == 1)
        if marker in _ALONE:
            continue
        length = _number(content, position, 2, "big")
        if length < 2:
            raise UnknownImage
        if marker in _START_OF_FRAME:
            if size is not None:
                raise UnknownImage
            height = _number(content, position + 3, 2, "big")
            size = _number(content, position + 5, 2, "big"), height
            components = content[position + 7]
            shrinks = marker in _SEQUENTIAL
        if marker == _START_OF_SCAN:
            # A scan of one colour out of three leaves the decoder waiting for the other two.
            shrinks = shrinks and content[position + 2] == components
        position += length
        if marker == _START_OF_SCAN:
            scans += 1
            found = _NEXT_MARKER.search(content, position)
            if found is None:
                raise UnknownImage
            position = found.start()


def _png(content: bytes) -> ImageFormat:
    if content[12:16] != b"IHDR":
        raise UnknownImage
    position = len(_PNG_BEGINNING)
    while content[position + 4 : position + 8] != b"IEND":
        position += 12 + _number(content, position, 4, "big")
    return ImageFormat("png", _number(content, 16, 4, "big"), _number(content, 20, 4, "big"))


def _webp(content: bytes) -> ImageFormat:
    if _number(content, 4, 4, "little") + 8 > len(content):
        raise UnknownImage
    kind = content[12:16]
    if kind == b"VP8X":
        width = _number(content, 24, 3, "little") + 1
        height = _number(content, 27, 3, "little") + 1
    elif kind == b"VP8L" and content[20] == 0x2F:
        bits = _number(content, 21, 4, "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width = _number(content, 26, 2, "little") & 0x3FFF
        height = _number(content, 28, 2, "little") & 0x3FFF
    else:
        raise UnknownImage
    return ImageFormat("webp", width, height)


def _number(content: bytes, start: int, length: int, order: Literal["big", "little"]) -> int:
    part = content[start : start + length]
    if len(part) < length:
        raise IndexError
    return int.from_bytes(part, order)
