"""A turn of a conversation: the message with its context, and the response."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Literal, NamedTuple

from faq.content.entries import Action, Entry, Point, Replies
from faq.content.talk import FLAGS, IntentName, TextName
from faq.conversation import handover
from faq.conversation.conversations import Conversation, Memory
from faq.conversation.messages import Choice
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.diagnosis.asker_states import RANGE_CLOSED, RANGE_OPEN
from faq.diagnosis.diagnosing import diagnose
from faq.diagnosis.findings import NOTHING, Diagnosis
from faq.diagnosis.pending import PendingSubjects
from faq.diagnosis.record import Record, Records
from faq.language import grammar
from faq.matching.candidates import Candidate
from faq.matching.match import Match, certain_match
from faq.matching.matcher import Message
from faq.matching.ranking import Context, Evidence, Ranked, odds_of, options_of
from faq.release.publishing import Published
from miniprogram_api.services import Services
from miniprogram_api.tickets.tickets import Ticket

Kind = Literal["answer", "clarify", "fallback", "smalltalk"]
Concern = Literal["unanswered", "asked_back", "unsure"]

# Least probability of an intent.
LIKELY = 0.5
# From it a message may be nothing else; and least probability of the subject that a clause names.
SURE, _SURE_OF_A_CLAUSE, _LIKELY_IN_A_CLAUSE = 0.9, 0.7, 0.6
MOST_TOLD = 5
# Their own entry states them to every asker, also about numbers of others.
_OF_THE_TABLES = (RANGE_CLOSED, RANGE_OPEN)
# A phone, a number of a card, a code; they never are the subject.
_PERSONAL = re.compile(r"\d(?:[\s-]?[\d*]){5,}[xX]?")


class Option(NamedTuple):
    """A chip: an entry, a point of it, or a reply to a question (`label`) that leads to it."""

    entry: Entry
    point: Point | None = None
    label: str | None = None

    @property
    def name(self) -> str:
        """Return what a memory stores."""
        return self.entry.slug if self.point is None else f"{self.entry.slug}.{self.point.id}"

    @property
    def title(self) -> str:
        """Return what the chip shows."""
        return self.label or (self.entry.title if self.point is None else self.point.question)


@dataclass(frozen=True)
class Turn:
    """A message with its context; `message_id`: the id of its answer.

    `reranked`: what the message may mean, in another order than the ranking's own (`reader`).
    """

    services: Services
    published: Published
    conversation: Conversation
    asker: Asker
    question: str
    message_id: str
    address: str
    records: Records = Record
    hand_over: Callable[..., Ticket] = handover.hand_over
    reranked: tuple[Ranked, ...] = ()

    @cached_property
    def memory(self) -> Memory:
        """Return the memory of the conversation."""
        return self.conversation.memory

    @cached_property
    def text(self) -> str:
        """Return the message as `faq.language.grammar` reads it."""
        return grammar.compact(self.question)

    @cached_property
    def without_numbers(self) -> str:
        """Return the message without personal numbers."""
        return _PERSONAL.sub(" ", self.question).strip() or self.question

    @cached_property
    def message(self) -> Message:
        """Return what the text of the message says."""
        return self.published.matcher.read(self.without_numbers)

    @cached_property
    def context(self) -> Context:
        """Return the place of the message in the conversation."""
        memory, subject = self.memory, self.open
        told_names = {*memory.told_points, *((memory.slug,) if memory.slug and memory.step else ())}
        return Context(
            None if subject is None else subject.slug,
            frozenset() if subject is None else frozenset(subject.related),
            told_names,
            frozenset(name.partition(".")[0] for name in memory.options or memory.offered),
            self.pending_subjects.states,
        )

    @cached_property
    def ranked(self) -> tuple[Ranked, ...]:
        """Return what the message may mean in its conversation, best first."""
        evidence = self.message.evidence
        if self.reranked:
            return self.reranked
        return () if evidence is None else self.rank(evidence)

    def rank(self, evidence: Evidence) -> tuple[Ranked, ...]:
        """Rank a text of the message in the conversation."""
        return self.published.matcher.rank(evidence, self.context, self.fits)

    @cached_property
    def match(self) -> Match:
        """Return which entry the message means."""
        if not self.ranked:
            return Match("fallback", 1.0, readable=False)
        return self.published.matcher.decided(self.message, self.ranked)

    def fits(self, candidate: Candidate) -> bool:
        """Return whether a candidate may be told to the asker: a point that their state allows."""
        point, entry = candidate.point, candidate.entry
        if point is None or entry is None:
            return True
        if point.person is not None and (point.person == "other") is not self.is_about_another:
            return False
        holds = partial(self._holds, entry)
        return (not point.states or any(map(holds, point.states))) and not any(
            map(holds, point.unless)
        )

    def _holds(self, entry: Entry, state: str) -> bool:
        """Return whether the asker is in a state.

        By the checks of an entry, of the entry that explains the state, or of what stands open.
        """
        if state in self.states_of(entry):
            return True
        if state in _OF_THE_TABLES:
            return False
        own, pending = self.published.content.explaining(state), self.pending_subjects.pending
        if own is not None and state in self.states_of(own):
            return True
        return pending is not None and state in (pending.diagnosis.state, *pending.diagnosis.states)

    def is_about_the_whole(self, candidate: Candidate) -> bool:
        """Return whether the message asks for an entry as a whole rather than for a point of it.

        It does when it is nearer to the entry's examples than to the point's wordings, or a part
        of one.
        """
        entry, evidence = candidate.entry, self.message.evidence
        if entry is None or evidence is None:
            return False
        if self.text in entry.asked:
            return True
        if candidate.point is not None and self.text in candidate.point.compact:
            return False
        is_a_part = any(self.text in example for example in entry.asked)
        return is_a_part or self.published.matcher.is_nearer_to_entry(
            self.without_numbers, evidence, candidate
        )

    def states_of(self, entry: Entry) -> Mapping[str, Mapping[str, str]]:
        """Return the asker's states that an entry's checks see, each with its values."""
        if entry.slug not in self._states:
            self._states[entry.slug] = self.diagnose(certain_match(entry)).states
        return self._states[entry.slug]

    @cached_property
    def _states(self) -> dict[str, Mapping[str, Mapping[str, str]]]:
        return {}

    @cached_property
    def intents(self) -> dict[IntentName, float]:
        """Return the kinds of turn that the message is, with their probabilities."""
        return {intent: p for intent, p in self.message.intents if p >= LIKELY}

    @cached_property
    def intent(self) -> IntentName | None:
        """Return the likeliest kind of turn."""
        return next((intent for intent in self.intents if intent not in FLAGS), None)

    @cached_property
    def is_bare(self) -> bool:
        """Return whether the message is a kind of turn alone: no clause names a subject."""
        surest = max(self.intents.values(), default=0.0)
        is_open = self.match.kind != "answer"
        if surest < SURE and not (is_open and surest > self.match.confidence):
            return False
        # The clauses as one text: 试过了，还是不行.
        as_one = self.published.matcher.read(self.text).intents
        if any(p >= SURE for intent, p in as_one if intent not in FLAGS):
            return True
        evidence = self.message.evidence
        names_other = evidence is not None and evidence.names_other
        return not names_other and not any(map(self._names_subject, self.message.clauses))

    def _names_subject(self, clause: Evidence) -> bool:
        if clause.odds.max() >= odds_of(_LIKELY_IN_A_CLAUSE):
            return False
        options = options_of(self.rank(clause))
        return bool(options) and options[0].probability >= _SURE_OF_A_CLAUSE

    def means(self, *intents: IntentName) -> bool:
        """Return whether the message is one of these kinds of turn."""
        return any(intent in self.intents for intent in intents)

    def is_rather(self, *intents: IntentName) -> bool:
        """Return whether the message is rather one of these kinds of turn than a subject."""
        subject = 0.0 if self.match.entry is None else self.match.confidence
        return any(self.intents.get(intent, 0.0) > subject for intent in intents)

    @property
    def best(self) -> Candidate | None:
        """Return what the message most likely means."""
        return self.ranked[0].candidate if self.ranked else None

    @cached_property
    def open(self) -> Entry | None:
        """Return the entry of the open subject."""
        return self.entry(self.memory.slug)

    @cached_property
    def is_about_another(self) -> bool:
        """Return whether the subject is another person's, so that records do not apply.

        It is until the asker names a subject of their own.
        """
        persons = "|".join(map(re.escape, self.published.content.persons))
        rest = re.sub(persons, "", self.text) if persons else self.text
        is_about_oneself = grammar.is_about_oneself(rest)
        if self.means("another_person"):
            return True
        if persons and re.match(persons, self.text) and not is_about_oneself:
            return True
        if not self.memory.is_about_another or not is_about_oneself:
            return self.memory.is_about_another
        return self.published.matcher.decide(self.message).entry is None

    @property
    def replies(self) -> Replies:
        """Return the bot's own sentences."""
        return self.published.content.replies

    @cached_property
    def pending_subjects(self) -> PendingSubjects:
        """Return what stands open for the asker; nothing for another person's subject."""
        asker = ANONYMOUS if self.is_about_another else self.asker
        content = self.published.content
        return PendingSubjects(self.services, asker, self.question, content, self._record)

    @cached_property
    def _made(self) -> list[Record]:
        """Return the records of this message, which is diagnosed for several entries."""
        return []

    def _record(self, services: Services, asker: Asker, question: str, entry: Entry) -> Record:
        record = self.records(services, asker, question, entry)
        for before in self._made[-1:]:
            record.know(before)
        self._made.append(record)
        return record

    def entry(self, slug: str | None) -> Entry | None:
        """Return the entry in the current release, which may lack it by now."""
        return None if slug is None else self.published.content.by_slug.get(slug)

    def options(self, names: tuple[str, ...]) -> tuple[Option, ...]:
        """Return those of the options (`Option.name`) that the current release has."""
        return tuple(option for name in names if (option := self._option(name)) is not None)

    def _option(self, name: str) -> Option | None:
        slug, _, point_id = name.partition(".")
        entry = self.entry(slug)
        if entry is None:
            return None
        point = next((point for point in entry.points if point.id == point_id), None)
        return None if point_id and point is None else Option(entry, point)

    def entries(self, slugs: tuple[str, ...]) -> tuple[Entry, ...]:
        """Return those of the entries that the current release has."""
        return tuple(entry for slug in slugs if (entry := self.entry(slug)) is not None)

    def diagnose(self, match: Match) -> Diagnosis:
        """Diagnose a match; for another person's subject as for a visitor."""
        asker, records = self.asker, self._record
        if self.is_about_another:
            asker, records = ANONYMOUS, Record
        content = self.published.content
        diagnosis = diagnose(self.services, asker, match, self.question, content, records)
        if (
            diagnosis.question_back is not None
            and diagnosis.question_back.id == self.memory.question
        ):
            # Asked in the last turn.
            return replace(diagnosis, question_back=None)
        return diagnosis


