"""Announcements to everybody or to some districts, with a start and an end."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from miniprogram_api import audit, clock
from miniprogram_api.answers import answer_class
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.accounts.announcements import Announcement as StoredAnnouncement
from models.storage.database import transaction

LONGEST_TITLE, LONGEST_TEXT, MOST_DISTRICTS = 60, 1000, 50


@answer_class
class Announcement:
    """Announcement to all or to ``districts``; ``ends_at`` None: until withdrawn."""

    id: int
    title: str
    text: str
    districts: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None
    withdrawn: Annotated[bool, Field(exclude=True)]
    changed_at: Annotated[datetime, Field(exclude=True)]

    def is_current(self, now: datetime) -> bool:
        """Return whether it is shown at this instant."""
        has_ended = self.ends_at is not None and self.ends_at <= now
        return not self.withdrawn and self.starts_at <= now and not has_ended


def current(district: str | None = None) -> list[Announcement]:
    """Return current announcements, newest first, optionally for one district."""
    now = clock.now()
    rows = StoredAnnouncement.select().where(
        ~StoredAnnouncement.withdrawn & (StoredAnnouncement.starts_at <= now)
    )
    shown = [
        _of_row(row)
        for row in rows.order_by(StoredAnnouncement.starts_at.desc(), StoredAnnouncement.id.desc())
    ]
    return [
        item
        for item in shown
        if item.is_current(now)
        and (not district or not item.districts or district in item.districts)
    ]


def list_all(limit: int = 500) -> list[Announcement]:
    """Return all announcements, also past, future and withdrawn, latest change first."""
    rows = (
        StoredAnnouncement.select()
        .order_by(StoredAnnouncement.changed_at.desc(), StoredAnnouncement.id.desc())
        .limit(limit)
    )
    return [_of_row(row) for row in rows]


def get(announcement_id: int) -> Announcement:
    """Return one announcement. Raises Refused NOT_FOUND."""
    row = StoredAnnouncement.get_or_none(StoredAnnouncement.id == announcement_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return _of_row(row)


def save(
    announcement_id: int | None,
    *,
    title: str,
    text: str,
    districts: Sequence[str],
    starts_at: datetime | None,
    ends_at: datetime | None,
    actor: str,
) -> int:
    """Create (``announcement_id`` None) or change an announcement; return its id.

    ``starts_at`` None is now. Raises Refused: NOT_FOUND, INVALID_INPUT (title, text, districts,
    ends_at).
    """
    title, text = " ".join(title.split()), text.replace("\r\n", "\n").strip()
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise invalid("announcements.title.wrong_length", most=LONGEST_TITLE)
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise invalid("announcements.text.wrong_length", most=LONGEST_TEXT)
    names = list(dict.fromkeys(filter(None, (name.strip() for name in districts))))
    if len(names) > MOST_DISTRICTS or any(len(name) > 30 for name in names):
        raise invalid("announcements.districts.too_long")
    now = clock.now()
    begins = starts_at or now
    if ends_at is not None and ends_at <= max(begins, now):
        raise invalid("announcements.ends_at.past")
    values = {
        "title": title,
        "text": text,
        "districts": json.dumps(names),
        "starts_at": begins,
        "ends_at": ends_at,
        "changed_at": now,
        "changed_by": actor,
    }
    with transaction():
        if announcement_id is None:
            announcement_id = int(StoredAnnouncement.insert(**values).execute())
        elif (
            not StoredAnnouncement.update(withdrawn=False, **values)
            .where(StoredAnnouncement.id == announcement_id)
            .execute()
        ):
            raise Refused(Reason.NOT_FOUND)
        audit.write("admin:announcement:saved", actor=actor, announcement=announcement_id)
    return announcement_id


def withdraw(announcement_id: int, *, actor: str) -> None:
    """Withdraw an announcement. Raises Refused NOT_FOUND."""
    with transaction():
        if (
            not StoredAnnouncement.update(withdrawn=True, changed_at=clock.now())
            .where(StoredAnnouncement.id == announcement_id)
            .execute()
        ):
            raise Refused(Reason.NOT_FOUND)
        audit.write("admin:announcement:withdrawn", actor=actor, announcement=announcement_id)


def _of_row(row: StoredAnnouncement) -> Announcement:
    return Announcement(
        row.id,
        row.title,
        row.text,
        tuple(json.loads(row.districts)),
        row.starts_at,
        row.ends_at,
        row.withdrawn,
        row.changed_at,
    )
