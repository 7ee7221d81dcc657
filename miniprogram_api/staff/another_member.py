"""The rule of two people: no member decides a matter of which the same member did a part.

It holds whatever roles the member has, for approvals, reviews, tickets and erasures. A member to
whom an administrator just gave a password or a role is no second person yet: the administrator may
still sign in as that member, and the true one would notice it within the days of waiting.
"""

import math
from collections.abc import Collection
from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import passkeys
from miniprogram_api.staff.members import StaffMember


def is_another(member: StaffMember, actors: Collection[str]) -> bool:
    """Return whether the member is none of these actors."""
    return member.actor not in actors


def require_another(member: StaffMember, actors: Collection[str]) -> None:
    """Raise Refused SECOND_PERSON_REQUIRED for one of the actors."""
    if not is_another(member, actors):
        raise Refused(Reason.SECOND_PERSON_REQUIRED)


def require_decider(services: Services, member: StaffMember) -> None:
    """Raise Refused unless the member may decide as a second person in this session.

    PASSKEY_REQUIRED, SECOND_PERSON_REQUIRED (cause ``new``).
    """
    passkeys.require_for_deciding(services, member)
    _require_entrusted(member, services.settings.second_person_days)


def _require_entrusted(member: StaffMember, days: int) -> None:
    """Raise Refused SECOND_PERSON_REQUIRED (cause ``new``) until so many days have passed.

    They begin when another person gives the member a first password, a new one or a role.
    """
    if member.entrusted_at is not None:
        left = member.entrusted_at + timedelta(days=days) - clock.now()
        if left > timedelta():
            seconds = math.ceil(left.total_seconds())
            raise Refused(Reason.SECOND_PERSON_REQUIRED, cause="new", retry_after=seconds)


def actor_of(member_id: int) -> str:
    """Return the actor of a member's id, as ``StaffMember.actor``."""
    return f"staff:{member_id}"
