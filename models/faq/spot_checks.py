"""Answers drawn at random each week, and the marks of editors."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from peewee import CharField, ForeignKeyField, fn

from models.faq.messages import FaqMessage
from models.storage.database import InstantField, Model, for_update


class FaqSpotCheck(Model):
    """A drawn message, deleted with it; `week`: of the answer, as ``2026-W48``.

    `mark`: `right`, `half`, `wrong`, or null. `expected`: the right answer of the test question
    that was made from it, or null.
    """

    message = ForeignKeyField(FaqMessage, primary_key=True, on_delete="CASCADE")
    week = CharField(max_length=8, index=True)
    mark = CharField(max_length=8, null=True)
    expected = CharField(max_length=50, null=True)
    marked_by = CharField(max_length=64, null=True)
    marked_at = InstantField(null=True)

    class Meta:
        table_name = "faq_spot_check"


def has(week: str) -> bool:
    """Return whether the answers of a week were drawn."""
    return bool(FaqSpotCheck.select().where(FaqSpotCheck.week == week).exists())


def random_answers(since: datetime, until: datetime, limit: int) -> list[tuple[int, str]]:
    """Return id and answer of random messages of this time that an entry answered."""
    query: Any = (
        FaqMessage.select(FaqMessage.id, FaqMessage.answer)
        .where(
            FaqMessage.asked_at >= since,
            FaqMessage.asked_at < until,
            FaqMessage.kind == "answer",
            FaqMessage.slug.is_null(False),
            FaqMessage.conversation_id != "",
        )
        .order_by(fn.RANDOM())
        .limit(limit)
        .tuples()
    )
    return list(query)


def add(week: str, message_ids: Iterable[int]) -> None:
    """Insert drawn messages."""
    FaqSpotCheck.insert_many(
        [{"week": week, "message": message_id} for message_id in message_ids]
    ).execute()


def counts(since: str) -> list[tuple[str, str | None, int]]:
    """Return week, mark and how many, from this week on."""
    s = FaqSpotCheck
    query: Any = s.select(s.week, s.mark, fn.COUNT(s.message)).where(s.week >= since)
    return list(query.group_by(s.week, s.mark).order_by(s.week.desc()).tuples())


def of_week(week: str) -> list[FaqSpotCheck]:
    """Return the drawn messages of a week, by time."""
    query = _joined().where(FaqSpotCheck.week == week)
    return list(query.order_by(FaqMessage.asked_at, FaqMessage.id))


def find(message_id: str) -> FaqSpotCheck | None:
    """Return a drawn message by the message's public id."""
    return _joined().where(FaqMessage.message_id == message_id).first()


def locked(message_id: str) -> FaqSpotCheck | None:
    """Return the same, locked until the transaction ends."""
    same = FaqMessage.select(FaqMessage.id).where(FaqMessage.message_id == message_id)
    return for_update(FaqSpotCheck.select().where(FaqSpotCheck.message == same)).first()


def _joined() -> Any:
    return FaqSpotCheck.select(FaqSpotCheck, FaqMessage).join(FaqMessage)
