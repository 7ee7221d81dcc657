"""A turn of a conversation: the message with its context, and the response."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from faq.content.entries import Action, Entry, Replies
from faq.content.talk import FLAGS, ActName, TextName
from faq.conversation import handover
from faq.conversation.conversations import Conversation, Memory
from faq.conversation.messages import Choice
from faq.conversation.turns import clauses
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.diagnosis.deciding import diagnose
from faq.diagnosis.findings import NOTHING, Diagnosis
from faq.diagnosis.pending import Matters
from faq.diagnosis.record import Record, Records
from faq.language import grammar
from faq.matching.match import Match
from faq.release.publishing import Published
from miniprogram_api.services import Services
from miniprogram_api.tickets.tickets import Ticket

Kind = Literal["answer", "clarify", "fallback", "smalltalk"]
Concern = Literal["unanswered", "asked_back", "unsure"]

# Least probability of an act.
LIKELY = 0.5
# A phone, a number of a card, a code; they never are the matter.
_PERSONAL = re.compile(r"\d(?:[\s-]?[\d*]){5,}[xX]?")


@dataclass(frozen=True)
class Turn:
    """A message with its context; `message_id`: the id of its answer."""

    services: Services
    published: Published
    conversation: Conversation
    asker: Asker
    question: str
    message_id: str
    address: str
    records: Records = Record
    hand_over: Callable[..., Ticket] = handover.hand_over

    @cached_property
    def memory(self) -> Memory:
        """Return the memory of the conversation."""
        return self.conversation.memory

    @cached_property
    def text(self) -> str:
        """Return the message as `faq.language.grammar` reads it."""
        return grammar.compact(self.question)

    @cached_property
    def said(self) -> str:
        """Return the message without personal numbers."""
        return _PERSONAL.sub(" ", self.question).strip() or self.question

    @property
    def whole(self) -> Match:
        """Return the match of the whole message."""
        return self.published.matcher.match(self.said)

    @cached_property
    def match(self) -> Match:
        """Return the match of the message, without its clauses that are no matter."""
        return clauses.matter_of(self.said, self.published.matcher.match)

    @cached_property
    def acts(self) -> dict[ActName, float]:
        """Return the kinds of turn that the message is, with their probabilities."""
        found = clauses.acts_of(self.said, self.published.matcher.match)
        return {act: probability for act, probability in found.items() if probability >= LIKELY}

    @cached_property
    def act(self) -> ActName | None:
        """Return the likeliest kind of turn."""
        return next((act for act in self.acts if act not in FLAGS), None)

    def means(self, *acts: ActName) -> bool:
        """Return whether the message is one of these kinds of turn."""
        return any(act in self.acts for act in acts)

    def is_rather(self, *acts: ActName) -> bool:
        """Return whether the message is rather one of these kinds of turn than a matter."""
        matter = 0.0 if self.match.entry is None else self.match.confidence
        return any(self.acts.get(act, 0.0) > matter for act in acts)

    @cached_property
    def open(self) -> Entry | None:
        """Return the entry of the open matter."""
        return self.entry(self.memory.slug)

    @cached_property
    def is_about_another(self) -> bool:
        """Return whether the matter is another person's, so that records do not apply.

        It is until the asker names a matter of their own.
        """
        persons = "|".join(map(re.escape, self.published.content.persons))
        rest = re.sub(persons, "", self.text) if persons else self.text
        is_about_oneself = grammar.is_about_oneself(rest)
        if self.means("another_person"):
            return True
        if persons and re.match(persons, self.text) and not is_about_oneself:
            return True
        is_own = is_about_oneself and self.match.entry is not None
        return self.memory.is_about_another and not is_own

    @property
    def replies(self) -> Replies:
        """Return the bot's own sentences."""
        return self.published.content.replies

    @cached_property
    def matters(self) -> Matters:
        """Return what stands open for the asker; nothing for another person's matter."""
        asker = ANONYMOUS if self.is_about_another else self.asker
        content = self.published.content
        return Matters(self.services, asker, self.question, content, self.records)

    def entry(self, slug: str | None) -> Entry | None:
        """Return the entry in the current release, which may lack it by now."""
        return None if slug is None else self.published.content.by_slug.get(slug)

    def entries(self, slugs: tuple[str, ...]) -> tuple[Entry, ...]:
        """Return those of the entries that the current release has."""
        return tuple(entry for slug in slugs if (entry := self.entry(slug)) is not None)

    def diagnose(self, match: Match) -> Diagnosis:
        """Diagnose a match; for another person's matter as for a visitor."""
        asker, records = self.asker, self.records
        if self.is_about_another:
            asker, records = ANONYMOUS, Record
        content = self.published.content
        found = diagnose(self.services, asker, match, self.question, content, records)
        if found.question_back is not None and found.question_back.id == self.memory.question:
            # Asked in the last turn.
            return replace(found, question_back=None)
        return found


@dataclass(frozen=True)
class Response:
    """The response and the memory after it.

    `concern`: why the message enters the inbox. `may_repeat`: whether it may equal the one before:
    a courtesy, a hand-over. `asks`: id of a question back that the text asks again. `missing`: the
    short text that was asked for and that the entry lacks.
    """

    kind: Kind
    text: str
    memory: Memory
    confidence: float = 1.0
    entry: Entry | None = None
    steps: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    related: tuple[Entry, ...] = ()
    options: tuple[Entry, ...] = ()
    found: Diagnosis = NOTHING
    choice: Choice | None = None
    concern: Concern | None = None
    may_repeat: bool = False
    asks: str | None = None
    missing: TextName | None = None


def remark(turn: Turn, text: str, memory: Memory | None = None) -> Response:
    """Return a response about the conversation itself, with the buttons to people."""
    memory = turn.memory if memory is None else memory
    return Response("smalltalk", text, memory, actions=turn.replies.actions)
