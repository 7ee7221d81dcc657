"""Reviews: a content is handed in, somebody else reviews it, and a third person publishes it.

What is handed in is the whole draft as it is at that moment; editors go on with the draft. Only one
content is under review at a time: what is handed in takes the place of what was before, because it
holds that too. When something else gets in force meanwhile, it has to be handed in again.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from faq.content.entries import Content
from faq.editing import draft_listing, drafts, workflow
from faq.editing.differences import PartChange, part_changes
from faq.editing.workflow import Checked, Publication
from faq.release import publishing
from faq.release.parts import Key, part_digest, split
from miniprogram_api import audit, clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.faq import drafts as draft_table
from models.faq import review as table
from models.faq.review import FaqSubmission
from models.storage.database import lock, transaction

State = Literal[
    "submitted", "approved", "rejected", "withdrawn", "replaced", "outdated", "published"
]
_OPEN = ("submitted", "approved")


@dataclass(frozen=True)
class Step:
    """One step, signed by `actor`; `step` is the state that it led to."""

    step: State
    actor: str
    comment: str
    at: datetime


@dataclass(frozen=True)
class Submission:
    """What was handed in, to follow release `release`.

    `authors`: who wrote what is new in it, the one who handed it in first; none of them may review
    or publish it. `override`: why it may lose questions.
    """

    id: int
    state: State
    release: int
    authors: tuple[str, ...]
    note: str
    override: str
    submitted_at: datetime
    check_id: int
    steps: tuple[Step, ...]

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who approved it."""
        return tuple(step.actor for step in self.steps if step.step == "approved")


def submit(
    *, actor: str, note: str = "", override: str = "", digest: str | None = None
) -> Submission:
    """Hand in the draft for review.

    `digest`: of the check that was seen, see `workflow.publish`. Raises Refused: INVALID_INPUT
    naming what is wrong with it; NOTHING_TO_PUBLISH; PUBLICATION_OUTDATED when the draft or what is
    in force changed since the check; PUBLICATION_LOSES_QUESTIONS when it loses any and `override`
    is empty.
    """
    workflow.require_short(note=note, override=override)
    in_force = publishing.current()
    prepared = publishing.prepare(drafts.content())
    found = workflow.accepted(prepared, in_force, override, digest)
    authors = list(dict.fromkeys([actor, *_authors(in_force.digests)]))
    with transaction():
        lock("faq-review")
        for open_one in table.open_submissions(_OPEN):
            _move(open_one.id, _OPEN, "replaced", actor, "")
        row = table.add_submission(
            content=prepared.content.as_json(),
            release=in_force.number,
            check_id=found.id,
            authors=json.dumps(authors),
            note=note,
            override=override if found.result.lost else "",
            state="submitted",
            submitted_at=clock.now(),
        )
        _sign(row.id, "submitted", actor, note)
    return get(row.id)


def decide(submission_id: int, *, approve: bool, actor: str, comment: str = "") -> Submission:
    """Approve what another person handed in, or send it back, saying in `comment` why.

    Raises Refused: NOT_FOUND; INVALID_INPUT without remarks for the authors;
    ANOTHER_PERSON_REQUIRED of an author; PUBLICATION_OUTDATED when it is not waiting for a review
    any more.
    """
    workflow.require_short(comment=comment)
    if not approve and not comment.strip():
        raise invalid("reviews_of_content.comment.required")
    if actor in get(submission_id).authors:
        raise Refused(Reason.ANOTHER_PERSON_REQUIRED)
    with transaction():
        _move(submission_id, ("submitted",), "approved" if approve else "rejected", actor, comment)
    return get(submission_id)


def withdraw(submission_id: int, *, actor: str, comment: str = "") -> Submission:
    """Take back what was handed in. Raises Refused: NOT_FOUND, PUBLICATION_OUTDATED."""
    workflow.require_short(comment=comment)
    get(submission_id)
    with transaction():
        _move(submission_id, _OPEN, "withdrawn", actor, comment)
    return get(submission_id)


