"""Decode pictures that people send, and encode them anew before they are kept or passed on.

The result is a JPEG, of a drawing a PNG: upright, without EXIF and without anything else that the
file held.
"""

import io
import re
from threading import Lock

from PIL import Image, ImageOps

# A JPEG whose pixels come in one pass is shrunk while it is decoded. Phones give up to 200
# megapixels (16320 × 12240).
MOST_PIXELS = 200_000_000
# Of a progressive JPEG the decoder holds all coefficients, of a PNG all pixels, of a WebP three
# copies of them. The process grows by up to 250 MB.
MOST_HELD = 25_000_000
MOST_OF_WEBP = 12_500_000
# Progressive JPEGs of cameras have about ten scans; a crafted one may have thousands, each of which
# costs the decoder as much as a whole picture.
MOST_SCANS = 32
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
_FORMATS = ("JPEG", "PNG", "WEBP")
# Pillow calls a JPEG with further pictures behind it (a phone's depth map) by this name.
_SEVERAL_JPEGS = "MPO"
_SCAN_HEADER = re.compile(rb"\xff\xda\0(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")
# The decoder may shrink a JPEG to this many times the size asked for; the rest is resampled.
_REDUCING_GAP = 1.5
_QUALITIES = (95, 90, 85, 80, 75, 70, 60, 50, 40, 30)

# Decoding two large pictures at once takes twice the memory without being faster.
one_at_a_time = Lock()


class UnreadablePicture(ValueError):
    """The bytes are no picture that may be decoded."""


class PictureTooLarge(UnreadablePicture):
    """The picture has more pixels than may be decoded."""


def reencoded(content: bytes, longest_side: int, most_bytes: int) -> bytes:
    """Make a JPEG of at most these pixels and bytes of a JPEG, PNG or WebP picture.

    Raises UnreadablePicture, PictureTooLarge.
    """
    with one_at_a_time:
        return encoded(decoded(content, longest_side), most_bytes)


def drawn(content: bytes, longest_side: int, most_bytes: int) -> tuple[bytes, str]:
    """Make a picture of at most these pixels and bytes; return it and `png` or `jpg`.

    A PNG stays one as long as it fits, because drawings and screenshots are sharp in it.
    Raises UnreadablePicture, PictureTooLarge.
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
    """Return `jpeg`, `png` or `webp` by the header, or None for anything else."""
    try:
        found = str(_opened(content).format)
    except UnreadablePicture:
        return None
    return "jpeg" if found == _SEVERAL_JPEGS else found.lower()


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
            # 16 bits of grey, which convert() cuts off at 255.
            image = image.convert("I").point(lambda level: level / 257, "L")
        if image.mode != mode:
            image = image.convert(mode)
        image.thumbnail((longest_side, longest_side), reducing_gap=_REDUCING_GAP)
        image = ImageOps.exif_transpose(image)
        # The metadata that Pillow would write into the new file stays behind with the old picture.
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image if mode == "RGBA" else None)
    # A damaged file raises whatever the damage leads to: OSError, SyntaxError, struct.error …
    except Exception:
        raise UnreadablePicture from None
    return paper


def encoded(image: Image.Image, most_bytes: int) -> bytes:
    """Encode a JPEG in the best quality that fits, or in the poorest one."""
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
    """Check what decoding would cost. Raises UnreadablePicture, PictureTooLarge."""
    pixels = image.width * image.height
    if not pixels:
        raise UnreadablePicture
    most = MOST_OF_WEBP if image.format == "WEBP" else MOST_HELD
    if image.format in ("JPEG", _SEVERAL_JPEGS):
        scans = _SCAN_HEADER.findall(content)
        if len(scans) > MOST_SCANS:
            raise UnreadablePicture
        # A scan of one colour out of three leaves the decoder waiting for the other two.
        in_one_pass = all(header[-1] == len(image.getbands()) for header in scans)
        if in_one_pass and "progressive" not in image.info:
            most = MOST_PIXELS
    if pixels > most:
        raise PictureTooLarge
