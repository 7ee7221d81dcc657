"""Answer from single sentences of the open matter what neither its entry nor an act decides."""

import re
from collections.abc import Iterator
from dataclasses import replace

from faq.content.entries import Entry
from faq.content.talk import TEXT_NAMES
from faq.conversation.turns import going_on, repetition
from faq.conversation.turns.turn import Response, Turn
from faq.diagnosis.findings import Diagnosis
from faq.language.simplification import simplify
from faq.matching import encoder as encoders
from faq.matching.match import certain_match

# Least cosine of a sentence; more if the message may be foreign.
LEAST, LEAST_IF_UNKNOWN = 0.36, 0.42
# Share of the best one from which the second is told, too.
_NEAR = 0.92
_MOST = 2
_SENTENCE = re.compile(r"[\n。！？；]")
# Shorter ones answer nothing by themselves.
_SHORTEST = 6


def answer_from(turn: Turn, entry: Entry, least: float = LEAST) -> Response | None:
    """Return the sentences of an entry and its related ones that are nearest to the message.

    None without the encoder, below `least`, and when they were told already. In a state of the
    record only the text for that state is searched, once it was told as a whole.
    """
    encoder = encoders.shared()
    if encoder is None:
        return None
    found = replace(turn.diagnose(certain_match(entry)), question_back=None)
    passages = [*_passages(turn, entry, found)]
    if not passages or going_on.is_untold(turn, entry, found):
        return None
    vectors = encoder.encode_examples([simplify(text) for _, text in passages])
    alike = vectors.astype("f4") @ encoder.encode([simplify(turn.said)])[0]
    order = alike.argsort()[::-1][:_MOST]
    first = float(alike[order[0]])
    if first < least:
        return None
    best = [passages[at] for at in order if alike[at] >= _NEAR * first]
    shown = best[0][0]
    text = "".join(f"{said}。" for _, said in best)
    memory = replace(turn.memory, options=(), offered=(), awaits=None)
    found = replace(found, findings=(), decided=None)
    # Its buttons, as its title, may be wrong in a state that has a text of its own.
    actions = () if found.instead else shown.actions
    return Response("answer", text, memory, first, shown, actions=actions, found=found)


def _passages(turn: Turn, entry: Entry, found: Diagnosis) -> Iterator[tuple[Entry, str]]:
    """Yield the sentences that were not told yet, each with its entry."""
    sources = [(entry, text) for text in found.instead]
    if not sources:
        sources = [
            (one, text)
            for one in (entry, *turn.entries(entry.related))
            for text in (one.plain_answer, *one.plain_steps, *_texts(one))
        ]
    for one, text in sources:
        for sentence in map(str.strip, _SENTENCE.split(text)):
            if len(sentence) >= _SHORTEST and not repetition.is_said(sentence, turn.memory):
                yield one, sentence


def _texts(entry: Entry) -> Iterator[str]:
    return filter(None, (getattr(entry.texts, name) for name in TEXT_NAMES))
