"""The lists that editors keep: rules with their words, allowed words, trades, equal trades.

They are parts of the published content (`faq.release.published_names`); rules take them as `Lists`.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miniprogram_api.names.findings import Finding, Level, Part
from miniprogram_api.names.folding import fold

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Filled = Annotated[Sentence, StringConstraints(min_length=1)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,29}\.[a-z][a-z_]{1,39}$")]
TradeClass = Annotated[str, StringConstraints(pattern=r"^([A-T]([0-9]{2})?)?$")]
MOST_WORDS = 2_000
KNOWN = "similar.known"
"""The rule with the well-known names."""
PLACEHOLDERS = frozenset({"against", "value", "seat"})
"""Names that a sentence may have in braces."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleRow(_Row):
    """A rule: its level, article, source and sentences; and the words that break it, if any.

    ``part`` and ``place`` say where the words are looked for: in which part of a name, and whether
    anywhere inside it, as the whole of it, or at its front. ``message`` and ``hint`` may hold the
    placeholders of `PLACEHOLDERS`.
    """

    rule: Code
    title: Filled
    level: Literal["refuse", "warn", "similar", "note"]
    article: Sentence = ""
    source: Sentence = ""
    message: Filled
    hint: Sentence = ""
    part: Literal["word", "industry", "any"] = "any"
    place: Literal["inside", "whole", "front"] = "inside"
    words: tuple[Word, ...] = Field((), max_length=MOST_WORDS)


class AllowedRow(_Row):
    """Words that may stand although they contain a word of a rule, and why."""

    title: Filled
    words: tuple[Word, ...] = Field((), max_length=MOST_WORDS)


class TradeRow(_Row):
    """A class of GB/T 4754, a letter with two digits or the letter alone.

    ``words`` stand in names; ``spoken`` are what people say when they search for it. A row without
    a code holds words that need another trade beside them, such as 发展.
    """

    code: TradeClass
    title: Filled
    words: tuple[Word, ...] = Field((), max_length=MOST_WORDS)
    spoken: tuple[Word, ...] = Field((), max_length=MOST_WORDS)


class EqualRow(_Row):
    """Trade words that mean the same trade in two names."""

    title: Filled
    words: tuple[Word, ...] = Field(min_length=2, max_length=50)


Rules = tuple[RuleRow, ...]
Allowed = tuple[AllowedRow, ...]
Trades = tuple[TradeRow, ...]
EqualTrades = tuple[EqualRow, ...]


def is_judged(rule: str) -> bool:
    """Return whether the program judges a rule; the others are found by their words alone."""
    return not rule.startswith("words.")


