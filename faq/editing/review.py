"""Review content: one person submits it, another reviews it, a third publishes it.

A submission is a copy of the whole draft; editing continues. Only one is open at a time: a new one
replaces the older, whose content it includes. After another publication it must be submitted again.
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
    """Hold one step, signed by `actor`; `step` is the resulting state."""

    step: State
    actor: str
    comment: str
    at: datetime


@dataclass(frozen=True)
class Submission:
    """Describe a submission that is to follow release `release`.

    `authors`: of its changes, the submitter first; none of them may review or publish it.
    `override`: why it may lose questions.
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
        """Return the people who approved it."""
        return tuple(step.actor for step in self.steps if step.step == "approved")


def submit(
    *, actor: str, note: str = "", override: str = "", digest: str | None = None
) -> Submission:
    """Submit the draft for review.

    `digest`: of the check that was shown, see `workflow.publish`. Raises Refused: INVALID_INPUT
    listing errors; NOTHING_TO_PUBLISH; PUBLICATION_OUTDATED when the draft or the release changed
    since the check; PUBLICATION_LOSES_QUESTIONS when it loses any and `override` is empty.
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
        row = FaqSubmission.create(
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
    """Approve or reject a submission; `comment` is required to reject.

    Raises Refused: NOT_FOUND; INVALID_INPUT without a comment; ANOTHER_PERSON_REQUIRED for an
    author; PUBLICATION_OUTDATED when it is no longer waiting for review.
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
    """Withdraw a submission. Raises Refused: NOT_FOUND, PUBLICATION_OUTDATED."""
    workflow.require_short(comment=comment)
    get(submission_id)
    with transaction():
        _move(submission_id, _OPEN, "withdrawn", actor, comment)
    return get(submission_id)


def publish(submission_id: int, *, actor: str) -> Publication:
    """Publish an approved submission; `actor` is neither an author nor the reviewer.

    Raises Refused: NOT_FOUND; REVIEW_REQUIRED before approval; ANOTHER_PERSON_REQUIRED;
    PUBLICATION_OUTDATED after another publication.
    """
    found = get(submission_id)
    if found.state == "submitted":
        raise Refused(Reason.REVIEW_REQUIRED)
    if actor in barred(found):
        raise Refused(Reason.ANOTHER_PERSON_REQUIRED)
    prepared = publishing.prepare(content_of(submission_id))
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
    """Return the submission that waits for review or publication, or None."""
    found = table.open_submissions(_OPEN)
    return _submission(found[0]) if found else None


def barred(found: Submission) -> list[str]:
    """Return the people who may not take the next step: authors and approvers."""
    return list(dict.fromkeys([*found.authors, *found.approvers]))


def changes_of(submission_id: int) -> list[PartChange]:
    """Return its changes against the release that it follows. Raises Refused: NOT_FOUND."""
    row = _row(submission_id)
    before = publishing.release(row.release).parts
    after = split(Content.model_validate_json(row.content))
    return part_changes(before, after, draft_listing.titles())


def published_as(numbers: Iterable[int]) -> dict[int, Submission]:
    """Return release number → its submission, for releases that were reviewed."""
    found = table.published_after([number - 1 for number in numbers])
    return {row.release + 1: _submission(row) for row in found}


def get(submission_id: int) -> Submission:
    """Return a submission. Raises Refused: NOT_FOUND."""
    return _submission(_row(submission_id))


def content_of(submission_id: int) -> Content:
    """Return the submitted content. Raises Refused: NOT_FOUND."""
    return Content.model_validate_json(_row(submission_id).content)


def submissions(*, limit: int = 20, before: int | None = None) -> list[Submission]:
    """Return the newest first; `before`: only those with lower ids."""
    return [_submission(row) for row in table.submissions(limit, before)]


def _authors(in_force: Mapping[Key, str]) -> Iterable[str]:
    """Yield the authors of the draft's changes."""
    for draft in drafts.changed():
        for place, version in enumerate(draft_table.versions(*draft.key)):
            # The latest act counts even without a new text: it may have retired the entry.
            if place and part_digest(json.loads(version.content)) == in_force.get(draft.key):
                break
            yield version.editor


def _move(submission_id: int, states: tuple[str, ...], to: State, actor: str, comment: str) -> None:
    """Change the state, in a transaction. Raises Refused: PUBLICATION_OUTDATED."""
    if not table.move(submission_id, states=states, to=to):
        raise Refused(Reason.PUBLICATION_OUTDATED)
    _sign(submission_id, to, actor, comment)


def _sign(submission_id: int, step: State, actor: str, comment: str) -> None:
    table.FaqReviewStep.create(
        submission=submission_id, step=step, actor=actor, comment=comment, at=clock.now()
    )
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
    row = FaqSubmission.get_or_none(FaqSubmission.id == submission_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return row
