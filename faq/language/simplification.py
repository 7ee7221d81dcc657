"""Bring typed text to one form: simplified characters, lower case, usual dots."""

import re
import unicodedata
from functools import cache

from miniprogram_api import characters

SERVICE = "\ue000"
"""The marker for the name of another service; see `text`."""

_DOTS = dict.fromkeys(map(ord, "•・･‧⋅∙．.●˙⸱․"), "·")
_DOTS_IN_A_ROW = re.compile("··+")
# Zero-width characters and the keycap sign (1️⃣) would split words.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff\u20e3"))
# A typed marker would be read as the name of a service.
_REPLACED: dict[int, str | None] = {**_DOTS, **_UNSEEN, ord(SERVICE): None}


@cache
def _translation() -> dict[int, str | None]:
    return characters.simplified() | _REPLACED


@cache
def _translated() -> frozenset[str]:
    return frozenset(map(chr, _translation()))


def simplify(text: str) -> str:
    """Return lower-case simplified characters in NFKC, with dots of names as `·`."""
    text = unicodedata.normalize("NFKC", text).lower()
    if not _translated().isdisjoint(text):
        text = text.translate(_translation())
    return _DOTS_IN_A_ROW.sub(" ", text) if "··" in text else text
