"""Pictures of an act at a desk, for the second person who decides about it."""

from collections.abc import Mapping

from miniprogram_api.captures import pictures
from miniprogram_api.desks import acts as desk
from miniprogram_api.second_person import listing
from miniprogram_api.second_person.held_verifications import elements
from miniprogram_api.services import Services
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import words

GROUP = "verifications"


def thumbnails(request_id: int) -> Mapping[str, str]:
    """Return name → title of the pictures of an act that are still kept, in their order."""
    titles = words("captures.pictures")
    return {name: titles[name] for name in pictures.names(request_id)}


def picture(services: Services, member: StaffMember, request_id: int, name: str) -> bytes:
    """Return one picture (JPEG) and log it.

    Raises Refused: FORBIDDEN, NOT_FOUND, OWN_MATTER.
    """
    request = listing.find(member, request_id, GROUP)
    desk.require_others_matter(member, *elements(request))
    return pictures.show(services, member, request_id, name)
