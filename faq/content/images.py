"""Pictures beside answers: encoded anew when they come in, kept under the name of their content.

What a name stands for never changes, so every release, old or new, finds its pictures, and whoever
fetched one may keep it for ever. Nothing is deleted: old releases can be put in force again.
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
from models.faq import images as table
from models.storage.database import release, transaction

# What an editor may send, and what is kept of it: sharp on a phone, quick on a bad connection.
MOST_BYTES = 5 * 1024 * 1024
LONGEST_SIDE = 1280
KEPT_BYTES = 400_000
_ENDINGS: Mapping[str | None, str] = {"png": "png", "jpeg": "jpg"}
_TYPES = {"png": "image/png", "jpg": "image/jpeg"}
MEDIA_TYPES = tuple(_TYPES.values())


def add(content: bytes, *, editor: str) -> str:
    """Keep a picture that an editor sends; returns its name. The same one twice is kept once.

    Raises Refused: INVALID_INPUT on `picture` when it is too large or no PNG, JPEG or WebP.
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
        if table.add(name, made, clock.now()):
            audit.write("faq:image:added", actor=editor, image=name)
    return name


def find(name: str) -> tuple[bytes, str]:
    """A picture's bytes and media type. Raises Refused: NOT_FOUND."""
    # Another text is not even asked for: PostgreSQL takes no NUL.
    content = table.content_of(name) if re.fullmatch(IMAGE_NAME, name) else None
    if content is None:
        raise Refused(Reason.NOT_FOUND)
    return content, _TYPES[name.rpartition(".")[2]]


def contents(names: Collection[str]) -> dict[str, bytes]:
    """The bytes of these pictures, those that are there, by their names."""
    found = {name: table.content_of(name) for name in sorted(names)}
    return {name: content for name, content in found.items() if content is not None}


def names_in(entry: Any) -> set[str]:
    """The pictures that an entry of a draft or a file names, however unfinished it is."""
    listed = entry.get("images") if isinstance(entry, Mapping) else None
    items = listed if isinstance(listed, (list, tuple)) else ()
    names = [item.get("image") for item in items if isinstance(item, Mapping)]
    return {name for name in names if isinstance(name, str)}


def missing(names: Collection[str]) -> set[str]:
    """Those of the names under which nothing is kept."""
    return set(names) - table.known(names)


def add_existing(found: Iterable[tuple[str, bytes]]) -> None:
    """Keep pictures as they are that were kept before, here or in another database.

    Raises ValueError when one is not what its name says: only what was encoded by us has its name.
    """
    for name, content in found:
        if not matches_name(name, content):
            raise ValueError(f"{name} has other bytes than its name says")
        table.add(name, content, clock.now())


def matches_name(name: str, content: bytes) -> bool:
    """Whether this is a picture of that name, and no other file that took it."""
    ending = name.rpartition(".")[2]
    return _ENDINGS.get(pictures.kind(content)) == ending and name == name_of(content, ending)


def name_of(content: bytes, ending: str) -> str:
    """The name under which a picture is kept."""
    return f"{hashlib.sha256(content).hexdigest()[:32]}.{ending}"
