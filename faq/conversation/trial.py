"""Ask an unpublished draft as one of `example_people`.

Uses the real bot, but stores nothing, opens no ticket, and diagnoses fictional records. A thread
compiles the matcher (seconds) once per state of the draft while the page polls; the result is
stored for other processes.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import structlog

from faq.content.entries import Content
from faq.content.window_lookup import finder
from faq.conversation import conversations
from faq.conversation.answering import Answer, answer_of
from faq.conversation.conversations import Conversation
from faq.conversation.example_people import PEOPLE, Person
from faq.conversation.origins import Origin, origins_of
from faq.conversation.turns import policy
from faq.conversation.turns.turn import Response, Turn
from faq.editing import drafts
from faq.language.text import LONGEST_QUESTION
from faq.matching.match import Candidate
from faq.release import publishing
from faq.release.faults import build, cross_part_faults, faults, key_of
from faq.release.parts import ENTRY, Key, part_name
from faq.release.publishing import Prepared, Published
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import text
from models.faq import drafts as table
from models.storage.database import close_thread_connection, database, release

log = structlog.get_logger("faq")

# Expected duration; see `faq.matching.matcher.compile_matcher`.
_SECONDS, _SECONDS_AN_EXAMPLE = 0.8, 0.0015
# Compiled states kept per process.
_MOST_REMEMBERED = 3
_WAIT_SECONDS = 0.3
HANDED_OVER = text("pages.entry_trial.handed_over")


@dataclass(frozen=True)
class Waiting:
    """The draft is being compiled: elapsed and expected seconds."""

    elapsed: float
    expected: float


@dataclass(frozen=True)
class Trial:
    """The answer of the draft.

    `candidates`: entries by wording alone; `confidence`: of the wording. `decided`: whether the
    record chose the entry. `left_out`: invalid parts, which fell back to the release. `memory`: for
    the next question. `origins`: where each sentence of the answer comes from.
    """

    person: Person
    answer: Answer
    candidates: tuple[Candidate, ...]
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
    memory: str = "",
    is_again: bool = False,
) -> Trial | Waiting:
    """Ask the draft, including the entry `slug` even if held.

    `memory`: of the last answer. `is_again`: whether the caller is already polling. Raises Refused:
    NOT_FOUND for an unknown person, SERVICE_UNAVAILABLE when compiling failed.
    """
    asked = PEOPLE.get(person)
    if asked is None:
        raise Refused(Reason.NOT_FOUND)
    learnt = _learnt(slug, is_again)
    if isinstance(learnt, Waiting):
        return learnt
    return _respond(services, learnt, question[:LONGEST_QUESTION], asked, memory)


@dataclass(frozen=True)
class _Learnt:
    prepared: Prepared
    left_out: tuple[str, ...]


@dataclass
class _Learning:
    began: float
    expected: float
    result: _Learnt | None = None
    failed: bool = False


_states: OrderedDict[tuple[Any, ...], _Learning] = OrderedDict()
_changing = threading.Lock()
_one_at_a_time = threading.Lock()


def _learnt(slug: str, is_again: bool) -> _Learnt | Waiting:
    """Return the compiled draft, or start compiling."""
    in_force = drafts.ensure_draft()
    state = (database.obj, in_force.number, slug, *table.fingerprint())
    with _changing:
        learning = _states.get(state)
        if learning is None or learning.failed:
            learning = _states[state] = _Learning(time.monotonic(), _expected(in_force.content))
            while len(_states) > _MOST_REMEMBERED:
                _states.popitem(last=False)
            threading.Thread(
                target=_learn, args=(learning, slug, is_again), name="trial", daemon=True
            ).start()
    if learning.result is not None:
        return learning.result
    if learning.failed:
        raise Refused(Reason.SERVICE_UNAVAILABLE)
    return Waiting(time.monotonic() - learning.began, learning.expected)


def _expected(content: Content) -> float:
    examples = sum(len(entry.questions) for entry in content.entries)
    return round(_SECONDS + _SECONDS_AN_EXAMPLE * examples, 1)


def _learn(learning: _Learning, slug: str, is_again: bool) -> None:
    """Compile the draft in its own thread."""
    try:
        with _one_at_a_time:
            content, left_out = _content(slug)
            prepared = publishing.prepare(content)
            release()
            # Another process may have started at the page's first request.
            patience = 3 * learning.expected + 5 if is_again else 0.0
            while not prepared.fetch() and time.monotonic() - learning.began < patience:
                release()
                time.sleep(_WAIT_SECONDS)
            release()
            prepared.keep()
            learning.result = _Learnt(prepared, left_out)
    # The waiting page must report any error.
    except Exception as error:
        log.error("draft not learnt", exc_info=error)
        learning.failed = True
    finally:
        close_thread_connection()


def _content(slug: str) -> tuple[Content, tuple[str, ...]]:
    """Return the valid parts of the draft, and the names of the others."""
    in_force = drafts.ensure_draft().parts
    chosen: dict[Key, Any] = {}
    left_out = []
    for part in drafts.parts():
        if part.is_retired:
            continue
        value = part.content if not part.held or part.key.name == slug else in_force.get(part.key)
        if value is not None and faults(part.key, value):
            left_out.append(part.name)
            value = in_force.get(part.key)
        if value is not None:
            chosen[part.key] = value
    # Inconsistent parts fall back to the release, then entries are dropped and lists stay.
    kept: set[Key] = set()
    while found := {key_of(fault) for fault in cross_part_faults(chosen)} - kept:
        for key in found:
            value = in_force.get(key)
            left_out.append(key.name or part_name(key, value))
            if value is not None and chosen.get(key) != value:
                chosen[key] = value
            elif key.kind == ENTRY:
                chosen.pop(key, None)
            else:
                kept.add(key)
    return build(chosen), tuple(dict.fromkeys(left_out))


class _HandedOver(Exception):
    """Raised instead of opening a ticket."""


def _no_hand_over(*_arguments: Any) -> Any:
    raise _HandedOver


def _respond(
    services: Services, learnt: _Learnt, question: str, person: Person, memory: str
) -> Trial:
    published = Published(0, learnt.prepared, None)
    asker = person.asker
    remembered = conversations.load_memory(memory).of(asker)
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
    match = published.matcher.match(question)
    try:
        response = policy.respond(turn)
    except _HandedOver:
        response = Response("smalltalk", HANDED_OVER, replace(remembered, awaits=None))
    answer = answer_of(response, "", "", 0, finder(text=question))
    return Trial(
        person=person,
        answer=answer,
        candidates=match.candidates,
        confidence=match.confidence,
        decided=response.found.decided is not None,
        left_out=learnt.left_out,
        memory=conversations.dump_memory(response.memory),
        origins=origins_of(answer, response, published.content),
    )
