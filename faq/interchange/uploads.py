"""Files that were sent and are shown before they are imported; a week later they are forgotten."""

from dataclasses import dataclass
from datetime import datetime

from faq.interchange.parsed import LARGEST_FILE
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.faq import tasks as table
from models.faq.tasks import FaqUpload
from models.storage.database import transaction

LONGEST_NAME = 200


@dataclass(frozen=True)
class Upload:
    """A file. `target`: the question set that it is for; None for the content itself.

    `replaces`: what the file does not have goes.
    """

    id: int
    name: str
    data: bytes
    target: int | None
    replaces: bool
    actor: str
    sent_at: datetime


def keep(name: str, data: bytes, *, target: int | None, replaces: bool, actor: str) -> int:
    """Keep a file; returns its id. Raises Refused: INVALID_INPUT when it is empty or too large."""
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
    """Raises Refused: NOT_FOUND."""
    row = table.find_upload(upload_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return Upload(
        row.id, row.name, bytes(row.data), row.target, row.replaces, row.actor, row.sent_at
    )


def drop(upload_id: int) -> None:
    """Forget a file that was imported or given up."""
    with transaction():
        table.drop_upload(upload_id)
