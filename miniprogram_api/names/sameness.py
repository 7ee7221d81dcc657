"""Whether a name is the same as another one, as 企业名称相同相近比对规则 defines it."""

from enum import StrEnum
from functools import cache

from miniprogram_api.names.folding import fold
from miniprogram_api.names.lists import Lists
from miniprogram_api.names.parts import Parts
from models.names import Entry

_BRACKETS = str.maketrans("", "", "（）")


class Sameness(StrEnum):
    """A way in which two names with one word (字号) are the same; the value is its rule's code."""

    IDENTICAL = "same.identical"
    ORDER = "same.order"
    FORM = "same.other_form"
    WORDING = "same.wording"
    NO_INDUSTRY = "same.no_industry"


class Trades(StrEnum):
    """How the trades of two names stand to each other."""

    SAME = "same"
    OTHER_HAS_NONE = "other_has_none"
    VAGUE = "vague"
    """One of them names no trade of its own: 实业, 发展, or nothing."""
    RELATED = "related"
    """The wording of one contains the other's: 科技, 网络科技."""
    DIFFERENT = "different"


class TradeJudge:
    """Compare the trade of one candidate with those of others."""

    def __init__(self, parts: Parts, lists: Lists) -> None:
        """Take the candidate, and the editors' lists of trades."""
        self._own = parts.industry, parts.industry_class
        self._lists = lists
        self.is_vague = _is_vague(parts.industry, lists)
        self.relation = cache(self._relation)

    def _relation(self, industry: str, industry_class: str) -> Trades:
        """Return the relation to the trade of another name."""
        own, lists = self._own[0], self._lists
        if not industry:
            return Trades.OTHER_HAS_NONE
        if own and lists.is_same_trade(self._own, (industry, industry_class)):
            return Trades.SAME
        if self.is_vague or _is_vague(industry, lists):
            return Trades.VAGUE
        return Trades.RELATED if own in industry or industry in own else Trades.DIFFERENT


def _is_vague(industry: str, lists: Lists) -> bool:
    """Return whether an industry is missing, or only of words such as 实业 and 发展.

    The wording decides, also where the register knows the class of what the enterprise does.
    """
    if not industry:
        return True
    words = lists.trade_words(industry)
    return "".join(words) == industry and not any(lists.classes[word] for word in words)


def is_identical(parts: Parts, entry: Entry) -> bool:
    """Return whether both are the same full name."""
    return fold(parts.name) == fold(entry.name)


def sameness(parts: Parts, entry: Entry, trades: Trades) -> Sameness | None:
    """Return in which way a candidate and a name with the same word are the same, if they are."""
    if is_identical(parts, entry):
        return Sameness.IDENTICAL
    if trades is Trades.OTHER_HAS_NONE:
        return Sameness.NO_INDUSTRY
    if trades is not Trades.SAME:
        return None
    if _letters(parts.name) == _letters(entry.name):
        return Sameness.ORDER
    return Sameness.FORM if parts.industry == entry.industry else Sameness.WORDING


def _letters(name: str) -> list[str]:
    return sorted(fold(name).translate(_BRACKETS))
