"""What a desk captures of people, for tests: small pictures, reasons, and a card reader."""

import io
from functools import cache

from PIL import Image

from miniprogram_api.captures.evidence import ASKED
from miniprogram_api.captures.taking import Capture


@cache
def picture(shade: int = 200, side: int = 64) -> bytes:
    """Return a JPEG of one shade of grey."""
    content = io.BytesIO()
    Image.new("RGB", (side, side), (shade,) * 3).save(content, "JPEG")
    return content.getvalue()


FILES = {name: picture(shade) for shade, name in enumerate(ASKED, 100)}
CAPTURED = Capture(files=FILES)
"""Photo and both sides of the card."""
REFUSED = Capture(reasons=dict.fromkeys(ASKED, "refused"))
"""Of a person who wants no pictures."""
