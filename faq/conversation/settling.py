"""The editors' decisions about wordings in the inbox: what each one changed is returned."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from peewee import fn

from faq.conversation.inbox import Group, Wording
from faq.editing import draft_points, drafts, question_sets
from faq.editing.drafts import Draft
from faq.editing.question_sets import Labelled
from faq.release import publishing
from miniprogram_api import audit, clock, masking
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid, text
from models.faq.messages import APPLIED, DISMISSED, NEW, NOT_OURS, FaqMessage
from models.storage.database import lock, transaction

# Of a group: more of one kind teach the bot little.
MOST_EXAMPLES = 10
# The question set that decisions add to.
_SET = text("content.answers.inbox_set")


class Settled(NamedTuple):
    """What a decision changed: new examples, new test questions, messages taken out.

    `missed`: messages that a colleague had decided meanwhile.
    """

    messages: int
    examples: int = 0
    tests: int = 0
    missed: int = 0


def examples_of(groups: Sequence[Group]) -> list[str]:
    """Return the wordings that can be examples: the most frequent, without masked personal data.

    Raises Refused: INVALID_INPUT when there are none.
    """
    plain = [
        [wording.question for wording in group.wordings if masking.MASK not in wording.question]
        for group in groups
    ]
    if not any(plain):
        raise invalid("inbox.question.masked")
    return [question for questions in plain for question in questions[:MOST_EXAMPLES]]


def apply(
    wordings: Sequence[Wording],
    slug: str,
    questions: Sequence[str],
    *,
    editor: str,
    as_examples: bool = True,
    in_checks: bool = False,
) -> Settled:
    """Add questions to an entry's draft and settle the wordings.

    `as_examples`: the bot learns them. `in_checks`: every check of a draft asks them. Raises
    Refused: NOT_FOUND when all are decided already, or without such an entry; INVALID_INPUT for
    neither.
    """
    if not as_examples and not in_checks:
        raise invalid("inbox.question.unused")
    examples = tests = 0
    with transaction():
        if in_checks:
            for question in questions:
                line = drafts.as_example(question)
                question_sets.add(_SET, Labelled(line, (slug,)), editor=editor)
            tests = len(questions)
        if as_examples:
            examples = drafts.add_examples(slug, questions, editor=editor)
        settled = _decide(wordings, APPLIED, editor, slug)
    return settled._replace(examples=examples, tests=tests)


def answer_as_point(
    wordings: Sequence[Wording],
    slug: str,
    point: str | Mapping[str, Any],
    questions: Sequence[str],
    *,
    editor: str,
) -> Settled:
    """Answer the questions by a point of an entry's draft and settle the wordings.

    `point`: the id of a known one, which gets the questions as wordings, or a new one. Raises
    Refused: as `apply`; NOT_FOUND without such a point, DRAFT_CONFLICT.
    """
    with transaction():
        if isinstance(point, str):
            added = draft_points.add_wordings(slug, point, questions, editor=editor)
        else:
            draft_points.put(slug, point, editor=editor, note=str(point["question"]))
            added = len(questions)
        return _decide(wordings, APPLIED, editor, slug)._replace(examples=added)


def begin_entry(
    wordings: Sequence[Wording], title: str, questions: Sequence[str], *, editor: str
) -> Draft:
    """Create an entry for the questions and settle the wordings. Raises Refused as `apply`."""
    with transaction():
        begun = drafts.open_entry(title, questions, editor=editor)
        _decide(wordings, APPLIED, editor, begun.key.name)
        return begun


def answer_changed(wordings: Sequence[Wording], slug: str, *, editor: str) -> Settled:
    """Settle wordings whose answer was right but rated down, and has been changed since.

    Raises Refused: INVALID_INPUT when the entry is as it was; else as `apply`.
    """
    asked_at = max(
        (question.asked_at for wording in wordings for question in wording.asked), default=None
    )
    entry = drafts.entry(slug)
    if entry.editor == drafts.SHIPPED or (asked_at is not None and entry.saved_at <= asked_at):
        raise invalid("inbox.answer.unchanged")
    with transaction():
        return _decide(wordings, APPLIED, editor, slug)


def mark_not_ours(wordings: Sequence[Wording], questions: Sequence[str], *, editor: str) -> Settled:
    """Add questions to the out-of-scope examples and settle the wordings; see `apply`."""
    with transaction():
        examples = drafts.add_out_of_scope(questions, editor=editor)
        return _decide(wordings, NOT_OURS, editor, None)._replace(examples=examples)


def dismiss(wordings: Sequence[Wording], *, editor: str) -> Settled:
    """Settle wordings that teach nothing; see `apply`."""
    with transaction():
        return _decide(wordings, DISMISSED, editor, None)


def reopen(wordings: Sequence[Wording], *, editor: str) -> Settled:
    """Undo a decision except its change of the draft. Raises Refused: NOT_FOUND for none left."""
    values = {"decided_at": None, "decided_by": None, "decided_slug": None}
    with transaction():
        changed = _change(wordings, (APPLIED, NOT_OURS, DISMISSED), state=NEW, **values)
        audit.write("faq:inbox:reopened", actor=editor, messages=changed.messages)
    return changed


def put_together(
    wordings: Sequence[Wording], target: Group | None = None, *, editor: str
) -> Settled:
    """Put wordings in a group of their own, or in another group."""
    with transaction():
        lock("faq-inbox")
        placed = (FaqMessage.select(fn.MAX(FaqMessage.placed)).scalar() or 0) + 1
        moved = _change(wordings, (NEW,), placed=placed)
        if target is not None:
            _change(target.wordings, (NEW,), placed=placed)
        audit.write("faq:inbox:placed", actor=editor, messages=moved.messages)
    return moved


def _decide(wordings: Sequence[Wording], state: str, editor: str, slug: str | None) -> Settled:
    changed = _change(
        wordings,
        (NEW,),
        state=state,
        decided_at=clock.now(),
        decided_by=editor,
        decided_slug=slug,
        decided_version=publishing.current().number,
    )
    audit.write(f"faq:inbox:{state}", actor=editor, messages=changed.messages, entry=slug)
    return changed


def _change(wordings: Sequence[Wording], states: Sequence[str], **values: Any) -> Settled:
    ids = [message_id for wording in wordings for message_id in wording.message_ids]
    same = FaqMessage.message_id.in_(ids) & FaqMessage.state.in_(states)
    changed = int(FaqMessage.update(**values).where(same).execute())
    if not changed:
        raise Refused(Reason.NOT_FOUND)
    return Settled(changed, missed=len(ids) - changed)
