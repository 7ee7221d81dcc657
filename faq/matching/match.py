"""Results of matching a question."""

from typing import Literal, NamedTuple

from faq.content.entries import Entry, Point
from faq.content.talk import FLAGS, IntentName
from faq.content.vocabulary import SmallTalk


class Option(NamedTuple):
    """Pair an entry that a question may mean with its probability (0-1), its points' included."""

    entry: Entry
    probability: float


class Match(NamedTuple):
    """Hold the decision about a question.

    `confidence`: probability (0-1) of the chosen entry, courtesy or refusal. `nearest`: the three
    likeliest entries, best first; `candidates`: the same with their probabilities. `entry` only
    for `answer`, and with it the `point` of it that is meant; `topic` only for `smalltalk`,
    `options` only for `clarify`. `service`: the other service that a `fallback` is about.
    `intents`: the kinds of turn that the message is, each with its probability (0-1), best first;
    several may hold (another person's subject, a request for people). `readable`: False without any
    token. `vague`: the wording does not decide between entries; the asker's record may.
    """

    kind: Literal["answer", "clarify", "fallback", "smalltalk"]
    confidence: float
    entry: Entry | None = None
    point: Point | None = None
    topic: SmallTalk | None = None
    nearest: tuple[Entry, ...] = ()
    options: tuple[Entry, ...] = ()
    service: str | None = None
    readable: bool = True
    candidates: tuple[Option, ...] = ()
    vague: bool = False
    intents: tuple[tuple[IntentName, float], ...] = ()

    @property
    def intent(self) -> IntentName | None:
        """Return the intent, no flag, that the message is rather than a question about an entry."""
        subject = self.confidence if self.kind in ("answer", "clarify") else 0.0
        return next((name for name, p in self.intents if name not in FLAGS and p > subject), None)


def certain_match(entry: Entry, *others: Entry) -> Match:
    """Return the match of a message that can only mean `entry`, or one of the `others`."""
    nearest = (entry, *others)
    options = tuple(Option(near, float(near is entry)) for near in nearest)
    return Match("answer", 1.0, entry, nearest=nearest, candidates=options, vague=len(nearest) > 1)
