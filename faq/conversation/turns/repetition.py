"""Recognise a block of text that repeats the one before."""

import re
from collections.abc import Iterable
from zlib import crc32

from faq.conversation.conversations import Memory
from faq.conversation.turns.turn import Response

_SENTENCE = re.compile(r"[\n。！？；.!?;]")
# Shorter pieces are found in any text.
_SHORTEST = 8
# Share of the characters from which a block is the same.
_MOST_REPEATED = 0.7
_MOST_SHOWN = 12


def fingerprint(texts: Iterable[str]) -> tuple[int, ...]:
    """Return the numbers of the sentences of a block."""
    return tuple(dict.fromkeys(crc32(sentence.encode()) for sentence in _sentences(texts)))


def repeats(response: Response, memory: Memory) -> bool:
    """Return whether most of the response stood in the one before."""
    if response.may_repeat or not memory.said:
        return False
    sentences = _sentences(block_of(response))
    again = sum(len(sentence) for sentence in sentences if crc32(sentence.encode()) in memory.said)
    return again > _MOST_REPEATED * sum(map(len, sentences))


def block_of(response: Response) -> list[str]:
    """Return the texts that a response shows, but for its options."""
    asked = response.diagnosis.question_back
    return [
        *(finding.message for finding in response.diagnosis.findings),
        response.text,
        *response.steps,
        *([] if asked is None else [asked.text]),
    ]


def is_known(text: str, memory: Memory) -> bool:
    """Return whether a text was shown in this subject."""
    return crc32(text.encode()) in memory.shown


def is_said(sentence: str, memory: Memory) -> bool:
    """Return whether a sentence stood in the answer before."""
    return crc32(sentence.encode()) in memory.said


def shown_after(memory: Memory, response: Response) -> tuple[int, ...]:
    """Return `Memory.shown` after a response."""
    texts = [crc32(text.encode()) for text in (response.text, *response.steps)]
    return tuple(dict.fromkeys((*memory.shown, *texts)))[-_MOST_SHOWN:]


def _sentences(texts: Iterable[str]) -> list[str]:
    parts = (part.strip() for text in texts for part in _SENTENCE.split(text))
    return [part for part in parts if len(part) >= _SHORTEST]
