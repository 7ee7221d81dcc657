"""Whether the wording of a question decides between entries.

"收不到验证码" asks for one entry by its words, but people in the state of three other entries write
the very same and only some of them add what sets them apart (激活时收不到验证码). So a question is
vague when examples of other entries hold all of its words that say anything.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

# A word that this share of the entries know from their examples (的, 怎, 办, 了) says nothing.
EVERYWHERE = 0.4


class Wordings:
    """The words of every example, by entry."""

    def __init__(self, examples: Iterable[tuple[int, Sequence[str]]]) -> None:
        """`examples`: number of the entry and tokens of each of its examples."""
        holders: dict[str, set[int]] = defaultdict(set)
        self._entry_of: list[int] = []
        entries_with: Counter[str] = Counter()
        known: dict[int, set[str]] = defaultdict(set)
        for entry, tokens in examples:
            for token in tokens:
                holders[token].add(len(self._entry_of))
            known[entry].update(tokens)
            self._entry_of.append(entry)
        for tokens_of_entry in known.values():
            entries_with.update(tokens_of_entry)
        limit = max(EVERYWHERE * len(known), 1)
        self._silent = {token for token, count in entries_with.items() if count > limit}
        self._holders = dict(holders)

    def may_mean(self, tokens: Iterable[str]) -> set[int]:
        """The entries with an example that holds all telling words of the question.

        Empty when no word of it tells anything.
        """
        sets = [self._holders.get(token, _NONE) for token in {*tokens} - self._silent]
        if not sets:
            return set()
        sets.sort(key=len)
        return {self._entry_of[example] for example in sets[0].intersection(*sets[1:])}


_NONE: frozenset[int] = frozenset()
