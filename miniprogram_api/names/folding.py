"""Bring typed names to one form before anything is compared."""

import re
import unicodedata
from functools import cache

from miniprogram_api import characters

_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff]+")
_DOTS = re.compile("[·•・･‧⋅∙.．●˙⸱․。、,_-]+")
_BRACKETS = str.maketrans("()[]【】〔〕{}<>〈〉《》", "（）" * 8)


@cache
def _simplified() -> dict[int, str]:
    """Return non-standard character → simplified one; 乾 and 著 are standard and stay."""
    standard = characters.standard()
    table = characters.simplified()
    return {code: plain for code, plain in table.items() if chr(code) not in standard}


def fold(text: str) -> str:
    """Return the text in NFKC and simplified characters, without spaces, dots and unseen ones.

    Brackets become （ and ）, Latin letters upper case.
    """
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    text = _DOTS.sub("", text).translate(_simplified()).upper()
    # What stood apart may now combine.
    return unicodedata.normalize("NFKC", text).translate(_BRACKETS)
