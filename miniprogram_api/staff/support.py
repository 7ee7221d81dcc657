"""Commands of an operator for members of staff whom no administrator can help."""

from miniprogram_api import audit
from miniprogram_api.access import usernames
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import Created, StaffMember
from models.desks import staff as table


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
    return staff.reset_credentials(member.id, "command:staff:reset", actor, was_active=True)


def _named(username: str) -> StaffMember:
    row = table.StaffMember.get_or_none(
        table.StaffMember.username_key == usernames.key(username.strip())
    )
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return staff.of_row(row)
