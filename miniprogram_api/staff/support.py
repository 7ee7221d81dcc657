"""What an operator does on the command line for staff who cannot come in any more.

For the day on which the last administrator lost his phone, or a stranger keeps his name locked:
nobody is left then who could help in the admin pages. Every act leaves a line.
"""

from miniprogram_api import audit
from miniprogram_api.access import usernames
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import Created, StaffMember
from models.desks import staff as table


def unlock(services: Services, username: str, *, actor: str) -> StaffMember:
    """Forget a member's wrong tries. Raises Refused NOT_FOUND; StoreUnavailable."""
    member = _named(username)
    staff_attempts.forget(services, member)
    audit.write_own("command:staff:unlocked", actor=actor, member=member.id)
    return member


def reset(services: Services, username: str, *, actor: str) -> Created:
    """A new first password, a new second factor, no wrong tries; the member's sessions end.

    Raises Refused: NOT_FOUND, NOT_APPLICABLE when he was let go; StoreUnavailable.
    """
    member = _named(username)
    staff_attempts.forget(services, member)
    return staff.begin_anew(member.id, "command:staff:reset", actor, was_active=True)


def _named(username: str) -> StaffMember:
    row = table.StaffMember.get_or_none(
        table.StaffMember.username_key == usernames.key(username.strip())
    )
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return staff.of_row(row)
