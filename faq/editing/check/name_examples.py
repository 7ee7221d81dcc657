"""Judge the shipped lawful and unlawful names by the lists of a content.

Each name has its source in `name_examples.csv`. A change of the lists that refuses a lawful name,
or lets an unlawful one through, is told before it is published.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from faq.content import seed
from faq.content.entries import Content
from faq.release.published_names import lists_of
from miniprogram_api import clock
from miniprogram_api.names import check
from miniprogram_api.names.check import Candidate
from miniprogram_api.names.findings import Finding, Level, Subject
from miniprogram_api.names.lists import Lists
from miniprogram_api.names.parts import Place
from miniprogram_api.texts import text

SEAT = "330106"
"""The seat of all examples, 杭州市西湖区."""
_LAWFUL = "lawful"
# A name without a division, which an empty cell would not tell from the usual one.
_NONE = "-"


@dataclass(frozen=True)
class Judged:
    """An example with what the lists refuse in it; ``rule``: the one that it breaks."""

    name: str
    is_lawful: bool
    rule: str
    source: str
    refused: tuple[Finding, ...]

    @property
    def is_right(self) -> bool:
        """Return whether a lawful name passes, or an unlawful one is refused."""
        return self.is_lawful != bool(self.refused)


def judged(lists: Lists) -> Iterator[Judged]:
    """Yield every example with what is refused in it."""
    today = clock.today()
    for row in seed.name_examples():
        division = "" if row["division"] == _NONE else row["division"] or None
        candidate = Candidate(
            row["word"], row["industry"], row["form"], division, Place(row["place"])
        )
        subject = Subject(row["subject"]) if row["subject"] else None
        result = check.check(SEAT, [candidate], subject, (), lists=lists, today=today)
        checked = result.candidates[0]
        yield Judged(
            checked.name,
            row["verdict"] == _LAWFUL,
            row["rule"],
            row["source"],
            tuple(finding for finding in checked.findings if finding.level is Level.REFUSE),
        )


def worse(before: Content, after: Content) -> tuple[str, ...]:
    """Return sentences about the examples that are judged wrongly after, and rightly before."""
    if _parts(before) == _parts(after):
        return ()
    right = {example.name for example in judged(lists_of(before, "")) if example.is_right}
    wrong = [
        example
        for example in judged(lists_of(after, ""))
        if not example.is_right and example.name in right
    ]
    return tuple(map(_sentence, wrong))


def _parts(content: Content) -> tuple[object, ...]:
    return (content.name_rules, content.name_allowed, content.name_trades, content.equal_trades)


def _sentence(example: Judged) -> str:
    if example.is_lawful:
        why = example.refused[0].message
        return text("names.examples.refused", name=example.name, why=why, source=example.source)
    return text("names.examples.passed", name=example.name, source=example.source)
