"""Go on with a subject: the next step, the way round, then people; never the same block again."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from faq.content.entries import Entry
from faq.conversation.turns import point_answers, repetition
from faq.conversation.turns.answers import answered
from faq.conversation.turns.turn import Response, Turn, memory_about, remark
from faq.diagnosis.findings import Diagnosis
from faq.matching.match import certain_match


def go_on(turn: Turn, entry: Entry, *, steps: bool = True) -> Response:
    """Return the next thing to say about an entry; `steps`: whether its steps may help."""
    return _first_new(turn, _ways_on(turn, entry, steps=steps))


def without_repetition(turn: Turn, response: Response) -> Response:
    """Return the response, or what comes next if it repeats the one before."""
    if not repetition.repeats(response, turn.memory):
        return response
    if response.options:
        return _first_new(turn, [replace(response, text=turn.replies.which_one)])
    if response.entry is None:
        return _first_new(turn, [remark(turn, turn.replies.none_of_them), people_offered(turn)])
    # The steps of the block were shown.
    memory = replace(response.memory, step=max(1, response.memory.step))
    after = replace(turn, conversation=replace(turn.conversation, memory=memory))
    more = go_on(after, response.entry)
    return replace(more, choice=response.choice)


def people_offered(turn: Turn, entry: Entry | None = None) -> Response:
    """Offer a human."""
    memory = replace(turn.memory, awaits="people", question=None)
    response = remark(turn, turn.replies.nothing_left, memory)
    return response if entry is None else replace(response, kind="answer", entry=entry)


def _first_new(turn: Turn, responses: Iterable[Response]) -> Response:
    response = None
    for response in responses:
        if not repetition.repeats(response, turn.memory):
            return response
    return people_offered(turn) if response is None else response


def _ways_on(turn: Turn, entry: Entry, *, steps: bool) -> Iterator[Response]:
    memory = turn.memory
    considered = (other for other in turn.entries(memory.considered) if other is not entry)
    match = certain_match(entry, *considered)
    diagnosis = turn.diagnose(match)
    decided = diagnosis.decided
    # The wording only continues the subject; the record may have changed. An earlier entry would
    # begin again at its first step.
    if decided not in (None, entry) and decided.slug not in memory.told:
        yield answered(turn, match, diagnosis)
    elif is_untold(turn, entry, diagnosis):
        yield answered(turn, certain_match(entry), diagnosis)
    diagnosis = _without_said(turn, diagnosis)
    if steps:
        yield from _steps(turn, entry, diagnosis)
    # In a state the general texts may be outdated.
    other_way = (
        None if diagnosis.instead is not None else point_answers.asked(turn, entry, "other_way")
    )
    if other_way is not None and not repetition.is_known(other_way.text, memory):
        text = turn.replies.another_way
        yield _continued(turn, entry, diagnosis, text, (other_way.text,))
    yield replace(people_offered(turn, entry), diagnosis=diagnosis)


def is_untold(turn: Turn, entry: Entry, diagnosis: Diagnosis) -> bool:
    """Return whether the answer for this entry, or for the state by now, was not told yet."""
    memory = turn.memory
    if entry.slug != memory.slug or memory.step == 0:
        return True
    if diagnosis.instead is None:
        return False
    return not repetition.is_known(diagnosis.instead.answer, memory)


def _steps(turn: Turn, entry: Entry, diagnosis: Diagnosis) -> Iterator[Response]:
    steps = entry.plain_steps if diagnosis.instead is None else diagnosis.instead.steps
    for at in range(turn.memory.step, len(steps)):
        response = _continued(turn, entry, diagnosis, turn.replies.next_step, (steps[at],))
        yield replace(response, memory=replace(response.memory, step=at + 1))


def _continued(
    turn: Turn, entry: Entry, diagnosis: Diagnosis, text: str, steps: tuple[str, ...]
) -> Response:
    memory = turn.memory
    if entry.slug != memory.slug:
        memory = memory_about(memory, entry, 0)
    offered = memory.options or memory.offered
    memory = replace(memory, options=(), offered=offered, question=None, awaits=None)
    actions = () if diagnosis.instead is not None else entry.actions
    return Response(
        "answer", text, memory, entry=entry, steps=steps, actions=actions, diagnosis=diagnosis
    )


def _without_said(turn: Turn, diagnosis: Diagnosis) -> Diagnosis:
    """Return the diagnosis without the findings of the last answer, and without a question."""
    told_numbers = set(turn.memory.said)
    findings = tuple(
        f for f in diagnosis.findings if not told_numbers.issuperset(_numbers(f.message))
    )
    return replace(diagnosis, findings=findings, question_back=None)


def _numbers(text: str) -> tuple[int, ...]:
    return repetition.fingerprint([text]) or (0,)
