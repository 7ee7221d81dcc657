"""Tell where each sentence of an answer comes from, for editors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from faq.content import markup
from faq.content.entries import Content
from faq.content.validation import place
from faq.conversation.answering import Answer
from faq.conversation.turns.turn import Response
from faq.diagnosis.families import PROBES
from faq.release.parts import ENTRY, LISTS, Key, part_name, texts_of
from miniprogram_api.texts import template, text

# Shorter texts are contained in others by chance.
_SHORTEST = 4
_PLACEHOLDER = re.compile(r"\\\{[^{}]*\\\}")


@dataclass(frozen=True, slots=True)
class Origin:
    """One piece of an answer, and what wrote it."""

    said: str
    origin: str


def origins_of(answer: Answer, response: Response, content: Content) -> tuple[Origin, ...]:
    """Return the pieces of an answer in the order in which they are shown."""
    known_texts = _Known(content, None if response.entry is None else response.entry.slug)
    # Findings that do not fit in the message are the last ones.
    told_findings = zip(answer.diagnosis, response.diagnosis.findings, strict=False)
    pieces = [
        Origin(shown["message"], _of_probe(finding.probe)) for shown, finding in told_findings
    ]
    for written in (answer.answer, *answer.steps):
        pieces += known_texts.split(written)
    return tuple(pieces)


def _of_probe(name: str) -> str:
    title = PROBES[name].title if name in PROBES else name
    return text("content.origins.probe", title=title)


class _Known:
    """Find the texts of a content in an answer, those of the entry `first` before equal ones."""

    def __init__(self, content: Content, first: str | None) -> None:
        self._texts: list[tuple[re.Pattern[str], str]] = []
        for key, value in sorted(_parts(content), key=lambda part: part[0].name != first):
            for path, written in texts_of(value):
                plain = markup.plain(written)
                if len(plain) >= _SHORTEST:
                    pattern = re.compile(_PLACEHOLDER.sub(".+?", re.escape(plain)))
                    of_part = f"{part_name(key, value)}：{place(path)}" if path else ""
                    self._texts.append((pattern, of_part))

    def split(self, written: str) -> Iterator[Origin]:
        """Yield the pieces of a text; what no part wrote is the record's."""
        at, begun = 0, 0
        while at < len(written):
            matches = [(m.end(), of) for p, of in self._texts if (m := p.match(written, at))]
            end, origin = max(matches, key=lambda match: match[0], default=(0, ""))
            if not end:
                at += 1
                continue
            yield from _of_record(written[begun:at])
            yield Origin(written[at:end], origin)
            at = begun = end
        yield from _of_record(written[begun:])


def _parts(content: Content) -> Iterator[tuple[Key, Any]]:
    """Yield the parts with their defaults."""
    values = content.model_dump(mode="json", by_alias=True)
    for entry in values["entries"]:
        yield Key(ENTRY, entry["slug"]), entry
    for kind in LISTS:
        yield Key(kind), values[kind]


def _of_record(sentence: str) -> Iterator[Origin]:
    if sentence.strip():
        yield Origin(sentence.strip(), template("content.origins.record"))
