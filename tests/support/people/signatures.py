"""Made-up signatures: PNG pictures of strokes."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

# Two made-up characters; each stroke is a list of points within the unit square.
STROKES: Sequence[Sequence[tuple[float, float]]] = (
    [(0.05, 0.2), (0.42, 0.15)],
    [(0.22, 0.0), (0.2, 0.55), (0.02, 0.95)],
    [(0.22, 0.45), (0.45, 0.9)],
    [(0.55, 0.1), (0.95, 0.1), (0.93, 0.9), (0.6, 0.95), (0.55, 0.1)],
    [(0.6, 0.5), (0.9, 0.5)],
)


def signature(
    size: tuple[int, int] = (600, 300),
    *,
    ink: tuple[int, ...] = (10, 10, 30, 255),
    ground: tuple[int, ...] = (0, 0, 0, 0),
    share: float = 0.8,
    strokes: Sequence[Sequence[tuple[float, float]]] = STROKES,
    comment: str = "",
) -> bytes:
    """Draw a signature that fills this share of the picture."""
    image = Image.new("RGBA", size, ground)
    left, top = (side * (1 - share) / 2 for side in size)
    for stroke in strokes:
        points = [(left + x * share * size[0], top + y * share * size[1]) for x, y in stroke]
        ImageDraw.Draw(image).line(points, fill=ink, width=max(2, min(size) // 60), joint="curve")
    return png(image, comment)


def png(image: Image.Image, comment: str = "") -> bytes:
    """Encode a picture, with a comment in its metadata."""
    info = PngInfo()
    if comment:
        info.add_text("Comment", comment)
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=info)
    return file.getvalue()
