"""Review content: one person submits it, another reviews it, a third publishes it.

A submission is a copy of the whole draft, or of the release with one changed entry; editing
continues. A new one replaces those whose parts it includes. After another publication it is checked
again on top of that, unless both changed the same part.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from faq.content.entries import Content
from faq.editing import draft_listing, drafts, workflow
from faq.editing.differences import PartChange, part_changes
from faq.editing.drafts import Draft
from faq.editing.workflow import Checked, Publication
from faq.release import publishing
from faq.release.parts import Key, part_digest, split
from miniprogram_api import audit, clock, outbox
from miniprogram_api.clients.registrar_hooks import HookOutcome
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import members
from miniprogram_api.texts import invalid
from models.faq import drafts as stored_drafts
from models.faq import plans, review
from models.faq.review import FaqSubmission
from models.storage.database import lock, release, transaction

State = Literal[
    "submitted",
    "approved",
    "planned",
    "rejected",
    "withdrawn",
    "replaced",
    "outdated",
    "published",
]
_OPEN = ("submitted", "approved", "planned")
TELL = "content.tell"
"""The job that tells reviewers of a submission."""


class NotTold(Exception):
    """The webhook did not take the message; the outbox retries."""


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
    `override`: why it may lose questions. `parts`: what it changes. `publish_at`, `ends_at`: when
    it shall be published and when its entry shall end.
    """

    id: int
    state: State
    release: int
    authors: tuple[str, ...]
    note: str
    override: str
    submitted_at: datetime
    check_id: int
    parts: tuple[Key, ...]
    publish_at: datetime | None
    ends_at: datetime | None
    steps: tuple[Step, ...]

    @property
    def approvers(self) -> tuple[str, ...]:
        """Return the people who approved it."""
        return tuple(step.actor for step in self.steps if step.step == "approved")


@dataclass(frozen=True)
class Waiting:
    """Describe a submission in a list; `author` submitted it."""

    id: int
    state: State
    author: str
    submitted_at: datetime
    parts: tuple[Key, ...]


