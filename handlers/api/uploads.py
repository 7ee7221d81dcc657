"""Uploads: a multipart body with a file ``image``, or other named files, and short text parts.

Flask's own parser writes large files, here pictures of faces, to disk and turns an unreadable body
into an empty one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid

IMAGE_LIMIT = 10 * 1024 * 1024
# Bytes of the other parts, with all headers and boundaries.
AROUND_LIMIT = 16 * 1024
TEXT_LIMIT = 8 * 1024
# A registration at a window has eighteen texts and five files.
MOST_PARTS = 30
# The parser reads 64 KiB at a time: a smaller buffer would refuse files at random.
_PARSER_BUFFER = 128 * 1024


@dataclass(frozen=True)
class Image:
    """The file of a multipart body; its name is ignored."""

    content: bytes


def read_upload(request: Request) -> tuple[dict[str, str], Image | None]:
    """Return the text parts and the image, as ``read_uploads``."""
    texts, images = read_uploads(request, ("image",))
    return texts, images.get("image")


def read_uploads(request: Request, names: Sequence[str]) -> tuple[dict[str, str], dict[str, Image]]:
    """Return the text parts, the first of each name, and the files with these names.

    Raises Refused: BODY_TOO_LARGE, MALFORMED_JSON (no readable multipart body), INVALID_INPUT on
    the field of a file for several ones or one that is no file.
    """
    most = len(names) * IMAGE_LIMIT + AROUND_LIMIT
    request.max_content_length = most
    parser = FormDataParser(
        stream_factory=lambda *_description, **_more: BytesIO(),
        max_form_memory_size=_PARSER_BUFFER,
        max_form_parts=MOST_PARTS,
        silent=False,
    )
    try:
        _, texts, files = parser.parse(
            request.stream, request.mimetype, request.content_length, request.mimetype_params
        )
    except RequestEntityTooLarge:
        raise _too_large(request, most) from None
    except ValueError:
        raise Refused(Reason.MALFORMED_JSON) from None
    if None in texts or None in files:
        raise Refused(Reason.MALFORMED_JSON)
    if any(len(text) > TEXT_LIMIT for text in texts.values()):
        raise Refused(Reason.BODY_TOO_LARGE, limit_bytes=TEXT_LIMIT)
    images = {name: _image(name, texts, files) for name in names}
    return texts.to_dict(), {name: image for name, image in images.items() if image is not None}


def _image(name: str, texts: Any, files: Any) -> Image | None:
    uploads = files.getlist(name)
    if len(uploads) > 1:
        raise invalid("api.image.too_many", field=name)
    if name in texts:
        raise invalid("api.image.wrong_type", field=name)
    if not uploads:
        return None
    content = uploads[0].stream.getvalue()
    if len(content) > IMAGE_LIMIT:
        raise Refused(Reason.BODY_TOO_LARGE, limit_bytes=IMAGE_LIMIT)
    return Image(content)


def _too_large(request: Request, most: int) -> Refused:
    """Return the refusal of a body that is too long as a whole, or in a text part."""
    length = request.content_length
    whole = length is None or length > most
    return Refused(Reason.BODY_TOO_LARGE, limit_bytes=IMAGE_LIMIT if whole else TEXT_LIMIT)
