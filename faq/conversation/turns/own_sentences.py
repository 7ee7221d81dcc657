"""Recognise the service's own sentences and error codes when pasted.

The matcher misreads many of them: 今天的核验次数已满 resembles a limit of codes.
"""

import re
from functools import cache
from typing import NamedTuple

from faq.content.entries import Content, Entry
from faq.language.grammar import compact
from miniprogram_api.identity.documents.findings import Kind
from miniprogram_api.reasons import Reason
from miniprogram_api.texts.sentences import fixed_sentences

# Fixed characters that distinguish a sentence from users' own words.
TELLING = 10
# Length of the prefix that finds a sentence.
_ANCHOR = 8
# Codes of one word (FORBIDDEN) may be plain English.
_CODE = re.compile(r"(?<![A-Za-z0-9_])[A-Z]+(?:_[A-Z]+)+(?![A-Za-z0-9_])")
_FILLED_IN = re.compile(r"\{\w*\}")
# What explains documents that a window alone takes, whatever the field.
_AT_A_WINDOW = "needs_guardian"


class _Own(NamedTuple):
    length: int
    pattern: re.Pattern[str]
    case: int | None
    cause: str | None


_NONE = _Own(0, re.compile(""), None, None)


def pasted(message: str, content: Content) -> Entry | None:
    """Return the entry of the longest sentence, or of a code, in a message; None without one."""
    sentence = _own_in(message)
    if sentence.cause is not None:
        return content.explaining(sentence.cause)
    return content.by_case.get(sentence.case or 0)


def _own_in(message: str) -> _Own:
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
    for code in _CODE.findall(message):
        reason = Reason.__members__.get(code)
        if reason is not None and (reason.case or reason.guide):
            return _NONE._replace(case=reason.case, cause=reason.name)
    return _NONE


@cache
def _anchors() -> dict[str, list[_Own]]:
    """Index sentences by the prefix of their longest fixed part."""
    anchors: dict[str, list[_Own]] = {}
    sentences: list[tuple[str, int | None, str | None]] = [
        (sentence, reason.case, reason.name)
        for reason, sentence in fixed_sentences().items()
        if reason.case or reason.guide
    ]
    sentences += [
        (kind.sentence, kind.case, _AT_A_WINDOW if kind.leads_to_window else None) for kind in Kind
    ]
    for sentence, case, cause in sentences:
        parts = [compact(part) for part in _FILLED_IN.split(sentence)]
        longest = max(parts, key=len)
        length = sum(map(len, parts))
        if (case or cause) and len(longest) >= _ANCHOR and length >= TELLING:
            pattern = re.compile(".{1,40}".join(map(re.escape, parts)))
            anchors.setdefault(longest[:_ANCHOR], []).append(_Own(length, pattern, case, cause))
    return anchors
