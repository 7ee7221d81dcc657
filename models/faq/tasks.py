"""Background tasks on the content, and uploads that wait to be imported."""

from datetime import datetime
from typing import Any

from peewee import AutoField, BlobField, BooleanField, CharField, IntegerField, TextField

from models.storage.database import InstantField, Model

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


class FaqTask(Model):
    """One task, run by the worker and polled by the page.

    `key`: its subject; the latest of a kind and a key counts. `arguments`, `outcome`: JSON. `step`,
    `done` and `total`: the progress; `seen_at`: the worker's heartbeat.
    """

    id = AutoField()
    kind = CharField(max_length=16)
    key = CharField(max_length=64)
    arguments = TextField(default="{}")
    actor = CharField(max_length=64)
    state = CharField(max_length=12)
    step = CharField(max_length=16, default="")
    done = IntegerField(default=0)
    total = IntegerField(default=0)
    outcome = TextField(default="{}")
    begun_at = InstantField(index=True)
    seen_at = InstantField()

    class Meta:
        table_name = "faq_task"
        indexes = ((("kind", "key"), False),)


class FaqUpload(Model):
    """An uploaded file, kept until it is imported or dropped.

    `target`: its question set; None for the content itself. `replaces`: delete what the file lacks.
    """

    id = AutoField()
    name = CharField(max_length=200)
    target = IntegerField(null=True)
    replaces = BooleanField(default=False)
    data = BlobField()
    actor = CharField(max_length=64)
    sent_at = InstantField(index=True)

    class Meta:
        table_name = "faq_upload"


def latest(kind: str, key: str) -> FaqTask | None:
    """Return the newest task of this kind and key."""
    return (
        FaqTask.select()
        .where(FaqTask.kind == kind, FaqTask.key == key)
        .order_by(FaqTask.id.desc())
        .first()
    )


def find(task_id: int) -> FaqTask | None:
    """Return a task, or None."""
    return FaqTask.get_or_none(FaqTask.id == task_id)


def change(task_id: int, **values: Any) -> None:
    """Update a task."""
    FaqTask.update(**values).where(FaqTask.id == task_id).execute()


def claim(task_id: int, now: datetime, dead_since: datetime) -> bool:
    """Claim a waiting task, or one whose worker was last seen before `dead_since`."""
    is_free = (FaqTask.state == WAITING) | (
        (FaqTask.state == RUNNING) & (FaqTask.seen_at < dead_since)
    )
    changed: int = (
        FaqTask.update(state=RUNNING, seen_at=now, step="", done=0, total=0)
        .where((FaqTask.id == task_id) & is_free)
        .execute()
    )
    return changed == 1


def forget(before: datetime) -> None:
    """Delete tasks and uploads from before that moment."""
    FaqTask.delete().where(FaqTask.begun_at < before).execute()
    FaqUpload.delete().where(FaqUpload.sent_at < before).execute()
