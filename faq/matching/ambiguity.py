"""Whether the wording of a question decides between entries.

"收不到验证码" asks for one entry by its words, but people in the state of three other entries write
the very same and only some of them add what sets them apart (激活时收不到验证码). So a question is
vague when examples of other entries hold all of its words that say anything.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

# An entry knows a word that stands in this share of its examples; a word that this share of all
# entries know (的, 怎, 办, 了) says nothing.
KNOWN, EVERYWHERE = 0.05, 0.4
# A wording is an entry's, too, when this share of its examples hold it: less may be by chance.
NOT_BY_CHANCE = 0.01


class Wordings:
    """Which telling word stands in which examples: immutable."""

    def __init__(
        self, holders: Mapping[str, Iterable[int]], silent: Iterable[str], sizes: Sequence[int]
    ) -> None:
        """`holders`: telling word → the numbers of the examples that hold it.

        `silent`: the words that say nothing. `sizes`: how many examples each entry has; they are
        numbered entry by entry.
        """
        self.holders = {token: frozenset(numbers) for token, numbers in holders.items()}
        self.silent = frozenset(silent)
        self.sizes = sizes
        self._entry_of = [entry for entry, size in enumerate(sizes) for _ in range(size)]

    def may_mean(self, tokens: Iterable[str], *, beside: int | None = None) -> set[int]:
        """Return the entries with examples that hold all telling words of the question.

        Empty when no word of it tells anything, and where none but `beside` is among them.
        """
        held = [self.holders.get(token, frozenset()) for token in {*tokens} - self.silent]
        if not held:
            return set()
        held.sort(key=len)
        counts = Counter(map(self._entry_of.__getitem__, held[0].intersection(*held[1:])))
        found = {
            entry for entry, count in counts.items() if count >= NOT_BY_CHANCE * self.sizes[entry]
        }
        return set() if found == {beside} else found


def learn_wordings(entries: Sequence[Sequence[Iterable[str]]]) -> Wordings:
    """Learn from the tokens of every example of every entry."""
    holders: dict[str, list[int]] = defaultdict(list)
    knowing: Counter[str] = Counter()
    number = 0
    for examples in entries:
        counts: Counter[str] = Counter()
        for tokens in examples:
            for token in {*tokens}:
                holders[token].append(number)
                counts[token] += 1
            number += 1
        knowing.update(token for token, count in counts.items() if count >= KNOWN * len(examples))
    limit = max(EVERYWHERE * len(entries), 1)
    silent = {token for token, count in knowing.items() if count > limit}
    told = {token: numbers for token, numbers in holders.items() if token not in silent}
    return Wordings(told, silent, [len(examples) for examples in entries])
