"""Find the errors in the points of an entry of valid form."""

import re
from collections.abc import Iterator

from faq.content.entries import Entry, Point
from faq.diagnosis.asker_states import STATES, names_of
from faq.language.grammar import compact
from miniprogram_api.texts import text, words

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
LIMITS = frozenset(words("claims.placeholders").values())
"""The placeholders that the rules fill in (`faq.release.limits`)."""

Found = tuple[tuple[str | int, ...], str, str]


def faults_of(entry: Entry) -> Iterator[Found]:
    """Yield path, code and words of each error: states, placeholders, repeated texts."""
    answers: dict[str, str] = {}
    wordings: dict[str, str] = {}
    for at, point in enumerate(entry.points):
        path = ("points", at)
        yield from _unknown_states(path, point)
        unknown = sorted({*_PLACEHOLDER.findall(point.answer)} - known_placeholders(point.states))
        if unknown:
            names = "、".join(f"{{{name}}}" for name in unknown)
            message = _said("unknown_placeholder", point, names=names)
            yield (*path, "answer"), "unknown_placeholder", message
        other = answers.setdefault(same_words(point.answer), point.question)
        if other != point.question:
            yield (*path, "answer"), "repeated", _said("same_answer", point, other=other)
        for wording in dict.fromkeys(point.examples):
            other = wordings.setdefault(same_words(wording), point.question)
            if other != point.question:
                message = _said("same_wording", point, wording=wording, other=other)
                yield (*path, "wordings"), "repeated", message


def same_words(wording: str) -> str:
    """Return what two texts that differ in signs and spaces alone have in common."""
    return compact(wording) or wording


def known_placeholders(states: tuple[str, ...]) -> frozenset[str]:
    """Return the placeholders that limits and these states fill in."""
    return LIMITS.union(*(names_of(state) for state in states if state in STATES))


def _unknown_states(path: tuple[str | int, ...], point: Point) -> Iterator[Found]:
    for field in ("states", "unless"):
        for state in getattr(point, field):
            if state not in STATES:
                message = _said("unknown_state", point, state=state)
                yield (*path, field), "unknown_state", message


def _said(key: str, point: Point, **values: str) -> str:
    return text(f"content.point_faults.{key}", question=point.question, **values)
