"""Tell a point of an entry: the short answer alone, its button, and what the record adds."""

from dataclasses import replace

from faq.content.entries import Entry, Point
from faq.content.short_texts import own_texts_of, texts_of
from faq.content.talk import TextName
from faq.conversation.turns import repetition
from faq.conversation.turns.turn import MOST_TOLD, Response, Turn, memory_about
from faq.diagnosis.findings import Diagnosis, Finding
from faq.matching.candidates import Candidate
from faq.matching.match import certain_match
from faq.release import limits
from miniprogram_api.texts import words

# General questions that the record answers, too; the data of findings that tell a time.
_BY_RECORD: frozenset[TextName] = frozenset({"why", "how_long", "myself"})
TIMES = ("retry_after", "next_at", "supported_from", "until")
_MOST_POINTS = 3 * MOST_TOLD


def answered(turn: Turn, entry: Entry, point: Point, confidence: float = 1.0) -> Response | None:
    """Return the answer of a point; None where a value of it is not known."""
    text = _filled(turn, entry, point)
    if text is None:
        return None
    memory = memory_about(turn.memory, entry, 0)
    names = (*memory.told_points, f"{entry.slug}.{point.id}")
    memory = replace(memory, told_points=tuple(dict.fromkeys(names))[-_MOST_POINTS:])
    actions = () if point.action is None else (point.action,)
    return Response(
        "answer", text, memory, confidence, entry, point, actions=actions,
        diagnosis=Diagnosis(hidden=_hidden(turn, entry) if actions else ()),
    )  # fmt: skip


def asked(
    turn: Turn, entry: Entry, name: TextName, data: tuple[str, ...] = TIMES
) -> Response | None:
    """Answer a general question about an entry, with what the record says; None if unknown.

    `data`: names of a finding's data that answer the question by themselves.
    """
    diagnosis = replace(turn.diagnose(certain_match(entry)), question_back=None)
    shown = diagnosis.decided or entry
    point = _point(turn, shown, name)
    text = None if point is None else _filled(turn, shown, point)
    if text is None or shown.catalogue is not None:
        text = getattr(texts_of(turn.published.content, shown), name)
    findings = diagnosis.findings if name in _BY_RECORD else ()
    telling = _telling(diagnosis, data) if name == "how_long" else None
    by_state = diagnosis.instead
    if not (
        name in _BY_RECORD
        and by_state is not None
        and not (point is not None and point.states)
        # Told or not, it says whether the user can do it: the general text would contradict it.
        and (name == "myself" or not repetition.is_known(by_state.answer, turn.memory))
    ):
        by_state = None
    if telling is not None:
        text = telling.message
        findings = tuple(finding for finding in findings if finding is not telling)
    elif by_state is not None:
        # The general text may be outdated.
        text = by_state.answer
    if text is None:
        return None
    is_open = shown.slug == turn.memory.slug
    memory = turn.memory if is_open else memory_about(turn.memory, shown, 0)
    own = getattr(own_texts_of(turn.published.content, shown), name) or point
    button = None if point is None else point.action
    return Response(
        "answer",
        text,
        replace(memory, question=None, awaits=None),
        entry=shown,
        point=point if telling is None and by_state is None else None,
        actions=shown.actions if button is None else (button,),
        diagnosis=replace(diagnosis, findings=findings, decided=None),
        # What stood in the answer before is asked for again.
        may_repeat=telling is not None or by_state is not None,
        missing=name if own is None else None,
    )


def _point(turn: Turn, entry: Entry, name: TextName) -> Point | None:
    """Return the point that answers a general question, first one for the asker's state."""
    fitting = [
        point
        for point in entry.points
        if point.asks == name and turn.fits(Candidate("point", entry, point=point))
    ]
    return max(fitting, key=lambda point: bool(point.states), default=None)


def _filled(turn: Turn, entry: Entry, point: Point) -> str | None:
    if "{" not in point.answer:
        return point.answer
    names = words("states.placeholders")
    placeholders = limits.placeholders(turn.services.settings)
    if point.states:
        for state, values in turn.states_of(entry).items():
            if state in point.states:
                placeholders |= {names[name]: value for name, value in values.items()}
    return limits.filled(point.answer, placeholders)


def _hidden(turn: Turn, entry: Entry) -> tuple[dict[str, str], ...]:
    """Return the buttons that the record would refuse."""
    return turn.diagnose(certain_match(entry)).hidden


def _telling(diagnosis: Diagnosis, data: tuple[str, ...]) -> Finding | None:
    named = (f for name in data for f in diagnosis.findings if f.data.get(name) is not None)
    return next(named, None)
