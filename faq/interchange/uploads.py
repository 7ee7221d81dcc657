"""Store uploaded files until they are imported, for at most a week."""

from dataclasses import dataclass
from datetime import datetime

from faq.interchange.parsed import LARGEST_FILE
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.faq import tasks
from models.faq.tasks import FaqUpload
from models.storage.database import transaction

LONGEST_NAME = 200


@dataclass(frozen=True)
class Upload:
    """An uploaded file; `target`: its question set, None for the content.

    `replaces`: whether the import removes what the file lacks.
    """

    id: int
    name: str
    data: bytes
    target: int | None
    replaces: bool
    actor: str
    sent_at: datetime


def store(name: str, data: bytes, *, target: int | None, replaces: bool, actor: str) -> int:
    """Store a file; return its id. Raises Refused: INVALID_INPUT when empty or too large."""
    if not data:
        raise invalid("uploads.file.required")
    if len(data) > LARGEST_FILE:
        raise invalid("uploads.file.too_large")
    with transaction():
        row = FaqUpload.create(
            name=name[-LONGEST_NAME:],
            data=data,
            target=target,
            replaces=replaces,
            actor=actor,
            sent_at=clock.now(),
        )
    return int(row.id)


def get(upload_id: int) -> Upload:
    """Return a stored file. Raises Refused: NOT_FOUND."""
    row = tasks.FaqUpload.get_or_none(tasks.FaqUpload.id == upload_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return Upload(
        row.id, row.name, bytes(row.data), row.target, row.replaces, row.actor, row.sent_at
    )


def delete(upload_id: int) -> None:
    """Delete a stored file."""
    with transaction():
        tasks.FaqUpload.delete_by_id(upload_id)
