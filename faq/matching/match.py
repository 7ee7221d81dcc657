"""Results of matching a question."""

from typing import Literal, NamedTuple

from faq.content.entries import Entry
from faq.content.talk import FLAGS, ActName
from faq.content.vocabulary import SmallTalk


class Candidate(NamedTuple):
    """Pair an entry that a question may mean with its probability.

    `probability` (0-1) is relative to all classes, so the candidates' need not add up to 1.
    `channels`: contributions of `characters`, `syllables` and, if used, `encoder` to the entry's
    score.
    """

    entry: Entry
    probability: float
    channels: dict[str, float]


class Match(NamedTuple):
    """Hold the decision about a question.

    `confidence`: probability (0-1) of the chosen entry, courtesy or refusal. `nearest`: the three
    likeliest entries, best first; `candidates`: the same with their scores. `entry` only for
    `answer`, `topic` only for `smalltalk`, `options` only for `clarify`. `service`: the other
    service that a `fallback` is about. `acts`: the kinds of turn that the message is, each with its
    probability (0-1), best first; several may hold (another person's matter, a request for people).
    `readable`: False without any token. `vague`: the wording
    does not decide between entries; the asker's record may.
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
    acts: tuple[tuple[ActName, float], ...] = ()

    @property
    def act(self) -> ActName | None:
        """Return the act that the message is rather than a question about an entry.

        It stands for itself, so it is no flag, and it is likelier than the best entry. The act of a
        clause (激活老断网，咋整) is never likelier (`Matcher`).
        """
        matter = self.confidence if self.kind in ("answer", "clarify") else 0.0
        return next((name for name, p in self.acts if name not in FLAGS and p > matter), None)


def certain_match(entry: Entry, *others: Entry) -> Match:
    """Return the match of a message that can only mean `entry`, or one of the `others`."""
    nearest = (entry, *others)
    candidates = tuple(Candidate(one, float(one is entry), {}) for one in nearest)
    return Match(
        "answer", 1.0, entry, nearest=nearest, candidates=candidates, vague=len(nearest) > 1
    )
