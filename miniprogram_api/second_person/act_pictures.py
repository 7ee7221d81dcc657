"""Pictures of an act at a desk, for the second person who decides about it."""

from collections.abc import Mapping

from miniprogram_api.captures import evidence, pictures
from miniprogram_api.desks import acts as desk
from miniprogram_api.second_person import listing
from miniprogram_api.second_person.held_verifications import elements
from miniprogram_api.services import Services
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import text, word, words
from models.second_person import SecondPersonRequest

GROUP = "verifications"


def thumbnails(request_id: int) -> Mapping[str, str]:
    """Return name → title of the pictures of an act that are still kept, in their order."""
    titles = words("captures.pictures")
    return {name: titles[name] for name in pictures.names(request_id)}


def card_seen(request_id: int) -> str:
    """Return in words how name and number came in: read by which reader, or typed and why."""
    found = evidence.of(SecondPersonRequest.get_by_id(request_id))
    if found.reading is not None:
        return text("captures.card.read", serial=found.reading.serial)
    why = found.reasons.get(evidence.READING, "")
    return word("captures.readings", why) or text("captures.card.typed")


def picture(services: Services, member: StaffMember, request_id: int, name: str) -> bytes:
    """Return one picture (JPEG) and log it.

    Raises Refused: FORBIDDEN, NOT_FOUND, OWN_MATTER.
    """
    request = listing.find(member, request_id, GROUP)
    desk.require_others_matter(member, *elements(request))
    return pictures.show(services, member, request_id, name)
