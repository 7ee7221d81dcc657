"""A turn of a conversation: the message with its context, and the response."""

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
from faq.diagnosis.asker import ANONYMOUS, Asker
from faq.diagnosis.deciding import diagnose
from faq.diagnosis.findings import NOTHING, Diagnosis
from faq.diagnosis.pending import Matters
from faq.diagnosis.record import Record, Records
from faq.language import wording
from faq.matching.match import Match
from faq.release.publishing import Published
from miniprogram_api.services import Services
from miniprogram_api.tickets.tickets import Ticket

Kind = Literal["answer", "clarify", "fallback", "smalltalk"]
Concern = Literal["unanswered", "asked_back", "unsure"]


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
        """Return the message as `faq.language.wording` reads it."""
        return wording.compact(self.question)

    @cached_property
    def calls(self) -> Calls:
        """Return the requests for a human in the message."""
        return calls_in(self.question)

    @cached_property
    def is_about_another(self) -> bool:
        """Return whether the matter is another person's, so that records do not apply."""
        return third_party.is_about_another(self.question, so_far=self.memory.is_about_another)

    @cached_property
    def matters(self) -> Matters:
        """Return what stands open for the asker; nothing for another person's matter."""
        asker = ANONYMOUS if self.is_about_another else self.asker
        content = self.published.content
        return Matters(self.services, asker, self.question, content, self.records)

    def entry(self, slug: str | None) -> Entry | None:
        """Return the entry in the current release, which may lack it by now."""
        return None if slug is None else self.published.content.by_slug.get(slug)

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

    @property
    def handover_actions(self) -> tuple[Action, ...]:
        """Return the buttons that lead to people."""
        return self.published.content.replies.actions


@dataclass(frozen=True)
class Response:
    """The response and the memory after it; `concern`: why the message enters the inbox."""

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


def remark(turn: Turn, text: str, memory: Memory) -> Response:
    """Return a response about the conversation itself, with the buttons to people."""
    return Response("smalltalk", text, memory, actions=turn.handover_actions)
