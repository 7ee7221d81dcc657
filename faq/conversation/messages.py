"""Questions and answers with personal data masked, stored for 180 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from faq.conversation.conversations import REMEMBERED, Conversation
from faq.diagnosis.asker import Asker
from miniprogram_api import clock, masking
from miniprogram_api.operations.figures import STILL_CHANGING
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from models.faq import messages
from models.faq.messages import FaqMessage, NewMessage
from models.storage.database import transaction
from models.storage.removal import remove_before

MOST_OF_TRANSCRIPT = 100
# Messages of a conversation around one, within the time that the bot remembers.
BEFORE, AFTER = 50, 20
MOST_READ = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """The entry chosen from the options of a message."""

    message_id: str
    slug: str


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a conversation for editors and clerks; personal data is masked.

    `memory`, `findings`: the state after it, as stored.
    """

    message_id: str
    asked_at: datetime
    question: str
    answer: str
    kind: str
    slug: str | None
    helpful: bool | None
    comment: str | None = None
    memory: str = ""
    findings: str | None = None


def masked(question: str, asker: Asker) -> str:
    """Mask personal data in a text: the account's name, and what patterns recognise."""
    # Unpaired surrogates cannot be stored.
    text = question.encode("utf-8", "replace").decode()
    text = masking.free_text(text)
    name = None if asker.account is None else asker.account.name
    return text.replace(name, masking.MASK) if name and len(name) > 1 else text


def store(message: NewMessage, choice: Choice | None = None) -> None:
    """Insert a message; `choice`: the option of an earlier message that it chose."""
    if choice is None:
        # One statement needs no transaction, and encrypts before it takes the write lock.
        messages.add(message)
        return
    with transaction():
        messages.add(message)
        # A choice takes the earlier message out of the inbox and may change.
        FaqMessage.update(chosen=choice.slug, concern=None, state=None).where(
            (FaqMessage.message_id == choice.message_id)
            & (FaqMessage.kind == "clarify")
            & ((FaqMessage.state == messages.NEW) | FaqMessage.chosen.is_null(False))
            & FaqMessage.helpful.is_null()
        ).execute()


def find(message_id: str) -> FaqMessage | None:
    """Return a stored message that its asker did not delete."""
    message: FaqMessage | None = FaqMessage.get_or_none(
        FaqMessage.message_id == message_id, FaqMessage.conversation_id != ""
    )
    return message


def transcript(conversation_id: str) -> list[Line]:
    """Return the last 100 messages of a conversation, oldest first."""
    rows = (
        FaqMessage.select()
        .where(FaqMessage.conversation_id == conversation_id)
        .order_by(FaqMessage.asked_at.desc(), FaqMessage.id.desc())
        .limit(MOST_OF_TRANSCRIPT)
    )
    return [line_of(row) for row in reversed(rows)]


def questions_before(conversation: Conversation, asker: Asker, most: int) -> list[str]:
    """Return the newest masked questions that the bot remembers, oldest first.

    Those with a suspected name, and those of another account, are left out.
    """
    if conversation.last_asked is None:
        return []
    is_own = FaqMessage.account_id.is_null() | (FaqMessage.account_id == asker.account_id)
    rows = (
        FaqMessage.select(FaqMessage.question)
        .where(
            (FaqMessage.conversation_id == conversation.id)
            & (FaqMessage.asked_at > clock.now() - REMEMBERED)
            & is_own
        )
        .order_by(FaqMessage.asked_at.desc(), FaqMessage.id.desc())
        .limit(most)
    )
    questions = [masked(row.question, asker) for row in reversed(rows)]
    return [question for question in questions if not masking.may_have_name(question)]


def context_of(message_id: str) -> list[Line]:
    """Return a message with its conversation around it, oldest first. Raises Refused: NOT_FOUND."""
    middle: FaqMessage | None = FaqMessage.get_or_none(FaqMessage.message_id == message_id)
    if middle is None:
        raise Refused(Reason.NOT_FOUND)
    same = (FaqMessage.conversation_id == middle.conversation_id) & FaqMessage.asked_at.between(
        middle.asked_at - REMEMBERED, middle.asked_at + REMEMBERED
    )
    until, after = FaqMessage.asked_at <= middle.asked_at, FaqMessage.asked_at > middle.asked_at
    earlier = FaqMessage.select().where(same & until).order_by(FaqMessage.asked_at.desc())
    later = FaqMessage.select().where(same & after).order_by(FaqMessage.asked_at)
    rows = [*reversed(earlier.limit(BEFORE + 1)), *later.limit(AFTER)]
    return [line_of(row) for row in rows]


def one_per_person(message_ids: Sequence[str]) -> list[str]:
    """Return the first message per account, WeChat user or conversation; reads MOST_READ."""
    ids = list(dict.fromkeys(message_ids))[:MOST_READ]
    asked = FaqMessage.select(
        FaqMessage.message_id, FaqMessage.account_id, FaqMessage.openid, FaqMessage.conversation_id
    ).where(FaqMessage.message_id.in_(ids))
    person = {row.message_id: row.account_id or row.openid or row.conversation_id for row in asked}
    first = {person[message_id]: message_id for message_id in reversed(ids) if message_id in person}
    return [
        message_id
        for message_id in ids
        if message_id in person and first[person[message_id]] == message_id
    ]


def line_of(row: FaqMessage) -> Line:
    """Convert a row to a line."""
    return Line(
        message_id=row.message_id,
        asked_at=row.asked_at,
        question=row.question,
        answer=row.answer,
        kind=row.kind,
        slug=row.slug,
        helpful=row.helpful,
        comment=row.comment,
        memory=row.memory,
        findings=row.findings,
    )


def remove_old() -> int:
    """Delete expired messages, and emptied ones that are counted; return their number."""
    counted = clock.midnight(clock.today() - timedelta(days=STILL_CHANGING))
    emptied = remove_before(FaqMessage.asked_at, counted, FaqMessage.conversation_id == "")
    return emptied + remove_before(FaqMessage.asked_at, Kept.QUESTIONS.cutoff())
