"""Photos for tests: a portrait (see tests/data/README.md) and its faulty variants."""

import struct
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy

DATA = Path(__file__).parents[2] / "data"


@cache
def portrait() -> bytes:
    """Return a good photo of one face, a JPEG of 41 KB, 420 x 540 pixels."""
    return (DATA / "portrait.jpg").read_bytes()


def pixels(picture: bytes) -> Any:
    """Return the pixels as stored, in blue, green and red, shape (height, width, 3)."""
    return cv2.imdecode(
        numpy.frombuffer(picture, numpy.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    )


def jpeg(image: Any, *options: int) -> bytes:
    return _encoded(".jpg", image, options)


def png(image: Any) -> bytes:
    return _encoded(".png", image, ())


def webp(image: Any, quality: int = 90) -> bytes:
    """Encode as WebP; a quality above 100 is lossless."""
    return _encoded(".webp", image, (cv2.IMWRITE_WEBP_QUALITY, quality))


def resized(image: Any, width: int) -> Any:
    """Return the picture with this width in pixels."""
    height = image.shape[0] * width // image.shape[1]
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _encoded(extension: str, image: Any, options: Sequence[int]) -> bytes:
    encoded: bytes = cv2.imencode(extension, image, options)[1].tobytes()
    return encoded


def darkened(share: float) -> Any:
    return (pixels(portrait()) * share).astype(numpy.uint8)


def blurred(share: float) -> Any:
    """Blur by a share of the face's width, which is 200 pixels."""
    return cv2.GaussianBlur(pixels(portrait()), (0, 0), 200 * share)


def scaled(factor: float) -> Any:
    return cv2.resize(pixels(portrait()), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def side_by_side(other: float = 1.0) -> Any:
    """Return the portrait twice in one picture, the second one scaled by a factor."""
    image = pixels(portrait())
    small = scaled(other)
    beside = numpy.full_like(image, 200)
    beside[-small.shape[0] :, : small.shape[1]] = small
    return numpy.hstack([image, beside])


def within(width: int, height: int, factor: float = 1.0) -> Any:
    """Return the portrait, scaled, in the middle of a larger plain picture."""
    image = scaled(factor)
    canvas = numpy.full((height, width, 3), 190, numpy.uint8)
    top, left = (height - image.shape[0]) // 2, (width - image.shape[1]) // 2
    canvas[top : top + image.shape[0], left : left + image.shape[1]] = image
    return canvas


def landscape() -> Any:
    """Return a picture without a person: a bright sky over hills."""
    rows, columns = numpy.mgrid[0:600, 0:800]
    hills = rows > 380 + 40 * numpy.sin(columns / 60)
    image = numpy.empty((600, 800, 3), numpy.uint8)
    image[...] = numpy.where(hills[..., None], (60, 140, 80), (240, 210, 180))
    return image


def with_orientation(picture: bytes, orientation: int) -> bytes:
    """Add an EXIF orientation, a place and a device to the JPEG."""
    fields = [
        (0x010F, 2, 9, 62),
        (0x0112, 3, 1, orientation << 16),
        (0x8825, 4, 1, 71),
    ]
    tiff = b"MM\0\x2a" + struct.pack(">IH", 8, len(fields))
    for tag, kind, count, value in fields:
        tiff += struct.pack(">HHII", tag, kind, count, value)
    tiff += b"\0" * 4
    tiff = (
        tiff.ljust(62, b"\0") + b"PHONE-XY\0" + struct.pack(">HHHI4sI", 1, 1, 2, 2, b"N\0\0\0", 0)
    )
    segment = b"Exif\0\0" + tiff
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + picture[2:]


def png_claiming(width: int, height: int) -> bytes:
    """Return a tiny PNG whose header claims width x height pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    # Rows of zeros compress to a thousandth; a decoder that trusts the header expands them all.
    rows = zlib.compress(b"\0" * min(50_000_000, (width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    """Return the portrait with another size in its frame header."""
    picture = bytearray(portrait())
    frame = picture.index(b"\xff\xc0")
    picture[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(picture)


def with_one_scan(picture: bytes, components: int) -> bytes:
    """Return the JPEG with a scan header of so many colour components."""
    scan = picture.index(b"\xff\xda")
    listed = b"".join(bytes((number, 0)) for number in range(1, components + 1))
    head = b"\xff\xda" + struct.pack(">HB", 6 + len(listed), components) + listed + b"\0\x3f\0"
    length = struct.unpack_from(">H", picture, scan + 2)[0]
    return picture[:scan] + head + picture[scan + 2 + length :]


def turned(image: Any, quarters: int) -> Any:
    """Rotate clockwise by quarter turns."""
    return numpy.ascontiguousarray(numpy.rot90(image, -quarters))


def drawn(ending: str = ".png", *, side: int = 40, channels: int = 3) -> bytes:
    """Return a generated picture with a coloured square."""
    picture = numpy.zeros((side, side * 2, channels), numpy.uint8)
    picture[5:15, 5:15] = 200
    return bytes(cv2.imencode(ending, picture)[1].tobytes())
