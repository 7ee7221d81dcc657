"""Pictures of an act at a desk: of the person, both sides of the card, papers, the card's chip.

Each is encrypted with a key of its own (``pictures.sealed``) and kept until 30 days after the
review, to which they belong; until then they are deleted at once when the consent to them is
withdrawn.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from config import Settings
from miniprogram_api import audit, clock
from miniprogram_api.captures import evidence, readings
from miniprogram_api.captures.evidence import PICTURES, Evidence
from miniprogram_api.pictures import sealed
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.staff.members import StaffMember
from models.captures import DeskPicture
from models.second_person import WAITING, SecondPersonRequest
from models.storage.database import transaction

_CONTEXT = b"desk_picture.content"


@dataclass(frozen=True, slots=True)
class SealedPicture:
    """A picture as it is stored."""

    sha256: str
    size: int
    key: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a desk took of a person for one act: evidence, and pictures by name."""

    evidence: Evidence = field(default_factory=Evidence)
    pictures: Mapping[str, SealedPicture] = field(default_factory=dict, repr=False)
    nonce: str | None = field(default=None, repr=False)
    """Of the reading, used up by the act."""

    def for_ledger(self) -> dict[str, Any]:
        """Return what the ledger keeps: digests, missing pictures and the reader's serial."""
        seen = self.evidence
        found = {
            "pictures": {name: picture.sha256 for name, picture in self.pictures.items()},
            "no_pictures": dict(seen.reasons),
            "card_reader": None if seen.reading is None else seen.reading.serial,
            "comparison": seen.comparison,
        }
        return {name: value for name, value in found.items() if value not in (None, {})}


def seal(settings: Settings, picture: bytes) -> SealedPicture:
    """Encrypt a prepared picture."""
    key, content = sealed.seal(settings, picture, _CONTEXT)
    return SealedPicture(hashlib.sha256(picture).hexdigest(), len(picture), key, content)


def store(member: StaffMember, request_id: int, taken: Taken) -> None:
    """Store the pictures of an act, in its transaction; refuses as ``readings.spend``."""
    if taken.nonce is not None:
        readings.spend(member, taken.nonce)
    now = clock.now()
    for name, picture in taken.pictures.items():
        DeskPicture.insert(
            request=request_id,
            name=name,
            added_at=now,
            sha256=picture.sha256,
            size=picture.size,
            key=picture.key,
            content=picture.content,
        ).execute()


def names(request_id: int) -> tuple[str, ...]:
    """Return the names of the pictures of an act that are still kept, in the order of a page."""
    kept = DeskPicture.select(DeskPicture.name).where(DeskPicture.request == request_id)
    found = {row.name for row in kept}
    return tuple(name for name in PICTURES if name in found)


def show(services: Services, member: StaffMember, request_id: int, name: str) -> bytes:
    """Return a picture to a member who may read the act, and log it.

    The caller has checked that the member may read it. Raises Refused NOT_FOUND.
    """
    of_act = (DeskPicture.request == request_id) & (DeskPicture.name == name)
    row = DeskPicture.select().where(of_act).first()
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    audit.write_own(
        "staff:desk_picture:shown", actor=member.actor, request=request_id, picture=name
    )
    return sealed.unseal(services.settings, row.key, row.content, _CONTEXT)


def discard_without_consent(account_id: int) -> int:
    """Delete the pictures of an account's acts; return how many."""
    own = SecondPersonRequest.select(SecondPersonRequest.id).where(
        SecondPersonRequest.account == account_id
    )
    return int(DeskPicture.delete().where(DeskPicture.request.in_(own)).execute())


def forget_comparison(account_id: int) -> None:
    """Forget how alike the faces of an account's acts were."""
    own = SecondPersonRequest.account == account_id
    for request in SecondPersonRequest.select().where(
        own & SecondPersonRequest.evidence.is_null(False)
    ):
        request.evidence = replace(evidence.of(request), comparison=None).stored()
        request.save(only=[SecondPersonRequest.evidence])


def remove_old() -> int:
    """Delete expired pictures with their keys, and what was read of cards; return how many."""
    long_ago, decided_at = Kept.DESK_PICTURES.cutoff(), SecondPersonRequest.decided_at
    # What became void has no decision.
    is_void = decided_at.is_null() & (SecondPersonRequest.asked_at < long_ago)
    is_over = (decided_at < long_ago) | is_void
    is_reviewed = (SecondPersonRequest.state != WAITING) & is_over
    is_oldest = SecondPersonRequest.asked_at < Kept.DESK_PICTURES_UNREVIEWED.cutoff()
    with_any = SecondPersonRequest.id.in_(DeskPicture.select(DeskPicture.request))
    due = SecondPersonRequest.select(SecondPersonRequest.id).where(
        is_reviewed | is_oldest, with_any | SecondPersonRequest.evidence.is_null(False)
    )
    deleted = 0
    for request_id in [row.id for row in due]:
        with transaction():
            deleted += DeskPicture.delete().where(DeskPicture.request == request_id).execute()
            is_due = SecondPersonRequest.id == request_id
            SecondPersonRequest.update(evidence=None).where(is_due).execute()
    return deleted
