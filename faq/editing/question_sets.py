"""Manage sets of labelled questions, with which every draft is checked.

An answer is an entry's slug, a point of it (`SLUG.POINT`), a courtesy's topic, or `OUT_OF_SCOPE`;
several may be right. A question of several turns (`TURN`) is a conversation, whose last turn has
the answer. The shipped questions are the first set, the shipped conversations the second.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faq.content.entries import Content
from faq.content.seed import QUESTIONS, check_conversations
from faq.content.validation import Fault
from faq.editing import drafts
from faq.release import publishing
from faq.release.faults import refused
from faq.release.parts import ENTRY, Key
from miniprogram_api import audit, clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid, text
from models.faq import question_sets
from models.faq.question_sets import FaqQuestionSet
from models.storage.database import IntegrityError, lock, transaction

OUT_OF_SCOPE = "0"
"""The right answer to out-of-scope questions; never a slug, because slugs begin with a letter."""

TURN = "→"
"""Stands between the turns of a conversation."""

LONGEST_NAME, LONGEST_QUESTION, LONGEST_NOTE = 50, 500, 200
SHIPPED = text("content.answers.shipped_set")
SHIPPED_CONVERSATIONS = text("content.answers.shipped_conversations")
_EDITOR = "product"


@dataclass(frozen=True)
class QuestionSet:
    """Describe a set; archived sets are not part of checks."""

    id: int
    name: str
    questions: int
    archived: bool


@dataclass(frozen=True)
class Labelled:
    """Pair a question with its right answers, at least one."""

    question: str
    expected: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Row:
    """Hold a stored question; `id` increases in order of insertion."""

    id: int
    labelled: Labelled
    editor: str


def turns_of(question: str) -> tuple[str, ...]:
    """Return the turns of a conversation; one for a question by itself."""
    return tuple([turn.strip() for turn in question.split(TURN) if turn.strip()]) or (question,)


def sets() -> list[QuestionSet]:
    """Return all sets by name."""
    _begin()
    return [_set(row, count) for row, count in question_sets.sets()]


def get(set_id: int) -> QuestionSet:
    """Return a set. Raises Refused: NOT_FOUND."""
    found = next((known for known in sets() if known.id == set_id), None)
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    return found


def find(name: str) -> QuestionSet | None:
    """Return the set of this name, or None."""
    return next((known for known in sets() if known.name == name), None)


def create(name: str, *, editor: str) -> QuestionSet:
    """Create a set. Raises Refused: INVALID_INPUT when the name is taken or of the wrong length."""
    _begin()
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise invalid("question_sets.name.wrong_length", most=LONGEST_NAME)
    try:
        with transaction():
            row = FaqQuestionSet.create(name=name, editor=editor, created_at=clock.now())
            audit.write("faq:question_set:created", actor=editor, set=row.id)
    except IntegrityError:
        raise invalid("question_sets.name.taken") from None
    return _set(row, 0)


def archive(set_id: int, archived: bool, *, editor: str) -> bool:
    """Exclude the set from checks, or include it again; return False when it was so before.

    Raises Refused: NOT_FOUND.
    """
    get(set_id)
    other = (FaqQuestionSet.id == set_id) & (FaqQuestionSet.archived != archived)
    with transaction():
        changed = FaqQuestionSet.update(archived=archived).where(other).execute()
        if changed:
            act = "archived" if archived else "restored"
            audit.write(f"faq:question_set:{act}", actor=editor, set=set_id)
    return bool(changed)


def questions(set_id: int, *, after: int = 0, limit: int = 100, containing: str = "") -> list[Row]:
    """Return the next questions after id `after`. Raises Refused: NOT_FOUND."""
    get(set_id)
    return [
        Row(row.id, Labelled(row.question, tuple(json.loads(row.expected)), row.note), row.editor)
        for row in question_sets.questions(set_id, after=after, limit=limit, containing=containing)
    ]


def put(set_id: int, labelled: Sequence[Labelled], *, editor: str) -> None:
    """Add questions to a set; known ones get the new answers.

    Raises Refused: NOT_FOUND; INVALID_INPUT, `fields` listing each invalid question.
    """
    get(set_id)
    known = known_answers()
    wrong = [
        Fault(f"questions.{place}", "wrong", fault.message)
        for place, one in enumerate(labelled)
        if (fault := problem(one, known)) is not None
    ]
    if wrong:
        raise refused(wrong)
    # The last duplicate wins: one statement may not write a row twice.
    rows = [_columns(one, editor) for one in {one.question: one for one in labelled}.values()]
    with transaction():
        question_sets.put(set_id, rows)
        audit.write("faq:question_set:changed", actor=editor, set=set_id, written=len(rows))


def add(name: str, labelled: Labelled, *, editor: str) -> None:
    """Add a question to the set of this name, created if missing. Raises Refused as `put`."""
    with transaction():
        # Two processes may need the set at the same time.
        lock("faq-question-sets")
        found = find(name) or create(name, editor=editor)
        put(found.id, [labelled], editor=editor)


def change(set_id: int, row_id: int, labelled: Labelled, *, editor: str) -> None:
    """Change a row of a set, keeping its position.

    Raises Refused: NOT_FOUND; INVALID_INPUT (question, expected, note).
    """
    fault = problem(labelled, known_answers())
    if fault is not None:
        raise refused([fault])
    try:
        with transaction():
            if not question_sets.change(set_id, row_id, _columns(labelled, editor)):
                raise Refused(Reason.NOT_FOUND)
            audit.write("faq:question_set:changed", actor=editor, set=set_id, written=1)
    except IntegrityError:
        raise invalid("question_sets.question.taken") from None


def row(set_id: int, row_id: int) -> Row:
    """Return one row. Raises Refused: NOT_FOUND."""
    found = next(iter(questions(set_id, after=row_id - 1, limit=1)), None)
    if found is None or found.id != row_id:
        raise Refused(Reason.NOT_FOUND)
    return found


def remove(set_id: int, gone: Iterable[str], *, editor: str) -> int:
    """Remove questions from a set; return how many it had."""
    with transaction():
        removed = question_sets.remove(set_id, gone)
        audit.write("faq:question_set:changed", actor=editor, set=set_id, removed=removed)
    return removed


def texts(set_id: int) -> list[str]:
    """Return the text of every question of a set."""
    return question_sets.texts(set_id)


def asked() -> list[tuple[str, Labelled]]:
    """Return every question of a check, with the name of its set."""
    _begin()
    return [
        (name, Labelled(question, tuple(json.loads(expected))))
        for name, question, expected in question_sets.asked()
    ]


def fingerprint() -> str:
    """Return a text that changes with the questions of a check."""
    _begin()
    return repr(question_sets.stamp())


def known_answers() -> Mapping[str, str]:
    """Return possible answers → name: entries, courtesies, out of scope."""
    known = {OUT_OF_SCOPE: text("content.answers.out_of_scope")}
    for part in drafts.parts():
        if part.key.kind == ENTRY and part.state != "gone":
            known[part.key.name] = part.name
        elif part.key == Key("smalltalk") and isinstance(part.content, list):
            known |= {
                str(topic["topic"]): text("content.answers.smalltalk", topic=topic["topic"])
                for topic in part.content
                if "topic" in topic
            }
    return known


def problem(labelled: Labelled, known: Mapping[str, str]) -> Fault | None:
    """Return the first error of the row, or None."""
    if not labelled.question:
        return _fault("question", "required")
    if len(labelled.question) > LONGEST_QUESTION:
        return _fault("question", "too_long", most=LONGEST_QUESTION)
    if len(labelled.note) > LONGEST_NOTE:
        return _fault("note", "too_long", most=LONGEST_NOTE)
    if not labelled.expected:
        return _fault("expected", "required")
    unknown = [answer for answer in labelled.expected if answer.partition(".")[0] not in known]
    if unknown:
        return _fault("expected", "unknown_entry", names="、".join(unknown)[:80])
    return None


def _fault(field: str, code: str, **values: object) -> Fault:
    return Fault(field, code, text(f"content.question_faults.{field}.{code}", **values))


def _begin() -> None:
    """Create the sets that the product ships, without answers that are not published."""
    if question_sets.has([SHIPPED, SHIPPED_CONVERSATIONS]):
        return
    content = publishing.current().content
    # Other content than the shipped one has no use for its conversations.
    shipped = {SHIPPED: _shipped(content), SHIPPED_CONVERSATIONS: _conversations(content)}
    missing = [
        name for name, rows in shipped.items() if not question_sets.has([name]) and _is_of_use(rows)
    ]
    for name in missing:
        with transaction():
            lock("faq-question-sets")
            if not question_sets.has([name]):
                row = FaqQuestionSet.create(name=name, editor=_EDITOR, created_at=clock.now())
                question_sets.put(row.id, [_columns(one, _EDITOR) for one in shipped[name]])


def _is_of_use(rows: Sequence[Labelled]) -> bool:
    return any(OUT_OF_SCOPE not in row.expected for row in rows)


def _columns(labelled: Labelled, editor: str) -> dict[str, Any]:
    return {
        "question": labelled.question,
        "expected": json.dumps(sorted(set(labelled.expected))),
        "note": labelled.note,
        "editor": editor,
        "saved_at": clock.now(),
    }


def _shipped(content: Content) -> list[Labelled]:
    known = {*content.by_slug, *(topic.topic for topic in content.smalltalk), OUT_OF_SCOPE}
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    found = {row["question"]: row["entry"] or OUT_OF_SCOPE for row in rows}
    return [Labelled(said, (answer,)) for said, answer in found.items() if answer in known]


def _conversations(content: Content) -> list[Labelled]:
    """Return the graded turns of the shipped conversations, each behind the turns before it."""
    return list(_graded(content))


def _graded(content: Content) -> Iterator[Labelled]:
    for turns in check_conversations():
        said: list[str] = []
        for turn in turns:
            said.append(turn["say"])
            expected = tuple(turn.get("expect", ()))
            if expected and all(_is_in(content, answer) for answer in expected):
                yield Labelled(f" {TURN} ".join(said), expected)


def _is_in(content: Content, answer: str) -> bool:
    slug, _, point = answer.partition(".")
    entry = content.by_slug.get(slug)
    if entry is None:
        return answer == OUT_OF_SCOPE
    return not point or any(one.id == point for one in entry.points)


def _set(row: FaqQuestionSet, count: int) -> QuestionSet:
    return QuestionSet(row.id, row.name, count, row.archived)
