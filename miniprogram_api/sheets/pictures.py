"""Pictures of decisions: signatures, desk photos, cards and notarised papers.

Each is encrypted with a key of its own (``pictures.sealed``). They are kept until the registration
file is made: MATTER_PICTURES_DAYS after the sheet of an accepted matter was fetched, at most 180
days, and 24 hours after any other end. Until the acceptance they are deleted at once when the
consent to them is withdrawn.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from peewee import Expression

from config import Settings
from miniprogram_api import clock
from miniprogram_api.matter_lines import events
from miniprogram_api.matter_lines.integrity import PICTURE_CONTEXT
from miniprogram_api.pictures import sealed
from miniprogram_api.retention import Kept
from models.matters.decisions import Decision
from models.matters.events import MatterEvent
from models.matters.matters import ACCEPTED, Matter
from models.matters.pictures import MatterPicture, decisions_by_consent
from models.storage.database import transaction

PICTURES_DUE = "matter.pictures_due"
TOLD_BEFORE = timedelta(days=7)

SIGNATURE, PHOTO, GUARDIAN_PROOF = "signature", "photo", "guardian_proof"


def digests(stored: Mapping[str, bytes]) -> dict[str, str]:
    """Return name → hexadecimal SHA-256, for ``Decision.pictures``."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in stored.items()}


def store(settings: Settings, decision_id: int, stored: Mapping[str, bytes]) -> None:
    """Store the pictures of a decision by name, in its transaction."""
    now = clock.now()
    for name, content in stored.items():
        key, encrypted = sealed.seal(settings, content, PICTURE_CONTEXT)
        MatterPicture.insert(
            decision=decision_id,
            name=name,
            added_at=now,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            key=key,
            content=encrypted,
        ).execute()


def of_decision(settings: Settings, decision_id: int) -> dict[str, bytes]:
    """Return the pictures of a decision that are still kept, by name.

    Raises DecryptionFailed.
    """
    rows = MatterPicture.select().where(MatterPicture.decision == decision_id)
    return {
        row.name: sealed.unseal(settings, row.key, row.content, PICTURE_CONTEXT)
        for row in rows.order_by(MatterPicture.name)
    }


def move(decision_id: int, to: int) -> None:
    """Move the pictures of filed papers to the confirmation that they became."""
    MatterPicture.update(decision=to).where(MatterPicture.decision == decision_id).execute()


def discard(decision_id: int) -> None:
    """Delete the pictures of a decision that counts no more."""
    MatterPicture.delete().where(MatterPicture.decision == decision_id).execute()


def discard_without_consent(account_id: int) -> int:
    """Delete what the account agreed to and no statute keeps; return how many pictures."""
    ids = [decision.id for decision in decisions_by_consent(account_id)]
    return int(MatterPicture.delete().where(MatterPicture.decision.in_(ids)).execute())


def remove_old(settings: Settings) -> int:
    """Delete the expired pictures with their keys; return how many."""
    now = clock.now()
    is_unused = (Matter.state != ACCEPTED) & (
        Matter.ended_at < Kept.MATTER_PICTURES_UNUSED.cutoff(now)
    )
    ended = Matter.select(Matter.id).where(_is_due(settings, now) | is_unused)
    decisions = Decision.select(Decision.id).where(Decision.matter.in_(ended))
    return int(MatterPicture.delete().where(MatterPicture.decision.in_(decisions)).execute())


def announce_due(settings: Settings) -> int:
    """Append an event to each matter whose pictures are deleted within 7 days; return how many."""
    with_pictures = Decision.select(Decision.matter).join(MatterPicture).distinct()
    announced = MatterEvent.select(MatterEvent.matter).where(MatterEvent.kind == PICTURES_DUE)
    due = Matter.select(Matter.id).where(
        _is_due(settings, clock.now() + TOLD_BEFORE),
        Matter.id.in_(with_pictures),
        Matter.id.not_in(announced),
    )
    ids = [row.id for row in due]
    for matter_id in ids:
        with transaction():
            matter = Matter.locked(matter_id)
            is_done = announced.where(MatterEvent.matter == matter_id).exists()
            if matter is not None and not is_done:
                events.append(matter, PICTURES_DUE, [])
    return len(ids)


def _is_due(settings: Settings, at: datetime) -> Expression:
    """Build the condition that the pictures of an accepted matter have expired at an instant."""
    long_ago = at - timedelta(days=settings.matter_pictures_days)
    was_fetched = (Matter.sheet_fetched_at < long_ago) & (Matter.ended_at < long_ago)
    is_oldest = Matter.ended_at < Kept.MATTER_PICTURES_UNFETCHED.cutoff(at)
    return (Matter.state == ACCEPTED) & (was_fetched | is_oldest)
