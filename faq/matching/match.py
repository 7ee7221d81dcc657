"""What a matcher says of a question."""

from typing import Literal, NamedTuple

from faq.content.entries import Entry, SmallTalk


class Candidate(NamedTuple):
    """An entry that a question may mean.

    `probability` (0-1) is that of all classes, so the candidates' need not add up to 1. `channels`:
    what each way of reading the question (`characters`, `syllables`, and `encoder` where there is
    one) adds to the entry's score.
    """

    entry: Entry
    probability: float
    channels: dict[str, float]


class Match(NamedTuple):
    """What a question means.

    `confidence` is the probability (0-1) of the entry, the courtesy or the refusal that was chosen.
    `nearest`: the three likeliest entries, best first. `entry`: only for `answer`. `options`: only
    for `clarify`, the nearest that are worth offering. `topic`: only for `smalltalk`. `service`:
    the other service that a `fallback` is about. `readable`: False when the question holds nothing
    to go by. `candidates`: the `nearest` with what speaks for each. `vague`: it is about an entry,
    but the wording cannot decide which one; what is known about the asker may.
    """

    kind: Literal["answer", "clarify", "fallback", "smalltalk"]
    confidence: float
    entry: Entry | None = None
    topic: SmallTalk | None = None
    nearest: tuple[Entry, ...] = ()
    options: tuple[Entry, ...] = ()
    service: str | None = None
    readable: bool = True
    candidates: tuple[Candidate, ...] = ()
    vague: bool = False


def certain_match(entry: Entry, *others: Entry) -> Match:
    """The match of a message that can mean nothing else, or only one of the `others`."""
    nearest = (entry, *others)
    candidates = tuple(Candidate(one, float(one is entry), {}) for one in nearest)
    return Match(
        "answer", 1.0, entry, nearest=nearest, candidates=candidates, vague=len(nearest) > 1
    )
