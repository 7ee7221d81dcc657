"""Look-ups of a person at a desk: each has a reason, an audit line, and a place in a limit.

The audit line names the person by account or by keyed index, never by ID number.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from miniprogram_api import audit, clock
from miniprogram_api.clients.redis import Full, Limit, Window
from miniprogram_api.desks import acts as desk
from miniprogram_api.masking import free_text
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import invalid, words
from miniprogram_api.tickets import complaints
from models.accounts.accounts import Account
from models.desks import tickets as table
from models.storage.fields import keys

PRESET_REASONS, WORDS = words("desk.preset_reasons"), words("desk.lookup_reasons")
OTHER, NOT_GIVEN, REGISTRATION, ACT = "other", "not_given", "registration", "act"
# These tell whether a person has an account, and in which state.
_TELLING = frozenset(
    {
        Reason.PERSON_NOT_REGISTERED,
        Reason.ACCOUNT_FROZEN,
        Reason.ALREADY_VERIFIED,
        Reason.LEVEL_TOO_LOW,
        Reason.ALREADY_REGISTERED,
        Reason.ACTIVATION_REQUIRED,
        Reason.IDENTITY_RESERVED,
        Reason.NOT_APPLICABLE,
        Reason.VERIFICATION_HELD,
    }
)
LONGEST_NOTE = 200


def require_reason(reason: str, note: str) -> None:
    """Raise Refused INVALID_INPUT on ``reason`` unless preset, on ``note`` if too long or lacking.

    OTHER needs a note.
    """
    if reason not in (*PRESET_REASONS, OTHER):
        raise invalid("desk.reason.not_allowed")
    if len(note) > LONGEST_NOTE or (reason == OTHER and not note.strip()):
        raise invalid("desk.note.required", most=LONGEST_NOTE)


def take_place(services: Services, member: StaffMember) -> None:
    """Take one place in the member's hour.

    Raises Refused LOOKUP_LIMIT with ``retry_after`` and ``count``.
    """
    most = services.settings.desk_lookups_per_hour
    limit = Limit(f"desk:lookups:{member.id}", (Window("hour", 3_600, most),))
    taken = services.clients.store.take((limit,), clock.milliseconds(clock.now()))
    if isinstance(taken, Full):
        raise Refused(Reason.LOOKUP_LIMIT, retry_after=taken.retry_after, count=most)


def record(
    services: Services, member: StaffMember, id_number: str, reason: str, note: str = ""
) -> None:
    """Record that a member looks for a person (canonical ID number), before anything is shown.

    Raises Refused LOOKUP_LIMIT with ``retry_after`` and ``count``.
    """
    take_place(services, member)
    account_id = (
        Account.select(Account.id).where(Account.identity_index.matches(id_number)).scalar()
    )
    ticket_id = (
        table.Ticket.select(table.Ticket.id)
        .where(
            table.Ticket.identity_index.matches(id_number)
            & table.Ticket.state.in_(table.UNFINISHED)
            # A complaint is no reason for a clerk to look.
            & (table.Ticket.kind != complaints.KIND)
        )
        .order_by(table.Ticket.id.desc())
        .limit(1)
        .scalar()
    )
    audit.write_own(
        "staff:person:looked_up",
        actor=member.actor,
        account_id=account_id,
        reason=reason,
        note=free_text(note.strip()) if reason == OTHER else None,
        found=account_id is not None,
        # As in the ledger, so that an act for a person without an account is found again.
        person=keys().digest(id_number, b"identity").hex(),
        window=member.window_id,
        ticket=ticket_id,
    )


@contextmanager
def by_refusal(services: Services, member: StaffMember, id_text: str) -> Iterator[None]:
    """Record a refused act on a person as a look-up, because the refusal tells the same.

    Raises Refused LOOKUP_LIMIT instead of a refusal that would tell it.
    """
    try:
        yield
    except Refused as refused:
        if refused.reason in _TELLING:
            record(services, member, desk.read_id_number(id_text), ACT)
        raise
