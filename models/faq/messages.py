"""Questions to the bot with answers, ratings and editors' decisions."""

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
from models.storage.deterministic import WECHAT_USER, DeterministicField
from models.storage.fields import EncryptedField

# The states of a message in the inbox of editors.
NEW = "new"
APPLIED = "applied"
NOT_OURS = "not_ours"
DISMISSED = "dismissed"


class FaqMessage(Model):
    """One question and its answer, with recognised personal data masked.

    `openid` and `account_id` are both null for a visitor, and no foreign keys: a message outlives
    its account. Without `conversation_id` (empty) the asker deleted it (`EMPTIED`). `memory`: the
    state of the conversation after it (JSON without personal data). `chosen`: the entry picked
    after a `clarify`. `missing`: the short text that the entry lacked, `findings`: the asker's
    state at that time (JSON of codes), or null. `concern`: why editors should review it, or null;
    `state` is then one of those above, `decided_…` the decision and the release at that time.
    Messages with the same `placed` are a group that an editor made.
    """

    id = BigAutoField()
    message_id = CharField(max_length=22, unique=True)
    conversation_id = DeterministicField(WECHAT_USER)
    openid = DeterministicField(WECHAT_USER, null=True, index=True)
    account_id = BigIntegerField(null=True, index=True)
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
    rated_at = InstantField(null=True, index=True)
    concern = CharField(max_length=12, null=True)
    state = CharField(max_length=12, null=True)
    decided_at = InstantField(null=True)
    decided_by = CharField(max_length=64, null=True)
    decided_slug = CharField(max_length=50, null=True)
    decided_version = IntegerField(null=True)
    missing = CharField(max_length=16, null=True)
    findings = TextField(null=True)
    placed = BigIntegerField(null=True, index=True)

    class Meta:
        table_name = "faq_message"
        indexes = (
            (("conversation_id", "asked_at"), False),
            (("state", "asked_at"), False),
            (("slug", "asked_at", "helpful"), False),
            (("missing", "asked_at", "slug"), False),
        )


EMPTIED: dict[Any, Any] = {
    FaqMessage.conversation_id: "",
    FaqMessage.openid: None,
    FaqMessage.account_id: None,
    FaqMessage.question: "",
    FaqMessage.answer: "",
    FaqMessage.memory: "{}",
    FaqMessage.comment: None,
    FaqMessage.concern: None,
    FaqMessage.state: None,
    FaqMessage.missing: None,
    FaqMessage.findings: None,
    FaqMessage.placed: None,
}
"""The values of a message that its asker deleted; what remains is counted."""


class NewMessage(NamedTuple):
    """The columns of a new message."""

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
    missing: str | None = None
    findings: str | None = None


def add(message: NewMessage) -> None:
    """Insert a message."""
    _add.rows(**message._asdict())


@Compiled
def _add() -> Any:
    return FaqMessage.insert(parameters(FaqMessage, *NewMessage._fields))


def usage(slugs: Collection[str], since: datetime) -> list[tuple[str, int, int, int]]:
    """Return slug, answers, helpful and unhelpful ratings of the entries that answered."""
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


def asked(slug: str | None, since: datetime, *, limit: int) -> list[str]:
    """Return the latest questions that an entry answered; None: that no entry answered."""
    m = FaqMessage
    query: Any = m.select(m.question).where(
        m.slug == slug, m.asked_at >= since, m.conversation_id != ""
    )
    return [question for (question,) in query.order_by(m.asked_at.desc()).limit(limit).tuples()]


def asked_lately(since: datetime, *, limit: int) -> list[str]:
    """Return the latest questions of users, answered or not."""
    m = FaqMessage
    query: Any = m.select(m.question).where(m.asked_at >= since, m.conversation_id != "")
    return [question for (question,) in query.order_by(m.asked_at.desc()).limit(limit).tuples()]


def later(slug: str | None, since: datetime, limit: int) -> list[tuple[str, bool | None]]:
    """Return the latest questions that an entry answered since then (None: no entry), rated how."""
    m = FaqMessage
    query: Any = m.select(m.question, m.helpful).where(
        m.slug == slug if slug is not None else m.slug.is_null(),
        m.asked_at >= since,
        m.conversation_id != "",
    )
    return list(query.order_by(m.asked_at.desc()).limit(limit).tuples())


def ratings(since: datetime) -> list[tuple[str, int, int]]:
    """Return slug, helpful and unhelpful ratings of every entry rated since then."""
    m = FaqMessage
    helpful = fn.SUM(Case(None, [(m.helpful == True, 1)], 0))  # noqa: E712
    unhelpful = fn.SUM(Case(None, [(m.helpful == False, 1)], 0))  # noqa: E712
    query: Any = (
        m.select(m.slug, helpful, unhelpful)
        .where(m.rated_at >= since, m.slug.is_null(False))
        .group_by(m.slug)
    )
    return [(slug, int(good), int(bad)) for slug, good, bad in query.tuples()]


class LastTurn(NamedTuple):
    """The latest message of a conversation."""

    openid: str | None
    account_id: int | None
    asked_at: datetime
    memory: str


def last_turn(conversation_id: str) -> LastTurn | None:
    """Return the latest message of a conversation, or None."""
    row = _last_turn.first(conversation_id=conversation_id)
    if row is None:
        return None
    return LastTurn(FaqMessage.openid.python_value(row[0]), row[1], instant(row[2]), row[3])


@Compiled
def _last_turn() -> Any:
    m = FaqMessage
    return (
        m.select(m.openid, m.account_id, m.asked_at, m.memory)
        .where(m.conversation_id == Parameter("conversation_id"))
        .order_by(m.asked_at.desc(), m.id.desc())
        .limit(1)
    )


def lacking(names: Collection[str], since: datetime) -> list[tuple[str, str, int]]:
    """Return slug, text and number of answers that lacked one of these texts; index-only."""
    m = FaqMessage
    query: Any = (
        m.select(m.slug, m.missing, fn.COUNT(m.missing))
        .where(m.missing.in_(list(names)), m.asked_at >= since)
        .group_by(m.slug, m.missing)
    )
    return list(query.tuples())


def tally() -> list[tuple[Any, ...]]:
    """Return figures that change with every change of a state or a group; index-only."""
    m = FaqMessage
    query = m.select(m.state, fn.COUNT(m.id), fn.SUM(m.id), fn.SUM(m.asked_at))
    counts = query.where(m.state.is_null(False)).group_by(m.state).order_by(m.state)
    return [*database.execute(counts), *database.execute(m.select(fn.MAX(m.placed)))]


def is_of(openid: str | None, account_id: int | None) -> Any:
    """Match the messages of an account, and those of a WeChat user without an account."""
    m = FaqMessage
    # A comparison with None would match the messages of visitors.
    of_user = m.id.is_null() if openid is None else (m.openid == openid) & m.account_id.is_null()
    return of_user if account_id is None else (m.account_id == account_id) | of_user


def is_anonymous() -> Any:
    """Match the messages of a visitor."""
    return FaqMessage.openid.is_null() & FaqMessage.account_id.is_null()


def conversations_of(
    openid: str | None, account_id: int | None, before: int | None, limit: int | None
) -> list[tuple[str, int]]:
    """Return conversations with the id of the last own message, newest first."""
    if openid is None and account_id is None:
        return []
    m = FaqMessage
    last = fn.MAX(m.id)
    query: Any = m.select(m.conversation_id, last).where(is_of(openid, account_id))
    query = query.group_by(m.conversation_id)
    if before is not None:
        query = query.having(last < before)
    return list(query.order_by(last.desc()).limit(limit).tuples())
