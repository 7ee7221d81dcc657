"""Ask an unpublished draft as one of `example_people`.

Uses the real bot, but stores nothing, opens no ticket, and diagnoses fictional records. The worker
learns changed examples while the page polls; other changes need no learning.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from faq.content.window_lookup import finder
from faq.conversation import conversations
from faq.conversation.answering import Answer, answer_of
from faq.conversation.conversations import Conversation, Memory
from faq.conversation.example_people import PEOPLE, Person
from faq.conversation.origins import Origin, origins_of
from faq.conversation.turns import deciding
from faq.conversation.turns.turn import Response, Turn
from faq.editing import background, tasks, valid_draft
from faq.editing.check.checking import Talk
from faq.editing.tasks import Task
from faq.language.text import LONGEST_QUESTION
from faq.matching.match import Match, Option
from faq.release import publishing
from faq.release.publishing import Prepared, Published
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import text

HANDED_OVER = text("pages.entry_trial.handed_over")


@dataclass(frozen=True)
class Trial:
    """The answer of the draft.

    `candidates`: entries by wording alone; `confidence`: of the wording. `decided`: whether the
    record chose the entry. `left_out`: invalid parts, which fell back to the release. `memory`: for
    the next question. `origins`: where each sentence of the answer comes from.
    """

    person: Person
    answer: Answer
    candidates: tuple[Option, ...]
    confidence: float
    decided: bool
    left_out: tuple[str, ...]
    memory: str
    origins: tuple[Origin, ...]


def ask(
    services: Services,
    slug: str,
    question: str,
    person: str,
    *,
    actor: str,
    memory: str = "",
    is_again: bool = False,
) -> Trial | Task:
    """Ask the draft, including the entry `slug` even if held; the task while it is learnt.

    `memory`: of the last answer. `is_again`: whether the caller is already polling. Raises Refused:
    NOT_FOUND for an unknown person, SERVICE_UNAVAILABLE when learning failed.
    """
    asked = PEOPLE.get(person)
    if asked is None:
        raise Refused(Reason.NOT_FOUND)
    content, left_out = valid_draft.read(slug)
    prepared = publishing.prepare(content)
    if not prepared.fetch():
        task = tasks.begin(
            background.LEARNING,
            prepared.learnt_from,
            {"slug": slug},
            actor=actor,
            anew=not is_again,
        )
        if not task.is_over:
            return task
        # It may have ended since the first look.
        if not prepared.fetch():
            raise Refused(Reason.SERVICE_UNAVAILABLE)
    return _respond(services, prepared, left_out, question[:LONGEST_QUESTION], asked, memory)


class _HandedOver(Exception):
    """Raised instead of opening a ticket."""


def _no_hand_over(*_arguments: Any) -> Any:
    raise _HandedOver


def _respond(
    services: Services,
    prepared: Prepared,
    left_out: tuple[str, ...],
    question: str,
    person: Person,
    memory: str,
) -> Trial:
    published = Published(0, prepared, None)
    match = published.matcher.match(question)
    response = _said(services, published, question, person, conversations.load_memory(memory))
    answer = answer_of(response, "", "", published, finder(text=question))
    return Trial(
        person=person,
        answer=answer,
        candidates=match.candidates,
        confidence=match.confidence,
        decided=response.diagnosis.decided is not None,
        left_out=left_out,
        memory=conversations.dump_memory(response.memory),
        origins=origins_of(answer, response, published.content),
    )


def talk_with(services: Services) -> Talk:
    """Return what holds a conversation with a content as a visitor, and stores nothing."""
    visitor = PEOPLE["visitor"]

    def talk(published: Published, turns: Sequence[str]) -> Match:
        first, *others = turns
        response = _said(services, published, first, visitor, conversations.load_memory(""))
        for question in others:
            response = _said(services, published, question, visitor, response.memory)
        options = {option.entry.slug: option.entry for option in response.options}
        return Match(
            response.kind,
            response.confidence,
            response.entry,
            response.point,
            options=tuple(options.values()),
        )

    return talk


def _said(
    services: Services, published: Published, question: str, person: Person, memory: Memory
) -> Response:
    """Return the response to one turn of an example person."""
    asker = person.asker
    remembered = memory.of(asker)
    turn = Turn(
        services,
        published,
        Conversation("trial", remembered),
        asker,
        question,
        conversations.new_id(),
        address="",
        records=person.record,
        hand_over=_no_hand_over,
    )
    try:
        return deciding.respond(turn)
    except _HandedOver:
        return Response("smalltalk", HANDED_OVER, replace(remembered, awaits=None))
