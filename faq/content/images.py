"""Store the pictures of answers, re-encoded, under a hash of their content.

A name always means the same bytes, so clients may cache a picture for ever. Nothing is deleted: old
releases can be published again.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from faq.content.entries import IMAGE_NAME
from miniprogram_api import audit, clock
from miniprogram_api.pictures import pictures
from miniprogram_api.pictures.pictures import PictureTooLarge, UnreadablePicture
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.faq import images
from models.storage.database import release, transaction

# Limits of an upload (bytes) and of the stored picture (pixels, bytes).
MOST_BYTES = 5 * 1024 * 1024
LONGEST_SIDE = 1280
KEPT_BYTES = 400_000
_ENDINGS: Mapping[str | None, str] = {"png": "png", "jpeg": "jpg"}
_TYPES = {"png": "image/png", "jpg": "image/jpeg"}
MEDIA_TYPES = tuple(_TYPES.values())


def add(content: bytes, *, editor: str) -> str:
    """Store an uploaded picture and return its name; duplicates are stored once.

    Raises Refused: INVALID_INPUT on `picture` when it is too large or not PNG, JPEG or WebP.
    """
    if not content:
        raise invalid("pictures.picture.required")
    if len(content) > MOST_BYTES:
        raise invalid("pictures.picture.too_large", most=MOST_BYTES // 1024 // 1024)
    release()
    try:
        made, ending = pictures.reencoded_drawing(content, LONGEST_SIDE, KEPT_BYTES)
    except PictureTooLarge:
        raise invalid("pixels.picture.too_large") from None
    except UnreadablePicture:
        raise invalid("pictures.picture.unreadable") from None
    name = name_of(made, ending)
    with transaction():
        if images.add(name, made, clock.now()):
            audit.write("faq:image:added", actor=editor, image=name)
    return name


def find(name: str) -> tuple[bytes, str]:
    """Return a picture's bytes and media type."""
    # PostgreSQL rejects NUL, so check first.
    content = images.content_of(name) if is_name(name) else None
    if content is None:
        raise Refused(Reason.NOT_FOUND)
    return content, _TYPES[name.rpartition(".")[2]]


def contents(names: Collection[str]) -> dict[str, bytes]:
    """Return the bytes of the existing pictures by name."""
    found = {name: images.content_of(name) for name in sorted(names)}
    return {name: content for name, content in found.items() if content is not None}


def names_in(entry: Any) -> set[str]:
    """Return the pictures named in an entry of a draft or file, which may be invalid."""
    listed = entry.get("images") if isinstance(entry, Mapping) else None
    items = listed if isinstance(listed, (list, tuple)) else ()
    names = [item.get("image") for item in items if isinstance(item, Mapping)]
    return {name for name in names if isinstance(name, str)}


def missing(names: Collection[str]) -> set[str]:
    """Return the names without a stored picture."""
    return set(names) - images.known(names)


def add_existing(found: Iterable[tuple[str, bytes]]) -> None:
    """Store pictures that were exported here or from another database.

    Raises ValueError when the bytes do not match the name: only our own encoding does.
    """
    for name, content in found:
        if not matches_name(name, content):
            raise ValueError(f"{name} has other bytes than its name says")
        images.add(name, content, clock.now())


def is_name(name: str) -> bool:
    """Return whether a picture could have this name."""
    return re.fullmatch(IMAGE_NAME, name) is not None


def matches_name(name: str, content: bytes) -> bool:
    """Return whether the bytes are a picture of this name."""
    ending = name.rpartition(".")[2]
    return _ENDINGS.get(pictures.kind(content)) == ending and name == name_of(content, ending)


def name_of(content: bytes, ending: str) -> str:
    """Return the name under which a picture is stored."""
    return f"{hashlib.sha256(content).hexdigest()[:32]}.{ending}"
