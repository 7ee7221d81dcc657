"""Measure the intents by cross-validation: learnt from four fifths of all examples, asked the rest.

The entries' questions are held out, too, so that they measure how often a question about a subject
is taken for an intent.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from zlib import crc32

from faq.content.entries import Content
from faq.content.talk import FLAGS, IntentName
from faq.matching.learnt.examples import QUESTION, sentences
from faq.matching.match import Match
from faq.matching.matcher import Matcher, compile_matcher

FOLDS = 5
# Sentences asked for a frame with placeholders.
PER_FRAME = 2
NOTHING = "-"

_Compile = Callable[[Content], Matcher]


class _IntentExample(NamedTuple):
    intent: IntentName
    frame: str

    @property
    def stands_beside(self) -> bool:
        """Return whether the intent need not be likelier than a subject."""
        return self.intent in FLAGS or QUESTION in self.frame

    def is_right(self, match: Match) -> bool:
        """Return whether the intent was found."""
        return self.intent in self.taken_for(match)

    def taken_for(self, match: Match) -> tuple[str, ...]:
        """Return the intents of its kind that were found."""
        if self.intent in FLAGS:
            return tuple([name for name, _ in match.intents if name in FLAGS])
        names = tuple([name for name, _ in match.intents if name not in FLAGS][:1])
        if self.stands_beside or match.intent is not None:
            return names
        return (match.entry.slug,) if match.entry else ()


@dataclass(frozen=True)
class IntentFigure:
    """Count the sentences of one intent, those found right, and what others were taken for."""

    intent: IntentName
    asked: int
    right: int
    mistaken_for: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class IntentFigures:
    """Hold the figures of each intent, and of the entries' questions.

    Of the `questions`: the `taken` ones were taken for an intent, of the `answered` ones the
    `right` ones with their entry.
    """

    intents: tuple[IntentFigure, ...]
    questions: int
    taken: int
    answered: int
    right: int

    @property
    def accuracy(self) -> float:
        """Return the share of the sentences found right, each intent weighing the same."""
        shares = [figure.right / figure.asked for figure in self.intents if figure.asked]
        return sum(shares) / max(len(shares), 1)


def cross_validate(content: Content, compile_: _Compile = compile_matcher) -> IntentFigures:
    """Learn and ask five times; takes about a minute for the shipped content."""
    asked: Counter[IntentName] = Counter()
    right: Counter[IntentName] = Counter()
    mistaken: defaultdict[IntentName, Counter[str]] = defaultdict(Counter)
    questions = taken = answered = right_entries = 0
    for fold in range(FOLDS):
        learnt, examples, texts = _split(content, fold)
        matcher = compile_(learnt)
        sentence_of = [(example, s) for example in examples for s in _asked(content, example.frame)]
        matches = matcher.match_all([sentence for _, sentence in sentence_of])
        for (example, _), match in zip(sentence_of, matches, strict=True):
            asked[example.intent] += 1
            if example.is_right(match):
                right[example.intent] += 1
            else:
                mistaken[example.intent].update(example.taken_for(match) or (NOTHING,))
        for (slug, _), match in zip(texts, matcher.match_all([t for _, t in texts]), strict=True):
            questions += 1
            taken += match.intent is not None
            answered += match.entry is not None
            right_entries += match.entry is not None and match.entry.slug == slug
    return IntentFigures(
        tuple(
            IntentFigure(
                a.name, asked[a.name], right[a.name], tuple(mistaken[a.name].most_common(3))
            )
            for a in content.intents
        ),
        questions,
        taken,
        answered,
        right_entries,
    )


def _asked(content: Content, frame: str) -> list[str]:
    return [*islice(sentences(content, frame), PER_FRAME)]


def _split(
    content: Content, fold: int
) -> tuple[Content, list[_IntentExample], list[tuple[str, str]]]:
    """Return the content without a fifth of its examples, and these: of intents, of entries."""
    intents, entries = [], []
    examples: list[_IntentExample] = []
    questions: list[tuple[str, str]] = []
    for intent in content.intents:
        kept, out = _parted(intent.questions, fold)
        intents.append(intent.model_copy(update={"questions": kept}))
        examples += [_IntentExample(intent.name, frame) for frame in out]
    for entry in content.entries:
        kept, out = _parted(entry.questions, fold)
        entries.append(entry.model_copy(update={"questions": kept}))
        questions += [(entry.slug, text) for text in out]
    learnt = content.model_copy(update={"intents": tuple(intents), "entries": tuple(entries)})
    return learnt, examples, questions


def _parted(texts: Sequence[str], fold: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the texts that are learnt and those of this fold, at least one learnt."""
    ordered = sorted(texts, key=lambda text: crc32(text.encode()))
    out = frozenset(ordered[fold::FOLDS]) if len(ordered) > 1 else frozenset()
    return (
        tuple([text for text in texts if text not in out]),
        tuple([text for text in texts if text in out]),
    )


def report(figures: IntentFigures) -> str:
    """Format the figures as text, shares with three decimals."""
    f = figures
    asked, right = sum(a.asked for a in f.intents), sum(a.right for a in f.intents)
    lines = [
        f"{asked} sentences of {len(f.intents)} intents",
        f"  right {right / max(asked, 1):.3f}  mean of the intents {f.accuracy:.3f}",
        f"{f.questions} questions of entries",
        f"  taken for an intent {f.taken / max(f.questions, 1):.3f}"
        f"  answered {f.answered / max(f.questions, 1):.3f}"
        f"  right {f.right / max(f.questions, 1):.3f}",
        "intent           asked  right  mistaken for",
    ]
    lines += [
        f"{a.intent:15}  {a.asked:5}  {a.right / max(a.asked, 1):.3f}"
        f"  {', '.join(f'{name} {count}' for name, count in a.mistaken_for)}".rstrip()
        for a in f.intents
    ]
    return "\n".join(lines)
