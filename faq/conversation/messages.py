"""Every question is kept for 180 days, with its answer and with personal data masked.

The message is inserted before its answer is sent, so the conversation goes on from any machine.
"""

from dataclasses import dataclass
from datetime import datetime

from faq.diagnosis.asker import Asker
from miniprogram_api import masking
from miniprogram_api.retention import Kept
from models.faq import messages as table
from models.faq.messages import FaqMessage, NewMessage
from models.storage.database import transaction

MOST_OF_TRANSCRIPT = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """Which entry was picked after a clarifying message."""

    message_id: str
    slug: str


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a conversation as editors and clerks see it; personal data is masked."""

    message_id: str
    asked_at: datetime
    question: str
    answer: str
    kind: str
    slug: str | None
    helpful: bool | None


def masked(question: str, asker: Asker) -> str:
    """The question without personal data, as far as it can be recognised.

    The asker's own name is known from his account; other names by the words before them.
    """
    # An unpaired surrogate cannot be stored anywhere.
    text = question.encode("utf-8", "replace").decode()
    text = masking.free_text(text)
    name = None if asker.account is None else asker.account.name
    return text.replace(name, masking.MASK) if name and len(name) > 1 else text


def keep(message: NewMessage, choice: Choice | None = None) -> None:
    """Insert a message; `choice`: the option of an earlier message that its question picked.

    Raises what the database raises.
    """
    with transaction():
        table.add(message)
        if choice is not None:
            # An asker who found the entry among the options needs no editor, and may pick again.
            FaqMessage.update(chosen=choice.slug, concern=None, state=None).where(
                (FaqMessage.message_id == choice.message_id)
                & (FaqMessage.kind == "clarify")
                & ((FaqMessage.state == table.NEW) | FaqMessage.chosen.is_null(False))
                & FaqMessage.helpful.is_null()
            ).execute()


def find(message_id: str) -> FaqMessage | None:
    """Return a kept message."""
    found: FaqMessage | None = FaqMessage.get_or_none(FaqMessage.message_id == message_id)
    return found


def transcript(conversation_id: str) -> list[Line]:
    """The last messages of a conversation, the oldest first, at most 100."""
    rows = (
        FaqMessage.select()
        .where(FaqMessage.conversation_id == conversation_id)
        .order_by(FaqMessage.asked_at.desc(), FaqMessage.id.desc())
        .limit(MOST_OF_TRANSCRIPT)
    )
    return [line_of(row) for row in reversed(rows)]


def line_of(row: FaqMessage) -> Line:
    """A kept message as people see it."""
    return Line(
        row.message_id, row.asked_at, row.question, row.answer, row.kind, row.slug, row.helpful
    )


def remove_old() -> int:
    """Delete the messages that are too old; return how many."""
    return int(FaqMessage.delete().where(FaqMessage.asked_at < Kept.QUESTIONS.cutoff()).execute())
