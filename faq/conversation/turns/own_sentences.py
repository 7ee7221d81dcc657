"""The service's own sentences, as people paste them: each means what the API's help says of it.

The bot asks for them (请把页面上的提示原样发给我), and to n-grams many of them say something else:
今天的核验次数已满 sounds like a limit of codes, 这张证件已过期 like two cards. Who builds on
the API, or answers for people who use it, pastes an error's code instead: IDENTITY_SOURCE_BUSY.
"""

import re
from functools import cache
from typing import NamedTuple

from faq.content.entries import Content, Entry
from faq.language.wording import compact
from miniprogram_api.identity.documents.findings import Kind
from miniprogram_api.reasons import Reason
from miniprogram_api.texts.sentences import fixed_sentences

# So many characters that stand in a sentence unchanged tell it from what people write themselves.
TELLING = 10
# By so many of them it is found, before it is compared as a whole.
_ANCHOR = 8
# Codes of one word (FORBIDDEN) may be words of somebody's English.
_CODE = re.compile(r"(?<![A-Za-z0-9_])[A-Z]+(?:_[A-Z]+)+(?![A-Za-z0-9_])")
_FILLED_IN = re.compile(r"\{\w*\}")
# What such a document needs is said by the guide about documents, whatever its field is.
_OTHER_DOCUMENTS = "other_documents"


class _Own(NamedTuple):
    length: int
    pattern: re.Pattern[str]
    case: int | None
    slug: str | None


_NONE = _Own(0, re.compile(""), None, None)


def pasted(message: str, content: Content) -> Entry | None:
    """The entry that explains a sentence or an error's code of ours in a message; None without."""
    found = _own_in(message)
    if found.slug is not None:
        return content.by_slug.get(found.slug)
    return content.by_case.get(found.case or 0)


def _own_in(message: str) -> _Own:
    """The sentence of ours that a message holds, the longest of several, or else the code."""
    text, anchors = compact(message), _anchors()
    near = (
        own
        for start in range(len(text) - _ANCHOR + 1)
        for own in anchors.get(text[start : start + _ANCHOR], ())
    )
    return max(
        (own for own in near if own.pattern.search(text)),
        key=lambda own: own.length,
        default=_code_in(message),
    )


def _code_in(message: str) -> _Own:
    """The first code in a message that an entry explains."""
    for code in _CODE.findall(message):
        reason = Reason.__members__.get(code)
        if reason is not None and (reason.case or reason.guide):
            return _NONE._replace(case=reason.case, slug=_guide_of(reason))
    return _NONE


def _guide_of(reason: Reason) -> str | None:
    return None if reason.case else reason.guide


@cache
def _anchors() -> dict[str, list[_Own]]:
    """Sentences by the beginning of the longest part of them that is never filled in."""
    anchors: dict[str, list[_Own]] = {}
    told = [(said, reason.case, _guide_of(reason)) for reason, said in fixed_sentences().items()]
    told += [
        (kind.sentence, kind.case, _OTHER_DOCUMENTS if kind.leads_to_window else None)
        for kind in Kind
    ]
    for sentence, case, slug in told:
        parts = [compact(part) for part in _FILLED_IN.split(sentence)]
        longest = max(parts, key=len)
        length = sum(map(len, parts))
        if (case or slug) and len(longest) >= _ANCHOR and length >= TELLING:
            pattern = re.compile(".{1,40}".join(map(re.escape, parts)))
            anchors.setdefault(longest[:_ANCHOR], []).append(_Own(length, pattern, case, slug))
    return anchors
