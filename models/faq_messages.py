"""What people asked the bot, what it said, what they thought of it, and what editors did about it.

A row is written once for each message, by whoever empties the queue first; ratings and decisions
change it afterwards.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    DoubleField,
    IntegerField,
    TextField,
    fn,
)

from models.database import InstantField, Model, all_rows, execute_many, first_row, is_sqlite
from models.fields import EncryptedField, keys

# The states of a message in the inbox of editors.
NEW = "new"
APPLIED = "applied"
NOT_OURS = "not_ours"
DISMISSED = "dismissed"


class FaqMessage(Model):
    """One question, with all personal data that was recognised masked, and its answer.

    `openid` and `account_id` say who asked; both are null for a visitor. There is no foreign key:
    a message may be written after its account is gone, and must not hold up those behind it.
    `memory`: what the conversation remembers after it (JSON without personal data).
    `chosen`: the entry that was picked after a `clarify`. `concern`: why editors should look at
    it, null when they need not; `state` is then one of those above, with `decided_…` once somebody
    decided, and the release that was in force then.
    """

    id = BigAutoField()
    message_id = CharField(max_length=22, unique=True)
    conversation_id = CharField(max_length=64)
    openid = CharField(max_length=64, null=True)
    account_id = BigIntegerField(null=True)
    asked_at = InstantField(index=True)
    question = EncryptedField("faq_message.question")
    answer = EncryptedField("faq_message.answer")
    kind = CharField(max_length=12)
    slug = CharField(max_length=50, null=True)
    case = IntegerField(null=True)
    confidence = DoubleField()
    version = IntegerField()
    memory = TextField()
    chosen = CharField(max_length=50, null=True)
    helpful = BooleanField(null=True)
    comment = EncryptedField("faq_message.comment", null=True)
    rated_at = InstantField(null=True)
    concern = CharField(max_length=12, null=True)
    state = CharField(max_length=12, null=True)
    decided_at = InstantField(null=True)
    decided_by = CharField(max_length=64, null=True)
    decided_slug = CharField(max_length=50, null=True)
    decided_version = IntegerField(null=True)

    class Meta:
        table_name = "faq_message"
        indexes = (
            (("conversation_id", "asked_at"), False),
            (("state", "asked_at"), False),
            (("slug", "asked_at", "helpful"), False),
        )


class NewMessage(NamedTuple):
    """The columns that are known when a message is written, in the order of the statement.

    `question` and `answer`: the text, or what `sealed_question` and `sealed_answer` made of it.
    """

    message_id: str
    conversation_id: str
    openid: str | None
    account_id: int | None
    asked_at: int
    question: str | bytes
    answer: str | bytes
    kind: str
    slug: str | None
    case: int | None
    confidence: float
    version: int
    memory: str
    concern: str | None
    state: str | None


def add_all(messages: Sequence[NewMessage]) -> None:
    """Write messages, those not yet written; to be called inside a transaction."""
    rows: Iterable[Sequence[Any]] = (
        message._replace(
            question=_sealed(message.question, _QUESTION), answer=_sealed(message.answer, _ANSWER)
        )
        for message in messages
    )
    execute_many(_ADD[is_sqlite()], rows)


def sealed_question(text: str) -> bytes:
    """The question as the table keeps it."""
    return keys().encrypt(text, _QUESTION)


def sealed_answer(text: str) -> bytes:
    """The answer as the table keeps it."""
    return keys().encrypt(text, _ANSWER)


def renewed(message: NewMessage) -> NewMessage:
    """The message with whatever was sealed under a former key as text, to be sealed anew.

    Raises DecryptionFailed when that key is gone.
    """
    return message._replace(
        question=_renewed(message.question, _QUESTION), answer=_renewed(message.answer, _ANSWER)
    )


def _renewed(value: str | bytes, context: bytes) -> str | bytes:
    ring = keys()
    if isinstance(value, str) or ring.is_current(value):
        return value
    return ring.decrypt(value, context)


def _sealed(value: str | bytes, context: bytes) -> bytes:
    return value if isinstance(value, bytes) else keys().encrypt(value, context)


def usage(slugs: Collection[str], since: datetime) -> list[tuple[str, int, int, int]]:
    """Slug, answers, those that helped and those that did not, of the entries that answered."""
    m = FaqMessage
    # Read from the index alone: the messages themselves are wide.
    query: Any = (
        m.select(
            m.slug,
            fn.COUNT(m.slug),
            fn.SUM(Case(None, [(m.helpful == True, 1)], 0)),  # noqa: E712
            fn.SUM(Case(None, [(m.helpful == False, 1)], 0)),  # noqa: E712
        )
        .where(m.slug.in_(list(slugs)), m.asked_at >= since)
        .group_by(m.slug)
    )
    return list(query.tuples())


class LastTurn(NamedTuple):
    """What the latest message of a conversation says about it."""

    openid: str | None
    account_id: int | None
    asked_at: int
    memory: str


def last_turn(conversation_id: str) -> LastTurn | None:
    """The latest message of a conversation; None when there is none."""
    row = first_row(_LAST[is_sqlite()], (conversation_id,))
    return None if row is None else LastTurn._make(row)


def tally() -> list[tuple[Any, ...]]:
    """What changes with every message that comes into a state or leaves one; read off an index."""
    return all_rows(
        "SELECT state, count(*), sum(id), sum(asked_at) FROM faq_message "
        "WHERE state IS NOT NULL GROUP BY state ORDER BY state"
    )


_QUESTION = FaqMessage.question.context
_ANSWER = FaqMessage.answer.context
_COLUMNS = ", ".join(f'"{name}"' for name in NewMessage._fields)
_LAST_TURN = (
    f"SELECT {', '.join(LastTurn._fields)} FROM faq_message"  # noqa: S608
    " WHERE conversation_id = {place} ORDER BY asked_at DESC, id DESC LIMIT 1"
)
_ADD, _LAST = {}, {}
for _is_lite, _place in ((True, "?"), (False, "%s")):
    _places = ", ".join([_place] * len(NewMessage._fields))
    _ADD[_is_lite] = (
        f"INSERT INTO faq_message ({_COLUMNS}) VALUES ({_places}) ON CONFLICT DO NOTHING"  # noqa: S608
    )
    _LAST[_is_lite] = _LAST_TURN.format(place=_place)
