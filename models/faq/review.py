"""Checks of the draft, and submissions for review with their signed steps."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from peewee import AutoField, CharField, ForeignKeyField, IntegerField, TextField

from models.faq.releases import FaqRelease
from models.storage.database import InstantField, Model


class FaqCheck(Model):
    """The `result` (JSON) of checking the content of this `digest` against `release`.

    `questions`: the digest of the question sets used.
    """

    id = AutoField()
    digest = CharField(max_length=64)
    release = IntegerField()
    questions = CharField(max_length=64)
    result = TextField()
    checked_at = InstantField(index=True)

    class Meta:
        table_name = "faq_check"
        indexes = ((("digest", "release", "questions"), False),)


class FaqSubmission(Model):
    """A whole content submitted for review, to follow `release`.

    `authors`: the authors of new content as JSON list, the submitter first. `parts`: what it
    changes, a JSON list of kind and name. `publish_at`, `ends_at`: the times wanted for the
    publication and for the end of its entry.
    """

    id = AutoField()
    content = TextField()
    release = IntegerField()
    check_id = IntegerField()
    authors = TextField()
    note = CharField(max_length=200, default="")
    override = CharField(max_length=200, default="")
    state = CharField(max_length=16, index=True)
    submitted_at = InstantField()
    parts = TextField(default="[]")
    publish_at = InstantField(null=True)
    ends_at = InstantField(null=True)

    class Meta:
        table_name = "faq_submission"


class FaqReviewStep(Model):
    """One step of a submission, signed by `actor`."""

    id = AutoField()
    submission = ForeignKeyField(FaqSubmission, on_delete="CASCADE", backref="steps")
    step = CharField(max_length=16)
    actor = CharField(max_length=64)
    comment = CharField(max_length=200, default="")
    at = InstantField()

    class Meta:
        table_name = "faq_review_step"


def latest_check(digest: str, release: int, questions: str) -> FaqCheck | None:
    """Return the newest check with these keys, or None."""
    return (
        FaqCheck.select()
        .where(
            FaqCheck.digest == digest,
            FaqCheck.release == release,
            FaqCheck.questions == questions,
        )
        .order_by(FaqCheck.id.desc())
        .first()
    )


def remove_old_checks(before: datetime) -> None:
    """Delete older checks that no release or submission refers to."""
    used = FaqRelease.select(FaqRelease.check_id).where(FaqRelease.check_id.is_null(False))
    handed_in = FaqSubmission.select(FaqSubmission.check_id)
    FaqCheck.delete().where(
        FaqCheck.checked_at < before, FaqCheck.id.not_in(used), FaqCheck.id.not_in(handed_in)
    ).execute()


def open_submissions(states: tuple[str, ...]) -> list[FaqSubmission]:
    """Return the submissions in one of these states, without content."""
    return list(_without_content().where(FaqSubmission.state.in_(states)))


def _without_content() -> Any:
    return FaqSubmission.select(
        *(f for f in FaqSubmission._meta.sorted_fields if f is not FaqSubmission.content)
    )


def submissions(limit: int, before: int | None) -> list[FaqSubmission]:
    """Return submissions below id `before`, newest first, without content."""
    query = _without_content().order_by(FaqSubmission.id.desc()).limit(limit)
    return list(query if before is None else query.where(FaqSubmission.id < before))


def published_after(releases: Collection[int]) -> list[FaqSubmission]:
    """Return the submissions published right after one of these releases."""
    behind = FaqSubmission.release.in_(list(releases))
    return list(_without_content().where(behind, FaqSubmission.state == "published"))


def approvers(submission_ids: Collection[int]) -> dict[int, set[str]]:
    """Return id → the people who approved it."""
    approved_by: dict[int, set[str]] = {submission_id: set() for submission_id in submission_ids}
    query: Any = FaqReviewStep.select(FaqReviewStep.submission, FaqReviewStep.actor).where(
        FaqReviewStep.submission.in_(list(submission_ids)), FaqReviewStep.step == "approved"
    )
    for submission_id, actor in query.tuples():
        approved_by[submission_id].add(actor)
    return approved_by


def steps(submission_id: int) -> list[FaqReviewStep]:
    """Return the steps of a submission in order."""
    return list(
        FaqReviewStep.select()
        .where(FaqReviewStep.submission == submission_id)
        .order_by(FaqReviewStep.id)
    )


def move(submission_id: int, *, states: tuple[str, ...], to: str) -> bool:
    """Change the state of a submission that is in one of `states`; return whether it was."""
    changed: int = (
        FaqSubmission.update(state=to)
        .where(FaqSubmission.id == submission_id, FaqSubmission.state.in_(states))
        .execute()
    )
    return changed == 1