class Lists:
    """Hold the lists, indexed; ``version`` names them on a slip."""

    def __init__(
        self, rules: Rules, allowed: Allowed, trades: Trades, equal: EqualTrades, version: str
    ) -> None:
        """Take the rows of the four lists."""
        self.rules = {row.rule: row for row in rules}
        self.trades = trades
        self.version = version
        self._allowed = allowed
        self._words: dict[str, frozenset[str]] = {}
        self._equal = equal

    def finding(self, rule: str, part: Part, against: str = "", **values: str) -> Finding:
        """Return a finding in the words of its rule."""
        row = self.rules[rule]
        values["against"] = against
        message, hint = row.message, row.hint
        for name, value in values.items():
            message, hint = (
                message.replace(f"{{{name}}}", value),
                hint.replace(f"{{{name}}}", value),
            )
        return Finding(Level(row.level), rule, row.article, part, against, message, hint)

    def words_of(self, rule: str) -> frozenset[str]:
        """Return the words of a rule."""
        if rule not in self._words:
            row = self.rules.get(rule)
            self._words[rule] = frozenset(map(fold, row.words)) if row else frozenset()
        return self._words[rule]

    @cached_property
    def forbidden(self) -> dict[str, tuple[RuleRow, ...]]:
        """Map each word to the rules that it breaks: those of `words.…`, and known names."""
        found: dict[str, tuple[RuleRow, ...]] = {}
        for row in self.rules.values():
            if is_judged(row.rule) and row.rule != KNOWN:
                # The program judges it, and its words by itself.
                continue
            for word in dict.fromkeys(map(fold, row.words)):
                found[word] = (*found.get(word, ()), row)
        return found

    @cached_property
    def longest_forbidden(self) -> int:
        """Return the number of characters of the longest word of the rules."""
        return max(map(len, self.forbidden), default=0)

    @cached_property
    def allowed(self) -> frozenset[str]:
        """Return the words that may contain a forbidden one, or be a place's name."""
        return frozenset(fold(word) for row in self._allowed for word in row.words)

    @cached_property
    def longest_allowed(self) -> int:
        """Return the number of characters of the longest allowed word."""
        return max(map(len, self.allowed), default=0)

    @cached_property
    def classes(self) -> dict[str, str]:
        """Map the trade words to their classes; the first row that holds a word decides."""
        found: dict[str, str] = {}
        for row in self.trades:
            for word in row.words:
                found.setdefault(fold(word), row.code)
        return found

    @cached_property
    def longest_trade(self) -> int:
        """Return the number of characters of the longest trade word."""
        return max(map(len, self.classes), default=0)

    @cached_property
    def _equals(self) -> dict[str, int]:
        return {fold(word): number for number, row in enumerate(self._equal) for word in row.words}

    def trade_words(self, industry: str) -> tuple[str, ...]:
        """Cut an industry into known trade words from its end, longest first; may be empty."""
        words: list[str] = []
        end = len(industry)
        while end and (word := self.trade_at_end(industry[:end], shortest=1 if end == 1 else 2)):
            words.insert(0, word)
            end -= len(word)
        return tuple(words)

    def trade_at_end(self, text: str, shortest: int = 2, longest: int = MOST_WORDS) -> str:
        """Return the longest trade word at the end of a text; may be empty.

        ``shortest``, ``longest``: how many characters it may have; with 1, 酒 is one of 红光酒.
        """
        for length in range(min(len(text), self.longest_trade, longest), shortest - 1, -1):
            if text[-length:] in self.classes:
                return text[-length:]
        return ""

    def class_of(self, industry: str) -> str:
        """Return the class of an industry: that of its last word that has one; may be empty."""
        for word in reversed(self.trade_words(industry)):
            if self.classes[word]:
                return self.classes[word]
        return ""

    def is_same_trade(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Return whether two trades, each an industry and its class, are the same.

        They are when the wording is equal, when editors listed both as equal, or when the class,
        as given or else that of the wording, is the same. A trade without a class that is not
        listed is the same as its own wording alone.
        """
        (industry, given), (others, others_given) = one, other
        if industry == others:
            return True
        if not self._equal_groups(industry).isdisjoint(self._equal_groups(others)):
            return True
        own_class = given or self.class_of(industry)
        others_class = others_given or self.class_of(others)
        return bool(own_class) and own_class == others_class

    def _equal_groups(self, industry: str) -> set[int]:
        whole = self._equals.get(industry)
        if whole is not None:
            return {whole}
        words = self.trade_words(industry)
        main = next((word for word in reversed(words) if self.classes[word]), "")
        return {self._equals[main]} if main in self._equals else set()

    def equal_classes(self, industry: str) -> frozenset[str]:
        """Return the classes of the trade words that are listed as equal to an industry's."""
        groups = self._equal_groups(industry)
        return frozenset(
            self.classes.get(word, "") for word, group in self._equals.items() if group in groups
        )

    def hits(self, part: str) -> Iterator[tuple[int, str]]:
        """Yield start and text of each forbidden word in a part, longest first at each place."""
        for start in range(len(part)):
            for end in range(min(len(part), start + self.longest_forbidden), start, -1):
                if part[start:end] in self.forbidden:
                    yield start, part[start:end]
