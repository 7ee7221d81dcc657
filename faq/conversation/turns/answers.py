"""Build the responses to a subject: the answer, a question back, a courtesy, a refusal."""

from dataclasses import replace

from faq.conversation.inbox import is_unsure
from faq.conversation.messages import Choice
from faq.conversation.turns import point_answers
from faq.conversation.turns.pending_subject import put_first
from faq.conversation.turns.turn import Option, Response, Turn, memory_about
from faq.diagnosis.findings import Diagnosis
from faq.matching.match import Match, certain_match


def answered(turn: Turn, match: Match, diagnosis: Diagnosis | None = None) -> Response:
    """Answer with the entry of the match, unless the record selects another one."""
    if diagnosis is None:
        diagnosis = turn.diagnose(match)
    entry, confidence = diagnosis.decided or match.entry, match.confidence
    if entry is None:
        raise ValueError("Neither the wording nor the record named an entry.")
    if entry is not match.entry:
        confidence = 1.0
    asked = diagnosis.question_back
    memory = replace(
        memory_about(turn.memory, entry, 1),
        considered=tuple(other.slug for other in match.nearest if other is not entry),
        question=None if asked is None else asked.id,
    )
    text, steps, actions = entry.plain_answer, entry.plain_steps, entry.actions
    if diagnosis.instead is not None:
        text, steps, actions = diagnosis.instead.answer, diagnosis.instead.steps, ()
    return Response(
        "answer",
        text,
        memory,
        confidence,
        entry,
        steps=steps,
        actions=actions,
        related=turn.entries(entry.related),
        diagnosis=diagnosis,
        concern="unsure" if is_unsure(confidence) else None,
    )


def chosen(
    turn: Turn, option: Option, options: tuple[Option, ...], confidence: float = 1.0
) -> Response:
    """Answer with a chosen option, and remember the others for corrections."""
    clarified, entry = turn.memory.clarified, option.entry
    response = None if option.point is None else point_answers.answered(turn, entry, option.point)
    if response is None:
        response = answered(turn, certain_match(entry)._replace(confidence=confidence))
    offered = tuple(other.name for other in options)
    return replace(
        response,
        memory=replace(response.memory, offered=offered, clarified=clarified),
        choice=None if clarified is None else Choice(clarified, entry.slug),
    )


def offered(turn: Turn, text: str, options: tuple[Option, ...]) -> Response:
    """Ask which of the options is meant."""
    names = tuple(option.name for option in options)
    memory = replace(turn.memory, options=names, offered=(), awaits=None)
    return Response("clarify", text, memory, options=options)


def asked_back(turn: Turn, match: Match, diagnosis: Diagnosis) -> Response:
    """Ask which of the likeliest entries is meant."""
    options = tuple(map(Option, put_first(turn, match.options)))
    response = offered(turn, turn.replies.clarify, options)
    return replace(
        response,
        memory=replace(response.memory, clarified=turn.message_id),
        confidence=match.confidence,
        # A second question besides the options would confuse.
        diagnosis=replace(diagnosis, question_back=None),
        concern="asked_back",
    )


def courteous(turn: Turn, match: Match, diagnosis: Diagnosis | None = None) -> Response:
    """Answer a courtesy and refer to the open subject."""
    if match.topic is None:
        raise ValueError("This is no courtesy.")
    response = Response(
        "smalltalk",
        match.topic.answer,
        replace(turn.memory, awaits=None),
        match.confidence,
        related=() if turn.open is None else (turn.open,),
        may_repeat=True,
    )
    return response if diagnosis is None else replace(response, diagnosis=diagnosis)


def not_known(turn: Turn, match: Match, diagnosis: Diagnosis) -> Response:
    """Say that the question is unreadable, another service's, or not known."""
    replies = turn.replies
    memory = replace(turn.memory, awaits=None)
    response = Response(
        "fallback", replies.unreadable, memory, match.confidence, diagnosis=diagnosis
    )
    if not match.readable:
        return response
    response = replace(response, related=match.nearest, concern="unanswered")
    if match.service is not None:
        return replace(response, text=replies.about_other(match.service))
    if turn.text in turn.published.content.out_of_scope.compact:
        # Editors marked this wording as out of scope.
        return replace(response, text=replies.not_ours, actions=replies.actions, concern=None)
    related = put_first(turn, match.nearest)
    # Objections (没戴口罩) often concern the last answer.
    more = "" if turn.open is None else replies.still_open
    text = f"{replies.unknown}{more}"
    return replace(response, text=text, actions=replies.actions, related=related)
