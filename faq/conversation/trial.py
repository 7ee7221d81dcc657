"""Asking the draft before anybody publishes it, as one of the people of `example_people`.

The bot that answers is the very one that answers users; only that nothing is kept of it, nobody is
called, and the record that it looks at is made up. The matcher must learn the draft first, which
takes seconds: a thread of its own does that, once for every state of the draft, while the page asks
again and again; what it learnt is kept, so that other processes fetch it.
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
from faq.conversation.conversations import Conversation, Memory
from faq.conversation.example_people import PEOPLE, Person
from faq.conversation.turns import dialogue
from faq.conversation.turns.turn import Said, Turn
from faq.editing import drafts
from faq.language.text import LONGEST_QUESTION
from faq.matching.match import Candidate
from faq.release import publishing
from faq.release.parts import Key, assemble, cross_part_faults, faults, key_of
from faq.release.publishing import Prepared, Published
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.faq import drafts as table
from models.storage.database import close_thread_connection, database, release

log = structlog.get_logger("faq")

# Learning takes about this long; see `faq.matching.matcher.compile_matcher`.
_SECONDS, _SECONDS_AN_EXAMPLE = 0.8, 0.0015
# States of the draft that a process remembers having learnt.
_MOST_REMEMBERED = 3
_WAIT_SECONDS = 0.3
HANDED_OVER = "（试问时不建工单。）正式回答时，这里会转给人工，并告诉用户工单号和办理期限。"


@dataclass(frozen=True)
class Waiting:
    """The draft is being learnt: seconds that it has taken so far, and that it takes about."""

    elapsed: float
    expected: float


@dataclass(frozen=True)
class Trial:
    """What the draft says. `left_out`: what is not in order yet, and was asked as it is in force.

    `answer`: as users get it. `candidates`: the entries that the words alone may mean, with what
    each channel added. `confidence`: of the words. `decided`: whether the record chose the entry.
    `memory`: to be given with the next question of this conversation.
    """

    person: Person
    answer: Answer
    candidates: tuple[Candidate, ...]
    confidence: float
    decided: bool
    left_out: tuple[str, ...]
    memory: str


def ask(
    services: Services,
    slug: str,
    question: str,
    person: str,
    *,
    memory: str = "",
    is_again: bool = False,
) -> Trial | Waiting:
    """Ask the draft, with the entry `slug` in it even where that is held back.

    `memory`: what the last answer said of the conversation. `is_again`: whether the caller waits
    already, perhaps for another process. Raises Refused: NOT_FOUND for an unknown person,
    SERVICE_UNAVAILABLE when the draft could not be learnt.
    """
    asked = PEOPLE.get(person)
    if asked is None:
        raise Refused(Reason.NOT_FOUND)
    learnt = _learnt(slug, is_again)
    if isinstance(learnt, Waiting):
        return learnt
    return _asked(services, learnt, question[:LONGEST_QUESTION], asked, memory)


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
    """What was learnt of the draft as it is now; begins to learn when nobody has."""
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
    """Learn the draft, in a thread of its own."""
    try:
        with _one_at_a_time:
            content, left_out = _content(slug)
            prepared = publishing.prepare(content)
            release()
            # Another process may be at it already: it began when its page asked first.
            patience = 3 * learning.expected + 5 if is_again else 0.0
            while not prepared.fetch() and time.monotonic() - learning.began < patience:
                release()
                time.sleep(_WAIT_SECONDS)
            release()
            prepared.keep()
            learning.result = _Learnt(prepared, left_out)
    # Whatever it was must reach the page that waits, not only the log.
    except Exception as error:
        log.error("draft not learnt", exc_info=error)
        learning.failed = True
    finally:
        close_thread_connection()


def _content(slug: str) -> tuple[Content, tuple[str, ...]]:
    """The draft as far as it is in order, and the names of what is not."""
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
    # What does not fit together gives way: to what is in force, and in the end to nothing.
    while found := cross_part_faults(chosen):
        for key in {key_of(fault) for fault in found}:
            value = in_force.get(key)
            left_out.append(key.name)
            if value is None or chosen.get(key) == value:
                chosen.pop(key, None)
            else:
                chosen[key] = value
    return assemble(chosen), tuple(dict.fromkeys(left_out))


class _HandedOver(Exception):
    """Here people would be called."""


def _no_hand_over(*_arguments: Any) -> Any:
    raise _HandedOver


def _asked(
    services: Services, learnt: _Learnt, question: str, person: Person, memory: str
) -> Trial:
    published = Published(0, learnt.prepared, None)
    asker = person.asker
    remembered = _remembered(memory).of(asker)
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
        said = dialogue.take(turn)
    except _HandedOver:
        said = Said("smalltalk", HANDED_OVER, replace(remembered, awaits=None))
    return Trial(
        person=person,
        answer=answer_of(said, "", "", 0, finder(text=question)),
        candidates=match.candidates,
        confidence=match.confidence,
        decided=said.found.decided is not None,
        left_out=learnt.left_out,
        memory=conversations.written(said.memory),
    )


def _remembered(text: str) -> Memory:
    nothing = Memory(None, None)
    try:
        return nothing if not text else conversations.read(text)
    except ValueError:
        # A page of another version wrote it.
        return nothing