def submit(
    *,
    actor: str,
    note: str = "",
    override: str = "",
    digest: str | None = None,
    slug: str | None = None,
    publish_at: datetime | None = None,
    ends_at: datetime | None = None,
    link: str = "",
) -> Submission:
    """Submit the draft, or one entry of it, for review.

    `digest`: of the check that was shown, see `workflow.publish`. `link`: the address of the list
    of submissions, for the message to reviewers. Raises Refused: INVALID_INPUT listing errors;
    NOTHING_TO_PUBLISH; PUBLICATION_OUTDATED when the draft or the release changed since the check;
    PUBLICATION_LOSES_QUESTIONS when it loses any and `override` is empty.
    """
    workflow.require_short(note=note, override=override)
    in_force = publishing.current()
    prepared = publishing.prepare(workflow.wanted(slug))
    found = workflow.accepted(prepared, in_force, override, digest)
    changed = drafts.changed() if slug is None else [drafts.entry(slug)]
    authors = list(dict.fromkeys([actor, *_authors(changed, in_force.digests)]))
    parts = workflow.changed_parts(in_force.digests, prepared.digests)
    with transaction():
        lock("faq-review")
        for open_one in review.open_submissions(_OPEN):
            if set(_keys(open_one)) <= {*parts}:
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
            parts=json.dumps(parts),
            publish_at=publish_at,
            ends_at=ends_at,
        )
        _sign(row.id, "submitted", actor, note)
        outbox.add(TELL, {"submission_id": row.id, "link": link and f"{link}/{row.id}"})
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
    PUBLICATION_OUTDATED when another publication changed the same; PUBLICATION_LOSES_QUESTIONS
    when it would lose some on top of another publication.
    """
    found = get(submission_id)
    require_publisher(found, actor)
    in_force = publishing.current()
    try:
        prepared = publishing.prepare(workflow.rebased(content_of(submission_id), found.release))
        if in_force.number == found.release:
            prepared.keep()
            check = Checked(found.check_id, prepared.digest, workflow.result_of(found.check_id))
        else:
            check = workflow.accepted(prepared, in_force, found.override, None)
    except Refused as refused:
        if refused.reason in (Reason.PUBLICATION_OUTDATED, Reason.NOTHING_TO_PUBLISH):
            with transaction():
                review.move(submission_id, states=_OPEN, to="outdated")
            raise Refused(Reason.PUBLICATION_OUTDATED) from None
        raise
    with transaction():
        _move(submission_id, ("approved", "planned"), "published", actor, "")
        # As it is published: `changes_of` and `published_as` start from the release before it.
        values = {"release": in_force.number, "check_id": check.id}
        FaqSubmission.update(content=prepared.content.as_json(), **values).where(
            FaqSubmission.id == submission_id
        ).execute()
        published = workflow.put_in_force(
            prepared.content, check, actor=actor, note=found.note, override=found.override
        )
        stored_drafts.set_held(found.parts, False)
    publishing.wait_until_served()
    return published


def needs_new_check(found: Submission) -> bool:
    """Return whether another release is in force since it was checked."""
    return publishing.current().number != found.release


def require_publisher(found: Submission, actor: str) -> None:
    """Raise Refused, REVIEW_REQUIRED or ANOTHER_PERSON_REQUIRED, unless `actor` may publish it."""
    if found.state == "submitted":
        raise Refused(Reason.REVIEW_REQUIRED)
    if actor in barred(found):
        raise Refused(Reason.ANOTHER_PERSON_REQUIRED)


def plan(submission_id: int, *, actor: str) -> None:
    """Mark an approved submission as waiting for its time, in a transaction.

    Raises Refused: PUBLICATION_OUTDATED.
    """
    _move(submission_id, ("approved", "planned"), "planned", actor, "")


def unplan(submission_id: int) -> None:
    """Return a submission to those that wait for a publisher."""
    review.move(submission_id, states=("planned",), to="approved")


def waiting_for(actor: str) -> list[Waiting]:
    """Return the open submissions whose next step `actor` may take, without their steps."""
    rows = review.open_submissions(("submitted", "approved"))
    approvers = review.approvers([row.id for row in rows if row.state == "approved"])
    found = []
    for row in rows:
        authors = json.loads(row.authors)
        if actor not in authors and actor not in approvers.get(row.id, ()):
            state = cast(State, row.state)
            found.append(Waiting(row.id, state, authors[0], row.submitted_at, _keys(row)))
    return found


def open_parts() -> dict[Key, State]:
    """Return each part that an open submission changes, with the state of that."""
    rows = sorted(review.open_submissions(_OPEN), key=lambda row: int(row.id))
    return {key: cast(State, row.state) for row in rows for key in _keys(row)}


def tell(services: Services, submission_id: int, link: str) -> None:
    """Call CONTENT_WEBHOOK_URL about a submission that still waits for review.

    Raises NotTold, to be retried.
    """
    url, found = services.settings.content_webhook_url, get(submission_id)
    if not url or found.state != "submitted":
        return
    author = found.authors[0]
    number = author.removeprefix("staff:")
    names = members.names_of([int(number)]) if number.isdecimal() else {}
    titles = draft_listing.part_titles(found.parts)
    body = {
        "type": "content.submitted",
        "submission": found.id,
        "entries": [titles[key] for key in found.parts],
        "editor": next(iter(names.values()), author),
        "link": link,
    }
    release()
    answer = services.clients.registrar_hooks.send(
        "content",
        url,
        {"Content-Type": "application/json; charset=utf-8"},
        json.dumps(body, ensure_ascii=False).encode(),
    )
    if answer.outcome is not HookOutcome.TAKEN:
        raise NotTold(answer.outcome.value)


def pending() -> list[Submission]:
    """Return the submissions that wait for review or publication, the newest first."""
    rows = sorted(review.open_submissions(_OPEN), key=lambda row: -int(row.id))
    return [_submission(row) for row in rows]


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
    found = review.published_after([number - 1 for number in numbers])
    return {row.release + 1: _submission(row) for row in found}


def get(submission_id: int) -> Submission:
    """Return a submission. Raises Refused: NOT_FOUND."""
    return _submission(_row(submission_id))


def content_of(submission_id: int) -> Content:
    """Return the submitted content. Raises Refused: NOT_FOUND."""
    return Content.model_validate_json(_row(submission_id).content)


def submissions(*, limit: int = 20, before: int | None = None) -> list[Submission]:
    """Return the newest first; `before`: only those with lower ids."""
    return [_submission(row) for row in review.submissions(limit, before)]


def _authors(changed: Iterable[Draft], in_force: Mapping[Key, str]) -> Iterable[str]:
    """Yield the authors of these changes of the draft."""
    for draft in changed:
        for place, version in enumerate(stored_drafts.versions(*draft.key)):
            # The latest act counts even without a new text: it may have retired the entry.
            if place and part_digest(json.loads(version.content)) == in_force.get(draft.key):
                break
            yield version.editor


def _move(submission_id: int, states: tuple[str, ...], to: State, actor: str, comment: str) -> None:
    """Change the state, in a transaction. Raises Refused: PUBLICATION_OUTDATED."""
    if not review.move(submission_id, states=states, to=to):
        raise Refused(Reason.PUBLICATION_OUTDATED)
    for row in plans.plans([plans.WAITING], submission=submission_id):
        if to in ("withdrawn", "replaced"):
            plans.end(row.id, plans.CANCELLED, states=[plans.WAITING])
            stored_drafts.set_held(json.loads(row.parts), False)
    _sign(submission_id, to, actor, comment)


def _sign(submission_id: int, step: State, actor: str, comment: str) -> None:
    review.FaqReviewStep.create(
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
        parts=_keys(row),
        publish_at=row.publish_at,
        ends_at=row.ends_at,
        steps=tuple(
            Step(cast(State, s.step), s.actor, s.comment, s.at) for s in review.steps(row.id)
        ),
    )


def _keys(row: FaqSubmission) -> tuple[Key, ...]:
    return tuple(Key(kind, name) for kind, name in json.loads(row.parts))


def _row(submission_id: int) -> FaqSubmission:
    row = FaqSubmission.get_or_none(FaqSubmission.id == submission_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return row
