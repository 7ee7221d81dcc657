"""What a desk captures of people, for tests: small pictures, reasons, and a card reader."""

import base64
import io
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from miniprogram_api import clock
from miniprogram_api.captures import readings
from miniprogram_api.captures.evidence import ASKED
from miniprogram_api.captures.taking import Capture
from models.captures import CardReader as Row
from tests.support.people.persons import Person


@cache
def picture(shade: int = 200, side: int = 64) -> bytes:
    """Return a JPEG of one shade of grey."""
    content = io.BytesIO()
    Image.new("RGB", (side, side), (shade,) * 3).save(content, "JPEG")
    return content.getvalue()


FILES = {name: picture(shade) for shade, name in enumerate(ASKED, 100)}
CAPTURED = Capture(files=FILES)
"""Photo and both sides of the card."""


def in_parts(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a call with these pictures, in multipart: ``data`` and ``files``."""

    def part(value: Any) -> str:
        if isinstance(value, list):
            return ",".join(value)
        return value if isinstance(value, str) else json.dumps(value)

    sent = {name: part(value) for name, value in body.items() if value not in (None, [])}
    return {"data": sent, "files": FILES}


REFUSED = Capture(reasons=dict.fromkeys(ASKED, "refused"))
"""Of a person who wants no pictures."""


class CardReader:
    """A reader with a key of its own, registered."""

    def __init__(self, serial: str = "READER-1", *, window: int | None = None) -> None:
        self.serial = serial
        self._key = Ed25519PrivateKey.generate()
        self.row = Row.create(
            name="测试读卡器",
            serial=serial,
            public_key=self._key.public_key().public_bytes_raw().hex(),
            window=window,
            added_at=clock.now(),
        )

    def read(self, nonce: str, someone: Person, **changes: Any) -> str:
        """Return the signed reading of a person's card, as the bridge answers."""
        card = {
            "nonce": nonce,
            **someone.four_elements,
            "photo": base64.b64encode(picture(150)).decode(),
            **changes,
        }
        payload = json.dumps(card, ensure_ascii=False).encode()
        signature = self._key.sign(readings.CONTEXT + payload)
        return json.dumps(
            {
                "serial": self.serial,
                "payload": base64.b64encode(payload).decode(),
                "signature": base64.b64encode(signature).decode(),
            }
        )
