"""What people asked the bot, what it said, what they thought of it, and what editors did about it.

Ratings and decisions change a row after it was inserted.
"""

from collections.abc import Collection
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

from models.storage.compiled import Compiled, Parameter, parameters
from models.storage.database import InstantField, Model, database, instant
from models.storage.fields import EncryptedField

# The states of a message in the inbox of editors.
NEW = "new"
APPLIED = "applied"
NOT_OURS = "not_ours"
DISMISSED = "dismissed"


class FaqMessage(Model):
    """One question, with all personal data that was recognised masked, and its answer.

    `openid` and `account_id` say who asked; both are null for a visitor. There is no foreign key:
    a message outlives its account.
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
    """The columns that are known when a message is inserted."""

    message_id: str
    conversation_id: str
    openid: str | None
    account_id: int | None
    asked_at: datetime
    question: str
    answer: str
    kind: str
    slug: str | None
    case: int | None
    confidence: float
    version: int
    memory: str
    concern: str | None
    state: str | None


def add(message: NewMessage) -> None:
    """Insert a message."""
    _add.rows(**message._asdict())


@Compiled
def _add() -> Any:
    return FaqMessage.insert(parameters(FaqMessage, *NewMessage._fields))


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
    asked_at: datetime
    memory: str


def last_turn(conversation_id: str) -> LastTurn | None:
    """Return the latest message of a conversation; None when there is none."""
    row = _last_turn.first(conversation_id=conversation_id)
    return None if row is None else LastTurn(row[0], row[1], instant(row[2]), row[3])


@Compiled
def _last_turn() -> Any:
    m = FaqMessage
    return (
        m.select(m.openid, m.account_id, m.asked_at, m.memory)
        .where(m.conversation_id == Parameter("conversation_id"))
        .order_by(m.asked_at.desc(), m.id.desc())
        .limit(1)
    )


def tally() -> list[tuple[Any, ...]]:
    """What changes with every message that comes into a state or leaves one; read off an index."""
    m = FaqMessage
    query = m.select(m.state, fn.COUNT(m.id), fn.SUM(m.id), fn.SUM(m.asked_at))
    return list(
        database.execute(query.where(m.state.is_null(False)).group_by(m.state).order_by(m.state))
    )