def publish(submission_id: int, *, actor: str) -> Publication:
    """Publish what was approved; `actor` is neither an author nor the reviewer.

    Raises Refused: NOT_FOUND; REVIEW_REQUIRED before it is approved; ANOTHER_PERSON_REQUIRED;
    PUBLICATION_OUTDATED when something else was published meanwhile: hand it in again.
    """
    found = get(submission_id)
    if found.state == "submitted":
        raise Refused(Reason.REVIEW_REQUIRED)
    if actor in barred(found):
        raise Refused(Reason.ANOTHER_PERSON_REQUIRED)
    prepared = publishing.prepare(content_of(submission_id))
    # Learnt, or fetched from where it was kept, before anybody has to wait for it.
    prepared.keep()
    check = Checked(found.check_id, prepared.digest, workflow.result_of(found.check_id))
    try:
        with transaction():
            _move(submission_id, ("approved",), "published", actor, "")
            published = workflow.put_in_force(
                prepared.content, check, actor=actor, note=found.note, override=found.override
            )
    except Refused:
        if publishing.current().number != found.release:
            with transaction():
                table.move(submission_id, states=_OPEN, to="outdated")
        raise
    publishing.wait_until_served()
    return published


def pending() -> Submission | None:
    """What waits for a review, or for who publishes it; None when nothing does."""
    found = table.open_submissions(_OPEN)
    return _submission(found[0]) if found else None


def barred(found: Submission) -> list[str]:
    """Who may not take the next step: the authors, and whoever approved it."""
    return list(dict.fromkeys([*found.authors, *found.approvers]))


def changes_of(submission_id: int) -> list[PartChange]:
    """What it changes in the release that it follows. Raises Refused: NOT_FOUND."""
    row = _row(submission_id)
    before = publishing.release(row.release).parts
    after = split(Content.model_validate_json(row.content))
    return part_changes(before, after, draft_listing.titles())


def published_as(numbers: Iterable[int]) -> dict[int, Submission]:
    """Number of a release → what was reviewed and published as it, where a review was needed."""
    found = table.published_after([number - 1 for number in numbers])
    return {row.release + 1: _submission(row) for row in found}


def get(submission_id: int) -> Submission:
    """Raises Refused: NOT_FOUND."""
    return _submission(_row(submission_id))


def content_of(submission_id: int) -> Content:
    """What was handed in. Raises Refused: NOT_FOUND."""
    return Content.model_validate_json(_row(submission_id).content)


def submissions(*, limit: int = 20, before: int | None = None) -> list[Submission]:
    """The newest first; `before`: only those of lower ids."""
    return [_submission(row) for row in table.submissions(limit, before)]


def _authors(in_force: Mapping[Key, str]) -> Iterable[str]:
    """Who wrote what the draft has and the release in force has not."""
    for draft in drafts.changed():
        for place, version in enumerate(draft_table.versions(*draft.key)):
            # The latest act counts even when it changed no text: the entry was retired by it.
            if place and part_digest(json.loads(version.content)) == in_force.get(draft.key):
                break
            yield version.editor


def _move(submission_id: int, states: tuple[str, ...], to: State, actor: str, comment: str) -> None:
    """In a transaction. Raises Refused: PUBLICATION_OUTDATED when it is in none of the states."""
    if not table.move(submission_id, states=states, to=to):
        raise Refused(Reason.PUBLICATION_OUTDATED)
    _sign(submission_id, to, actor, comment)


def _sign(submission_id: int, step: State, actor: str, comment: str) -> None:
    table.add_step(submission_id, step, actor, comment, clock.now())
    audit.write(f"faq:submission:{step}", actor=actor, submission=submission_id)


def _submission(row: FaqSubmission) -> Submission:
    return Submission(
        id=row.id,
        state=cast(State, row.state),
        release=row.release,
        authors=tuple(json.loads(row.authors)),
        note=row.note,
        override=row.override,
        submitted_at=row.submitted_at,
        check_id=row.check_id,
        steps=tuple(
            Step(cast(State, s.step), s.actor, s.comment, s.at) for s in table.steps(row.id)
        ),
    )


def _row(submission_id: int) -> FaqSubmission:
    row = table.submission(submission_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return row
