"""The rule of two people: no member decides a matter of which the same member did a part.

It holds whatever roles the member has, for approvals, reviews, tickets and erasures.
"""

from collections.abc import Collection

from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember


def is_another(member: StaffMember, actors: Collection[str]) -> bool:
    """Return whether the member is none of these actors."""
    return member.actor not in actors


def require_another(member: StaffMember, actors: Collection[str]) -> None:
    """Raise Refused SECOND_PERSON_REQUIRED for one of the actors."""
    if not is_another(member, actors):
        raise Refused(Reason.SECOND_PERSON_REQUIRED)


def actor_of(member_id: int) -> str:
    """Return the actor of a member's id, as ``StaffMember.actor``."""
    return f"staff:{member_id}"
