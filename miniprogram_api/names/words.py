"""Find the forbidden words in the parts of a name.

Each part is read alone: many lawful names hold a forbidden word by accident across the border of
two parts. Within a part, an allowed longer word takes away the words inside it.
"""

from collections.abc import Iterator

from miniprogram_api.names.findings import Finding, Part
from miniprogram_api.names.lists import Lists, RuleRow
from miniprogram_api.names.parts import Parts


def findings(parts: Parts, lists: Lists) -> Iterator[Finding]:
    """Yield a finding for each rule that words of the 字号 or of the industry break."""
    for part, text in ((Part.WORD, parts.word), (Part.INDUSTRY, parts.industry)):
        covered = [*_allowed_spans(text, lists)]
        broken: set[str] = set()
        for start, word in lists.hits(text):
            end = start + len(word)
            if any(first <= start and end <= last for first, last in covered):
                continue
            for rule in lists.forbidden[word]:
                if rule.rule not in broken and _applies(rule, part, start, word, text):
                    broken.add(rule.rule)
                    yield lists.finding(rule.rule, part, word)


def _applies(rule: RuleRow, part: Part, start: int, word: str, text: str) -> bool:
    if rule.part not in ("any", part.value):
        return False
    if rule.place == "whole":
        return word == text
    # Words that may not begin a name begin its first part; the division stands before it.
    return rule.place == "inside" or (start == 0 and part is Part.WORD)


def _allowed_spans(text: str, lists: Lists) -> Iterator[tuple[int, int]]:
    """Yield start and end of each allowed word in a part."""
    for start in range(len(text)):
        for end in range(start + 2, min(len(text), start + lists.longest_allowed) + 1):
            if text[start:end] in lists.allowed:
                yield start, end
