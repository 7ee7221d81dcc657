"""Judge handwritten signatures: PNG pictures of dark strokes on a light or transparent ground."""

import io

from PIL import Image

from miniprogram_api.pictures.pictures import one_at_a_time
from miniprogram_api.reasons import Reason, Refused

MOST_BYTES = 200 * 1024
MOST_PIXELS = 4_000_000
# Grey levels (0 black, 255 white) up to this one are ink; lighter strokes are lost in print.
_DARKEST_FAINT = 160
_LEAST_INK = 250
"""Pixels of ink of the shortest name in thin strokes."""
_MOST_INK_SHARE = 0.5
_LEAST_SIDE = 32
"""Pixels of the width and of the height of the strokes."""
_LEAST_SHARE = 0.2
"""Share of the picture's longer side that the strokes span."""


def judged(content: bytes) -> bytes:
    """Return the signature as a grey PNG on white, without metadata.

    Raises Refused: BODY_TOO_LARGE; SIGNATURE_UNREADABLE when it is no PNG, empty, faint or small.
    """
    if len(content) > MOST_BYTES:
        raise Refused(Reason.BODY_TOO_LARGE, limit_bytes=MOST_BYTES)
    try:
        with one_at_a_time:
            grey = _decoded(content)
    # Damaged files raise OSError, SyntaxError, struct.error …
    except Exception:
        raise Refused(Reason.SIGNATURE_UNREADABLE) from None
    if not _is_readable(grey):
        raise Refused(Reason.SIGNATURE_UNREADABLE)
    png = io.BytesIO()
    grey.save(png, "PNG", optimize=True)
    return png.getvalue()


def _decoded(content: bytes) -> Image.Image:
    """Decode to grey on white; nothing is decoded before the header is checked."""
    image = Image.open(io.BytesIO(content), formats=("PNG",))
    if image.width * image.height > MOST_PIXELS:
        raise ValueError("too many pixels")
    strokes = image.convert("RGBA")
    ground = Image.new("RGBA", strokes.size, "white")
    return Image.alpha_composite(ground, strokes).convert("L")


def _is_readable(grey: Image.Image) -> bool:
    ink = grey.point([255 if level <= _DARKEST_FAINT else 0 for level in range(256)])
    box = ink.getbbox()
    if box is None:
        return False
    sides = box[2] - box[0], box[3] - box[1]
    amount = ink.histogram()[255]
    return (
        min(sides) >= _LEAST_SIDE
        and max(sides) >= _LEAST_SHARE * max(grey.size)
        and _LEAST_INK <= amount <= _MOST_INK_SHARE * grey.width * grey.height
    )
