"""Decode received pictures and re-encode them before they are stored or forwarded.

The result is a JPEG (PNG for drawings): upright and without EXIF or other metadata.
"""

import io
import re
from collections.abc import Callable
from threading import Lock

from PIL import Image, ImageOps

# For single-pass JPEGs, which are shrunk while decoding. Phones produce up to 200 megapixels.
MOST_PIXELS = 200_000_000
# The decoder holds all coefficients of a progressive JPEG, all pixels of a PNG, three copies of a
# WebP; memory grows by up to 250 MB.
MOST_HELD = 25_000_000
MOST_OF_WEBP = 12_500_000
# Cameras write about ten scans; crafted files thousands, each as costly as a whole picture.
MOST_SCANS = 32
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
_FORMATS = ("JPEG", "PNG", "WEBP")
# Pillow's name for a JPEG with further pictures appended (a phone's depth map).
_SEVERAL_JPEGS = "MPO"
_SCAN_HEADER = re.compile(rb"\xff\xda\0(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")
# A JPEG is shrunk to this multiple of the target while decoding, then resampled.
_REDUCING_GAP = 1.5
_QUALITIES = (95, 90, 85, 80, 75, 70, 60, 50, 40, 30)

# Concurrent decoding doubles the memory without being faster.
one_at_a_time = Lock()


class UnreadablePicture(ValueError):
    """Reject bytes that are not a decodable picture."""


class PictureTooLarge(UnreadablePicture):
    """Reject a picture with too many pixels."""


def reencoded(
    content: bytes,
    longest_side: int,
    most_bytes: int,
    require: Callable[[Image.Image], None] | None = None,
) -> bytes:
    """Re-encode a JPEG, PNG or WebP as a JPEG within these pixels and bytes.

    ``require(image)`` may refuse the decoded image; one image at a time is looked at. Raises
    UnreadablePicture, PictureTooLarge and what ``require`` raises.
    """
    with one_at_a_time:
        image = decoded(content, longest_side)
        if require is not None:
            require(image)
        return encoded(image, most_bytes)


def reencoded_drawing(content: bytes, longest_side: int, most_bytes: int) -> tuple[bytes, str]:
    """Re-encode a picture within these pixels and bytes; return it and ``png`` or ``jpg``.

    A PNG that fits stays a PNG, which keeps drawings sharp. Raises UnreadablePicture,
    PictureTooLarge.
    """
    with one_at_a_time:
        image = decoded(content, longest_side)
        if kind(content) == "png":
            png = io.BytesIO()
            image.save(png, "PNG", optimize=True)
            if png.tell() <= most_bytes:
                return png.getvalue(), "png"
        return encoded(image, most_bytes), "jpg"


def kind(content: bytes) -> str | None:
    """Return ``jpeg``, ``png`` or ``webp`` by the header, else None."""
    try:
        form = str(_opened(content).format)
    except UnreadablePicture:
        return None
    return "jpeg" if form == _SEVERAL_JPEGS else form.lower()


def decoded(content: bytes, longest_side: int) -> Image.Image:
    """Decode a picture to RGB, upright, on white, shrunk to ``longest_side`` pixels.

    Raises UnreadablePicture, PictureTooLarge.
    """
    image = _opened(content)
    _require_decodable(image, content)
    try:
        share = longest_side / max(image.size)
        if share < 1:
            gap = share * _REDUCING_GAP
            image.draft(None, (int(image.width * gap) or 1, int(image.height * gap) or 1))
        mode = "RGBA" if image.has_transparency_data else "RGB"
        if image.mode.startswith("I"):
            # 16-bit grey, which convert() would clip at 255.
            image = image.convert("I").point(lambda level: level / 257, "L")
        if image.mode != mode:
            image = image.convert(mode)
        image.thumbnail((longest_side, longest_side), reducing_gap=_REDUCING_GAP)
        image = ImageOps.exif_transpose(image)
        # A new image drops the metadata that Pillow would copy.
        background = Image.new("RGB", image.size, "white")
        background.paste(image, mask=image if mode == "RGBA" else None)
    # Damaged files raise OSError, SyntaxError, struct.error …
    except Exception:
        raise UnreadablePicture from None
    return background


def encoded(image: Image.Image, most_bytes: int) -> bytes:
    """Encode as a JPEG in the best quality that fits, else the lowest."""
    for quality in _QUALITIES:
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=quality)
        if jpeg.tell() <= most_bytes:
            break
    return jpeg.getvalue()


def _opened(content: bytes) -> Image.Image:
    """Read the header. Raises UnreadablePicture, PictureTooLarge."""
    try:
        return Image.open(io.BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLarge from None
    except Exception:
        raise UnreadablePicture from None


def _require_decodable(image: Image.Image, content: bytes) -> None:
    """Check the cost of decoding. Raises UnreadablePicture, PictureTooLarge."""
    pixels = image.width * image.height
    if not pixels:
        raise UnreadablePicture
    most = MOST_OF_WEBP if image.format == "WEBP" else MOST_HELD
    if image.format in ("JPEG", _SEVERAL_JPEGS):
        scans = _SCAN_HEADER.findall(content)
        if len(scans) > MOST_SCANS:
            raise UnreadablePicture
        # A scan of one colour of three makes the decoder buffer the others.
        in_one_pass = all(header[-1] == len(image.getbands()) for header in scans)
        if in_one_pass and "progressive" not in image.info:
            most = MOST_PIXELS
    if pixels > most:
        raise PictureTooLarge
