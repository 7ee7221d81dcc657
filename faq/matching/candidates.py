"""List what a message may mean: entries, courtesies, another service, intents, points."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from faq.content.entries import Content, Entry, Point
from faq.content.talk import IntentName
from faq.content.vocabulary import SmallTalk

Kind = Literal["entry", "topic", "outside", "intent", "point"]
# Wordings of an entry without points; its other examples count by what was learnt from them.
MOST_WORDINGS = 40
KINDS: tuple[Kind, ...] = ("entry", "topic", "outside", "intent", "point")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One meaning of a message.

    `entry`: of an entry or of a point. The fields of other kinds are None. An entry without points
    is its own only point: such a candidate has no `point`.
    """

    kind: Kind
    entry: Entry | None = None
    topic: SmallTalk | None = None
    intent: IntentName | None = None
    point: Point | None = None

    @property
    def name(self) -> str:
        """Return the entry's slug, `SLUG.POINT` of a point, else the name of its kind."""
        if self.point is not None and self.entry is not None:
            return f"{self.entry.slug}.{self.point.id}"
        if self.entry is not None:
            return self.entry.slug
        return self.intent or (self.topic.topic if self.topic is not None else self.kind)

    @property
    def own_entry(self) -> Entry:
        """Return the entry of an entry or a point. Raises ValueError for other kinds."""
        if self.entry is None:
            raise ValueError("This means no entry.")
        return self.entry

    @property
    def wordings(self) -> tuple[str, ...]:
        """Return the wordings that a point is compared with; of other kinds none."""
        if self.point is not None:
            return self.point.examples
        if self.kind == "point" and self.entry is not None:
            return (self.entry.title, *self.entry.synonyms, *self.entry.questions)[:MOST_WORDINGS]
        return ()


def candidates_of(content: Content) -> tuple[Candidate, ...]:
    """Return all candidates: first the classes in the order of learning, then the points."""
    return tuple(_candidates(content))


def _candidates(content: Content) -> Iterator[Candidate]:
    for entry in content.entries:
        yield Candidate("entry", entry)
    for topic in content.smalltalk:
        yield Candidate("topic", topic=topic)
    yield Candidate("outside")
    for intent in content.intents:
        yield Candidate("intent", intent=intent.name)
    for entry in content.entries:
        for point in entry.points:
            yield Candidate("point", entry, point=point)
        if not entry.points:
            yield Candidate("point", entry)
