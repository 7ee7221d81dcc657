"""Pictures of an act at a desk, for the second person who decides about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from miniprogram_api.captures import evidence, pictures
from miniprogram_api.desks import acts as desk
from miniprogram_api.second_person import listing
from miniprogram_api.second_person.held_verifications import elements
from miniprogram_api.services import Services
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import text, word, words
from models.second_person import SecondPersonRequest

GROUP = "verifications"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a desk saw of a person, in words; personal values are masked."""

    pictures: Mapping[str, str]
    """Name → title of those that are still kept, in their order."""
    missing: Mapping[str, str]
    """Title of a missing picture → why."""
    card: str
    """How name and number came in."""
    term: str
    """Of the card as it was read; empty where it was typed."""
    comparison: float | None
    """How alike photo and chip are, 0 to 100; None: not compared."""


def thumbnails(request_id: int) -> Mapping[str, str]:
    """Return name → title of the pictures of an act that are still kept, in their order."""
    titles = words("captures.pictures")
    return {name: titles[name] for name in pictures.names(request_id)}


def seen(request_id: int) -> Seen:
    """Return what a desk saw of a person; the caller has checked that the member may read it."""
    found = evidence.of(SecondPersonRequest.get_by_id(request_id))
    titles, reasons = words("captures.pictures"), words("captures.reasons")
    missing = {name: why for name, why in found.reasons.items() if name in titles}
    reading = found.reading
    if reading is not None:
        card = text("captures.card.read", serial=reading.serial)
    else:
        why = found.reasons.get(evidence.READING, "")
        card = word("captures.readings", why) or text("captures.card.typed")
    return Seen(
        thumbnails(request_id),
        {titles[name]: reasons.get(why, why) for name, why in missing.items()},
        card,
        "" if reading is None else f"{reading.valid_from} — {reading.valid_until}",
        found.comparison,
    )


def picture(services: Services, member: StaffMember, request_id: int, name: str) -> bytes:
    """Return one picture (JPEG) and log it.

    Raises Refused: FORBIDDEN, NOT_FOUND, OWN_MATTER.
    """
    request = listing.find(member, request_id, GROUP)
    desk.require_others_matter(member, *elements(request))
    return pictures.show(services, member, request_id, name)
