"""Detect questions whose wording fits several entries.

A question is ambiguous when examples of other entries contain all of its informative words:
"收不到验证码" also occurs among the examples of three entries that differ only by context
(激活时收不到验证码).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

# A word is uninformative (的, 怎, 办, 了) when it occurs in at least this share of the examples of
# more than this share of the entries.
KNOWN, EVERYWHERE = 0.05, 0.4
# The share of an entry's examples that must contain a wording; less may be chance.
NOT_BY_CHANCE = 0.01


class Wordings:
    """Index the informative words of all examples; immutable."""

    def __init__(
        self, holders: Mapping[str, Iterable[int]], silent: Iterable[str], sizes: Sequence[int]
    ) -> None:
        """Take informative word → numbers of the examples that contain it, and the other words.

        `sizes`: number of examples per entry; examples are numbered entry by entry.
        """
        self.holders = {token: frozenset(numbers) for token, numbers in holders.items()}
        self.silent = frozenset(silent)
        self.sizes = sizes
        self._entry_of = [entry for entry, size in enumerate(sizes) for _ in range(size)]

    def may_mean(self, tokens: Iterable[str], *, beside: int | None = None) -> set[int]:
        """Return the entries with examples that contain all informative words of the question.

        Empty when it has no informative word, or when the only such entry is `beside`.
        """
        held = [self.holders.get(token, frozenset()) for token in {*tokens} - self.silent]
        if not held:
            return set()
        held.sort(key=len)
        counts = Counter(map(self._entry_of.__getitem__, held[0].intersection(*held[1:])))
        holding = {
            entry for entry, count in counts.items() if count >= NOT_BY_CHANCE * self.sizes[entry]
        }
        return set() if holding == {beside} else holding


def learn_wordings(entries: Sequence[Sequence[Iterable[str]]]) -> Wordings:
    """Learn from the tokens of every example of every entry."""
    holders: dict[str, list[int]] = defaultdict(list)
    common: Counter[str] = Counter()
    number = 0
    for examples in entries:
        counts: Counter[str] = Counter()
        for tokens in examples:
            for token in {*tokens}:
                holders[token].append(number)
                counts[token] += 1
            number += 1
        common.update(token for token, count in counts.items() if count >= KNOWN * len(examples))
    limit = max(EVERYWHERE * len(entries), 1)
    silent = {token for token, count in common.items() if count > limit}
    informative = {token: numbers for token, numbers in holders.items() if token not in silent}
    return Wordings(informative, silent, [len(examples) for examples in entries])
