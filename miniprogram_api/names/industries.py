"""Find the trade words and classes for what people say, such as 开奶茶店 → 餐饮, H62."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from miniprogram_api.names.folding import fold
from miniprogram_api.names.lists import Lists, TradeRow

MOST = 12
"""Classes that a search returns."""
_MOST_WORDS = 12
_CODE = re.compile("[A-T]([0-9]{2})?")


@dataclass(frozen=True)
class Industry:
    """A class of GB/T 4754 with its trade words, those that fit the search first.

    ``matched``: the word of the search that led to it.
    """

    code: str
    title: str
    words: tuple[str, ...]
    matched: str


def search(query: str, lists: Lists) -> tuple[Industry, ...]:
    """Return the classes that fit plain words or a code, best first; all for no query."""
    wanted = fold(query)
    if not wanted:
        return tuple(_industry(row, "", wanted) for row in lists.trades if row.code)
    if _CODE.fullmatch(wanted):
        rows = [row for row in lists.trades if row.code.startswith(wanted)]
        return tuple(_industry(row, row.code, wanted) for row in rows[:MOST])
    found: list[tuple[float, int, TradeRow, str]] = []
    for at, row in enumerate(lists.trades):
        score, matched = max(_scores(row, wanted), default=(0.0, ""))
        if row.code and score:
            found.append((-score, at, row, matched))
    found.sort(key=lambda one: one[:2])
    best = -found[0][0] if found else 0.0
    # Single characters in common say little beside a whole word.
    near = [one for one in found if -one[0] >= best / 2]
    return tuple(_industry(row, matched, wanted) for _, _, row, matched in near[:MOST])


def _scores(row: TradeRow, wanted: str) -> Iterator[tuple[float, str]]:
    """Yield how well each word of a class fits: its length, more for what people say."""
    for words, weight in ((row.spoken, 1.2), (row.words, 1.0), ((row.title,), 0.9)):
        for word in map(fold, words):
            if word == wanted:
                yield 10.0 + weight, word
            elif word in wanted:
                # A later word says more about the trade: 服装设计, 设计服装.
                yield weight * len(word) + wanted.index(word) / 100, word
            elif len(wanted) > 1 and wanted in word:
                yield weight * len(wanted) / 2 + len(wanted) / len(word) / 10, word


def _industry(row: TradeRow, matched: str, wanted: str) -> Industry:
    def is_far(word: str) -> bool:
        return not (word in wanted or (matched and matched in word))

    words = sorted((word for word in row.words if len(word) > 1), key=is_far)
    return Industry(row.code, row.title, tuple(words[:_MOST_WORDS]), matched)
