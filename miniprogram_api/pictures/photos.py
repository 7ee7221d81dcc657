"""Photos of people, cards and papers, as they are stored."""

from miniprogram_api.pictures import pictures
from miniprogram_api.pictures.pictures import PictureTooLarge, UnreadablePicture
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.storage.database import release

MOST_BYTES = 10 * 1024 * 1024
# Print on a card remains readable at this size.
KEPT_SIDE = 1600
KEPT_BYTES = 400_000


def prepared(content: bytes | None, field: str = "image") -> bytes:
    """Return the JPEG to store. Raises Refused: BODY_TOO_LARGE, INVALID_INPUT on ``field``."""
    if not content:
        raise invalid("tickets.image.required", field=field)
    if len(content) > MOST_BYTES:
        raise Refused(Reason.BODY_TOO_LARGE, limit_bytes=MOST_BYTES)
    release()
    try:
        return pictures.reencoded(content, KEPT_SIDE, KEPT_BYTES)
    except PictureTooLarge:
        raise invalid("tickets.image.too_large", field=field) from None
    except UnreadablePicture:
        raise invalid("tickets.image.unreadable", field=field) from None