@dataclass(frozen=True)
class Response:
    """The response and the memory after it.

    `point`: the point of the entry that is told. `concern`: why the message enters the inbox.
    `may_repeat`: whether it may equal the one before: a courtesy, a hand-over. `asks`: id of a
    question back that the text asks again. `missing`: the general question that was asked and that
    the entry lacks a point for.
    """

    kind: Kind
    text: str
    memory: Memory
    confidence: float = 1.0
    entry: Entry | None = None
    point: Point | None = None
    steps: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    related: tuple[Entry, ...] = ()
    options: tuple[Option, ...] = ()
    diagnosis: Diagnosis = NOTHING
    choice: Choice | None = None
    concern: Concern | None = None
    may_repeat: bool = False
    asks: str | None = None
    missing: TextName | None = None


def remark(turn: Turn, text: str, memory: Memory | None = None) -> Response:
    """Return a response about the conversation itself, with the buttons to people."""
    memory = turn.memory if memory is None else memory
    return Response("smalltalk", text, memory, actions=turn.replies.actions)


def memory_about(memory: Memory, entry: Entry, step: int) -> Memory:
    """Return the memory after something was said about an entry."""
    left = () if memory.slug in (None, entry.slug) else (memory.slug,)
    # An entry told again goes on with its steps.
    step = max(step, memory.step) if memory.slug == entry.slug else step
    return replace(
        memory,
        slug=entry.slug,
        step=step,
        told=(*memory.told, *left)[-MOST_TOLD:],
        considered=(),
        options=(),
        offered=(),
        clarified=None,
        question=None,
        awaits=None,
        is_distressed=False,
    )
