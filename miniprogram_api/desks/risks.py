"""What is unusual about an act at a window, for the order of the reviews."""

from collections import Counter
from datetime import timedelta
from statistics import median

from miniprogram_api import clock
from miniprogram_api.captures.evidence import Evidence
from miniprogram_api.staff.members import StaffMember
from models.accounts.accounts import Account
from models.desks.tickets import Ticket
from models.second_person import VERIFICATIONS, SecondPersonRequest

NO_PHOTO = "no_photo"
TYPED = "typed_card"
VOLUME = "clerk_volume"
REPEATED = "repeated_person"
PHONE = "shared_phone"
FROM_ACTS = 10
"""A clerk with fewer acts a day is not compared with the window."""
SHARED = 3
"""Accounts from which on a phone is unusual."""
LOOKED_BACK = timedelta(days=30)


def note(
    request: SecondPersonRequest,
    member: StaffMember,
    id_number: str | None,
    phone: str | None,
    evidence: Evidence,
) -> None:
    """Store with a new request what is unusual about the verification that it is about."""
    codes = of_act(member, id_number, phone, evidence, but=request.id)
    request.risk, request.risks = ",".join(codes) or None, len(codes)
    request.save(only=[SecondPersonRequest.risk, SecondPersonRequest.risks])


def of_act(
    member: StaffMember,
    id_number: str | None,
    phone: str | None,
    evidence: Evidence,
    *,
    but: int = 0,
) -> tuple[str, ...]:
    """Return the codes of what is unusual about a verification of the member.

    ``but``: its request, which is stored already.
    """
    unusual = {
        NO_PHOTO: not evidence.photo_taken,
        TYPED: evidence.reading is None,
        VOLUME: _has_many(member, but),
        REPEATED: id_number is not None and _is_repeated(id_number, but),
        PHONE: phone is not None and _is_shared(phone),
    }
    return tuple(code for code, applies in unusual.items() if applies)


def _has_many(member: StaffMember, but: int) -> bool:
    """Return whether the act is above twice the median of the window's days of one clerk."""
    now = clock.now()
    asked = SecondPersonRequest
    own = asked.kind.in_(VERIFICATIONS) & (asked.id != but) & (asked.window_id == member.window_id)
    acts = asked.select(asked.asked_by, asked.asked_at).where(
        own & (asked.asked_at > now - LOOKED_BACK)
    )
    by_day = Counter(
        (act.asked_by_id, act.asked_at.astimezone(clock.SHANGHAI).date()) for act in acts
    )
    today = by_day.pop((member.id, now.date()), 0) + 1
    if today <= FROM_ACTS:
        return False
    return not by_day or today > 2 * median(by_day.values())


def _is_repeated(id_number: str, but: int) -> bool:
    asked = SecondPersonRequest
    of_person = asked.kind.in_(VERIFICATIONS) & Ticket.identity_index.matches(id_number)
    lately = (asked.id != but) & (asked.asked_at > clock.now() - LOOKED_BACK)
    return bool(asked.select().join(Ticket).where(of_person & lately).exists())


def _is_shared(phone: str) -> bool:
    return Account.select().where(Account.phone_index.matches(phone)).count() >= SHARED
