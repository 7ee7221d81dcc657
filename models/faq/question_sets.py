"""Sets of questions with known answers, to check the draft with."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from peewee import JOIN, AutoField, BooleanField, CharField, ForeignKeyField, TextField, fn

from models.storage.database import InstantField, Model


class FaqQuestionSet(Model):
    """A named set. `archived` ones are not used."""

    id = AutoField()
    name = CharField(max_length=50, unique=True)
    archived = BooleanField(default=False)
    editor = CharField(max_length=64)
    created_at = InstantField()

    class Meta:
        table_name = "faq_question_set"


class FaqQuestion(Model):
    """A question of a set; `expected`: JSON list of the right answers."""

    id = AutoField()
    question_set = ForeignKeyField(FaqQuestionSet, on_delete="CASCADE")
    question = CharField(max_length=500)
    expected = TextField()
    note = CharField(max_length=200, default="")
    editor = CharField(max_length=64)
    saved_at = InstantField()

    class Meta:
        table_name = "faq_question"
        indexes = ((("question_set", "question"), True),)


# SQLite takes 32,766 values in one statement.
_BATCH = 2_000


def has(names: Collection[str]) -> bool:
    """Return whether all sets of these names exist."""
    query = FaqQuestionSet.select().where(FaqQuestionSet.name.in_(list(names)))
    return bool(query.count() == len(names))


def sets() -> list[tuple[FaqQuestionSet, int]]:
    """Return all sets by name with their number of questions."""
    counted: Any = (
        FaqQuestion.select(FaqQuestion.question_set, fn.COUNT(FaqQuestion.id))
        .group_by(FaqQuestion.question_set)
        .tuples()
    )
    counts: dict[int, int] = dict(counted)
    query = FaqQuestionSet.select().order_by(FaqQuestionSet.name)
    return [(row, counts.get(row.id, 0)) for row in query]


def questions(set_id: int, *, after: int, limit: int, containing: str) -> list[FaqQuestion]:
    """Return questions of a set behind id `after`, by id."""
    query = FaqQuestion.select().where(FaqQuestion.question_set == set_id, FaqQuestion.id > after)
    if containing:
        query = query.where(FaqQuestion.question.contains(containing))
    return list(query.order_by(FaqQuestion.id).limit(limit))


def texts(set_id: int) -> list[str]:
    """Return every question of a set."""
    rows: Any = (
        FaqQuestion.select(FaqQuestion.question)
        .where(FaqQuestion.question_set == set_id)
        .order_by(FaqQuestion.id)
        .tuples()
    )
    return [str(row[0]) for row in rows]


def asked() -> list[tuple[str, str, str]]:
    """Return set, question and expected answers of all sets that are not archived."""
    query: Any = (
        FaqQuestion.select(FaqQuestionSet.name, FaqQuestion.question, FaqQuestion.expected)
        .join(FaqQuestionSet)
        .where(~FaqQuestionSet.archived)
        .order_by(FaqQuestion.id)
    )
    return [(str(a), str(b), str(c)) for a, b, c in query.tuples()]


def stamp() -> list[tuple[Any, ...]]:
    """Return for each set values that change with its questions."""
    q, s = FaqQuestion, FaqQuestionSet
    query: Any = (
        s.select(s.id, s.name, s.archived, fn.COUNT(q.id), fn.MAX(q.id), fn.MAX(q.saved_at))
        .join(q, JOIN.LEFT_OUTER)
        .group_by(s.id, s.name, s.archived)
        .order_by(s.id)
    )
    return [tuple(row) for row in query.tuples()]


def put(set_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Insert or overwrite questions. Run in a transaction."""
    for start in range(0, len(rows), _BATCH):
        batch = [{**row, "question_set": set_id} for row in rows[start : start + _BATCH]]
        FaqQuestion.insert_many(batch).on_conflict(
            conflict_target=[FaqQuestion.question_set, FaqQuestion.question],
            preserve=[
                FaqQuestion.expected,
                FaqQuestion.note,
                FaqQuestion.editor,
                FaqQuestion.saved_at,
            ],
        ).execute()


def change(set_id: int, row_id: int, values: dict[str, Any]) -> bool:
    """Change a row; return False when the set lacks it. Raises `IntegrityError`."""
    same = (FaqQuestion.id == row_id) & (FaqQuestion.question_set == set_id)
    return bool(FaqQuestion.update(**values).where(same).execute() == 1)


def remove(set_id: int, questions: Iterable[str]) -> int:
    """Delete these questions of the set; return how many."""
    removed = 0
    gone = list(questions)
    for start in range(0, len(gone), _BATCH):
        removed += (
            FaqQuestion.delete()
            .where(
                FaqQuestion.question_set == set_id,
                FaqQuestion.question.in_(gone[start : start + _BATCH]),
            )
            .execute()
        )
    return removed
