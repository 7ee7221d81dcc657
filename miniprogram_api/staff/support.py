"""Commands of an operator for members of staff whom no administrator can help."""

from miniprogram_api import audit
from miniprogram_api.access import usernames
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import members
from miniprogram_api.staff.members import Created, StaffMember
from models.desks import staff


def unlock(services: Services, username: str, *, actor: str) -> StaffMember:
    """Reset a member's failed attempts. Raises Refused NOT_FOUND; StoreUnavailable."""
    member = _named(username)
    staff_attempts.forget(services, member)
    audit.write_own("command:staff:unlocked", actor=actor, member=member.id)
    return member


def reset(services: Services, username: str, *, actor: str) -> Created:
    """Issue a new first password, remove second factor and failed attempts, end the sessions.

    Raises Refused: NOT_FOUND, NOT_APPLICABLE when inactive; StoreUnavailable.
    """
    member = _named(username)
    staff_attempts.forget(services, member)
    return members.reset_credentials(member.id, "command:staff:reset", actor, was_active=True)


def _named(username: str) -> StaffMember:
    row = staff.StaffMember.get_or_none(
        staff.StaffMember.username_key == usernames.key(username.strip())
    )
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return members.of_row(row)
