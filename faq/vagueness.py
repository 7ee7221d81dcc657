"""Whether the wording of a question decides between entries.

"收不到验证码" asks for one entry by its words, but people in the state of three other entries write
the very same and only some of them add what sets them apart (激活时收不到验证码). So a question is
vague when examples of other entries hold all of its words that say anything.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# An entry knows a word that stands in this share of its examples; a word that this share of all
# entries know (的, 怎, 办, 了) says nothing.
KNOWN, EVERYWHERE = 0.05, 0.4
# A wording is an entry's, too, when this share of its examples hold it: less may be by chance.
NOT_BY_CHANCE = 0.01


class Wordings:
    """Which telling word stands in which examples: immutable."""

    def __init__(self, holders: Mapping[str, int], silent: Iterable[str], ends: list[int]) -> None:
        """`holders`: telling word → the examples that hold it, example n as bit n.

        `silent`: the words that say nothing. `ends`: for each entry the number after its last
        example; an entry's examples follow each other.
        """
        self.holders = holders
        self.silent = frozenset(silent)
        self.ends = ends
        # Telling word → the entries with examples that hold it, entry n as bit n, and the examples.
        self._known = {token: (self._entries_of(bits), bits) for token, bits in holders.items()}

    def _entries_of(self, examples: int) -> int:
        entries = begin = 0
        for entry, end in enumerate(self.ends):
            entries |= bool(examples >> begin & (1 << end - begin) - 1) << entry
            begin = end
        return entries

    def may_mean(self, tokens: Iterable[str], *, beside: int | None = None) -> set[int]:
        """The entries with examples that hold all telling words of the question.

        Empty when no word of it tells anything, and where none but `beside` is among them.
        """
        telling = {*tokens} - self.silent
        if not telling:
            return set()
        # Most questions are nobody else's: that is seen without looking at every example.
        known = [*map(self._known.get, telling)]
        if None in known:
            return set()
        held: list[Any] = known
        entries = ~(0 if beside is None else 1 << beside)
        for of_entries, _ in held:
            entries &= of_entries
        if not entries:
            return set()
        examples = -1
        for _, of_examples in held:
            examples &= of_examples
            if not examples:
                return set()
        found = set()
        while examples:
            first = (examples & -examples).bit_length() - 1
            entry = bisect_right(self.ends, first)
            end = self.ends[entry]
            own = end - (self.ends[entry - 1] if entry else 0)
            later = examples >> end << end
            if (examples ^ later).bit_count() >= NOT_BY_CHANCE * own:
                found.add(entry)
            examples = later
        return found


def learn_wordings(entries: Sequence[Sequence[Iterable[str]]]) -> Wordings:
    """From the tokens of every example of every entry."""
    holders: dict[str, int] = defaultdict(int)
    knowing: Counter[str] = Counter()
    ends: list[int] = []
    number = 0
    for examples in entries:
        counts: Counter[str] = Counter()
        for tokens in examples:
            for token in {*tokens}:
                holders[token] |= 1 << number
                counts[token] += 1
            number += 1
        own = number - (ends[-1] if ends else 0)
        knowing.update(token for token, count in counts.items() if count >= KNOWN * own)
        ends.append(number)
    limit = max(EVERYWHERE * len(entries), 1)
    silent = {token for token, count in knowing.items() if count > limit}
    return Wordings({t: bits for t, bits in holders.items() if t not in silent}, silent, ends)
