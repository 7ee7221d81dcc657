"""Ask for another phone for a person at the window whose phone is lost.

The person is at level 4, which the counter gives first. The phone changes once the centre approves
it as the second person; the phone on record is told before.
"""

from dataclasses import dataclass, field

from miniprogram_api.authorisation_effect import VERIFIED_LEVEL
from miniprogram_api.captures import evidence_seen
from miniprogram_api.desks import acts, asking
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.ledger import lines
from miniprogram_api.messaging import notices
from miniprogram_api.phones import capacity, numbers, sms_codes
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.tickets import districts, opening, tickets
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import registration, verifications
from miniprogram_api.windows.verifications import OnSite
from models.accounts.accounts import ACTIVE, Account
from models.desks.tickets import WITH_CENTRE, Ticket
from models.second_person import CORRECT_PHONE

KIND = "phone_change"
ACTION = "approval_requested"


@dataclass(frozen=True, slots=True)
class NewPhone:
    """The phone as typed, and the code sent to it; None when the clerk has seen the phone."""

    phone: str = field(repr=False)
    sms_code: str | None = None


@dataclass(frozen=True, slots=True)
class AskedPhone:
    """What was asked: the request, its ticket and the ledger line."""

    request_id: int
    ticket_id: str
    ledger_number: int


def ask(
    services: Services, member: StaffMember, id_text: str, wanted: NewPhone, on_site: OnSite
) -> AskedPhone:
    """Ask the centre for a person's other phone, and tell the phone on record.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, OWN_MATTER, INVALID_INPUT, PERSON_NOT_REGISTERED,
    NOT_APPLICABLE for an account that is not in use, LEVEL_TOO_LOW (``cause`` at_desk) below level
    4, PHONE_ACCOUNT_LIMIT, APPROVAL_PENDING, and as ``sms_codes.prove``.
    """
    id_number = acts.read_id_number(id_text)
    acts.require_allowed(member, ACTION, Permission.WORK_AT_WINDOW, id_number=id_number)
    refused = RefusedFields()
    refused.attempt(lambda: verifications.judge(on_site))
    phone = refused.attempt(lambda: numbers.parse_phone("phone", wanted.phone))
    refused.raise_if_any()
    assert phone is not None  # noqa: S101 - nothing was refused.
    evidence = registration.prove_phone(member, phone, wanted.sms_code)
    with acts.acting(member, ACTION, Permission.WORK_AT_WINDOW):
        row = _ticket(member, id_number, on_site.reason)
        account = _account(id_number)
        acts.require_others_matter(member, id_number, account.name)
        if asking.blocks(row.id):
            raise Refused(Reason.APPROVAL_PENDING)
        capacity.require_capacity(phone, services.settings.accounts_per_phone, but=account.id)
        if evidence is not None:
            sms_codes.spend(evidence)
        method = "manual" if evidence is None else evidence.method
        details = {"phone": phone, "phone_verified_by": method}
        seen = evidence_seen.names(on_site.evidence_seen)
        content = {
            "reason": on_site.reason,
            "details": details,
            "before": {"phone": account.phone},
            "after": {"phone": phone},
            "evidence": seen,
            "needs_level": True,
        }
        asked = asking.ask(member, CORRECT_PHONE, content, ticket_id=row.id, account_id=account.id)
        row.phone = phone
        row.state, row.window_id = WITH_CENTRE, member.window_id
        row.save(only=[Ticket.phone, Ticket.state, Ticket.window_id])
        tickets.note(row, member.actor, ACTION)
        if account.phone is not None and account.phone != phone:
            notices.add(account.id, notices.PHONE_CHANGE_ASKED, account.phone)
        number = lines.append(
            member,
            ACTION,
            acts.person_of(row, account),
            reason=on_site.reason,
            ticket_id=row.id,
            evidence=seen,
            after={"act": CORRECT_PHONE, **details},
            place=windows.place_of_act(on_site.place, member.window_id),
        )
    return AskedPhone(asked.id, row.number, number)


def _ticket(member: StaffMember, id_number: str, reason: str) -> Ticket:
    """Return the person's unfinished ticket for a phone, or a new one; locked."""
    account = acts.known_account(id_number)
    if account is None:
        raise Refused(Reason.PERSON_NOT_REGISTERED)
    row = opening.insert(
        Opening(
            kind=KIND,
            source="clerk",
            account_id=account.id,
            description=reason,
            window_id=member.window_id,
            district=districts.of_window(member.window_id),
            subject=Subject(account.name, account.id_number),
        ),
        opening.matter_of_person(KIND, id_number),
        actor=member.actor,
        state=WITH_CENTRE,
    )
    return tickets.unfinished_locked(row.number)


def _account(id_number: str) -> Account:
    account = acts.account_with(id_number)
    if account is None or account.status != ACTIVE:
        raise Refused(Reason.NOT_APPLICABLE)
    if account.level < VERIFIED_LEVEL:
        raise Refused(Reason.LEVEL_TOO_LOW, cause="at_desk")
    return account
