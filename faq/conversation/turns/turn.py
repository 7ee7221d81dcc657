"""One turn of a conversation: what is known when a message comes, and what is said to it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from faq.content.entries import Action, Entry
from faq.conversation import handover
from faq.conversation.conversations import Conversation, Memory
from faq.conversation.messages import Choice
from faq.conversation.turns import third_party
from faq.conversation.turns.handover_intent import Calls, calls_in
from faq.diagnosis import NOTHING, Diagnosis, Record, Records, diagnose
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.language import wording
from faq.matching.match import Match
from faq.release.publishing import Published
from miniprogram_api.services import Services
from miniprogram_api.tickets.tickets import Ticket

Kind = Literal["answer", "clarify", "fallback", "smalltalk"]
Concern = Literal["unanswered", "asked_back", "unsure"]


@dataclass(frozen=True)
class Turn:
    """All that is known when a message comes.

    `message_id`: the one its answer will have. `records`: makes the asker's record. `hand_over`:
    calls people.
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

    @cached_property
    def memory(self) -> Memory:
        # Looked at by almost every rule.
        return self.conversation.memory

    @cached_property
    def text(self) -> str:
        """The message as `faq.language.wording` reads it."""
        return wording.compact(self.question)

    @cached_property
    def calls(self) -> Calls:
        """Whether the message calls for people at once."""
        return calls_in(self.question)

    @cached_property
    def is_about_another(self) -> bool:
        """Whether the matter is somebody else's, so that the asker's record says nothing of it."""
        return third_party.is_about_another(self.question, so_far=self.memory.is_about_another)

    def record(self, about: Entry) -> Record:
        """What is on record of the asker."""
        return self.records(self.services, self.asker, self.question, about)

    def entry(self, slug: str | None) -> Entry | None:
        """The entry of that name in the release in force, which may have changed meanwhile."""
        return None if slug is None else self.published.content.by_slug.get(slug)

    def look(self, match: Match) -> Diagnosis:
        """What the asker's own record says to it; to another's matter what holds for all."""
        asker, records = self.asker, self.records
        if self.is_about_another:
            asker, records = ANONYMOUS, Record
        content = self.published.content
        found = diagnose(self.services, asker, match, self.question, content, records)
        if found.question_back is not None and found.question_back.id == self.memory.question:
            # He was asked that a moment ago.
            return replace(found, question_back=None)
        return found

    @property
    def ways_to_people(self) -> tuple[Action, ...]:
        return self.published.content.replies.actions


@dataclass(frozen=True)
class Said:
    """What is said, and what is remembered of it.

    `found`: what the asker's record says. `concern`: why editors should look at the message.
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


def remark(turn: Turn, text: str, memory: Memory) -> Said:
    """Something about the conversation itself, with the ways to people beside it."""
    return Said("smalltalk", text, memory, actions=turn.ways_to_people)
