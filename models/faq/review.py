"""Checks of the draft, and what was handed in for review, with every step that somebody signed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from peewee import AutoField, CharField, ForeignKeyField, IntegerField, TextField

from models.faq.releases import FaqRelease
from models.storage.database import InstantField, Model


class FaqCheck(Model):
    """What a check found: `result` (JSON) about the content of this `digest` against `release`.

    `questions`: the digest of the question sets that it asked.
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
    """A whole content that was handed in for review, to follow `release`.

    `authors`: who wrote what is new in it, as JSON list, the one who handed it in first.
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
    """The newest check of exactly this; None when there was none."""
    found: FaqCheck | None = (
        FaqCheck.select()
        .where(
            FaqCheck.digest == digest,
            FaqCheck.release == release,
            FaqCheck.questions == questions,
        )
        .order_by(FaqCheck.id.desc())
        .first()
    )
    return found


def check(check_id: int) -> FaqCheck | None:
    found: FaqCheck | None = FaqCheck.get_or_none(FaqCheck.id == check_id)
    return found


def add_check(**values: Any) -> FaqCheck:
    created: FaqCheck = FaqCheck.create(**values)
    return created


def forget_checks(before: datetime) -> None:
    """Delete the checks made before that moment by which nothing was published or handed in."""
    used = FaqRelease.select(FaqRelease.check_id).where(FaqRelease.check_id.is_null(False))
    handed_in = FaqSubmission.select(FaqSubmission.check_id)
    FaqCheck.delete().where(
        FaqCheck.checked_at < before, FaqCheck.id.not_in(used), FaqCheck.id.not_in(handed_in)
    ).execute()


def submission(submission_id: int) -> FaqSubmission | None:
    found: FaqSubmission | None = FaqSubmission.get_or_none(FaqSubmission.id == submission_id)
    return found


def add_submission(**values: Any) -> FaqSubmission:
    created: FaqSubmission = FaqSubmission.create(**values)
    return created


def open_submissions(states: tuple[str, ...]) -> list[FaqSubmission]:
    """Those that are in one of these states."""
    return list(FaqSubmission.select().where(FaqSubmission.state.in_(states)))


def submissions(limit: int, before: int | None) -> list[FaqSubmission]:
    """The newest first, those below id `before`."""
    query = FaqSubmission.select().order_by(FaqSubmission.id.desc()).limit(limit)
    return list(query if before is None else query.where(FaqSubmission.id < before))


def published_behind(releases: Collection[int]) -> list[FaqSubmission]:
    """The submissions that were published right behind one of these releases."""
    behind = FaqSubmission.release.in_(list(releases))
    return list(FaqSubmission.select().where(behind, FaqSubmission.state == "published"))


def steps(submission_id: int) -> list[FaqReviewStep]:
    """The steps of a submission in order."""
    return list(
        FaqReviewStep.select()
        .where(FaqReviewStep.submission == submission_id)
        .order_by(FaqReviewStep.id)
    )


def add_step(submission_id: int, step: str, actor: str, comment: str, at: datetime) -> None:
    FaqReviewStep.create(submission=submission_id, step=step, actor=actor, comment=comment, at=at)


def move(submission_id: int, *, states: tuple[str, ...], to: str) -> bool:
    """Let a submission that is in one of these states be in another one; False when it is not."""
    changed: int = (
        FaqSubmission.update(state=to)
        .where(FaqSubmission.id == submission_id, FaqSubmission.state.in_(states))
        .execute()
    )
    return changed == 1
