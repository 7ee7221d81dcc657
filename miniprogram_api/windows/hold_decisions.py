"""A second person approves or refuses what one clerk did against the source.

Any window or the centre decides, never the clerk who recorded it or one who filed the ticket. The
approval judges the person's state again, since it may have changed meanwhile.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from miniprogram_api import clock
from miniprogram_api.desks import acts as desk
from miniprogram_api.effectiveness import VERIFIED_LEVEL
from miniprogram_api.identity import verification
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.messaging import notices
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import second_person
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.tickets import news as ticket_news
from miniprogram_api.tickets import parts, tickets
from miniprogram_api.windows import doubts, enrolment, holds
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.enrolment import Enrolled, Enrolment
from miniprogram_api.windows.holds import HeldAct
from miniprogram_api.windows.verifications import OnSite
from models.accounts.accounts import CANCELLED, FROZEN, UNACTIVATED, Account
from models.desks import desks
from models.desks import tickets as ticket_table
from models.desks.desks import ManualVerification
from models.desks.tickets import Ticket
from models.storage.database import IntegrityError

APPROVED, REFUSED = "verification_confirmed", "verification_refused"
"""The ledger's actions of the decision."""
DESKS = (Permission.WORK_AT_WINDOW, Permission.WORK_AT_CENTRE)


def approve(services: Services, member: StaffMember, known: ManualVerification, reason: str) -> int:
    """Let a held act take effect; return the number of the ledger's last line.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, SECOND_PERSON_REQUIRED, OWN_MATTER, NOT_APPLICABLE
    when it was decided, as ``obstacle``, PHONE_ACCOUNT_LIMIT, IDENTITY_CHECK_IN_PROGRESS.
    """
    try:
        with (
            _claimed(services, known) as confirm_claim,
            _deciding(member, known, APPROVED) as (row, ticket, act),
        ):
            confirm_claim()
            refused = obstacle(row, ticket, act)
            if refused is not None:
                raise refused
            made = _account(services, member, row, ticket, act)
            _end(member, row, desks.CONFIRMED)
            window_desk.take_effect(
                member,
                ticket,
                made.account,
                OnSite(act.evidence_seen, act.reason, act.place),
                act.action,
                before=made.before,
                after=made.after,
                requested_by=second_person.actor_of(row.clerk_id),
                **act.more,
            )
            account = made.account
            person = Person(account.id_number, account.name, account.id)
            return ledger.append(member, APPROVED, person, reason=reason, ticket_id=ticket.id)
    except IntegrityError:
        # The person was registered at the same moment.
        raise Refused(Reason.ALREADY_REGISTERED) from None


def refuse(member: StaffMember, known: ManualVerification, reason: str) -> int:
    """End a held act without effect and tell the person; return the ledger line's number.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, SECOND_PERSON_REQUIRED, OWN_MATTER, NOT_APPLICABLE
    when it was decided.
    """
    with _deciding(member, known, REFUSED) as (row, ticket, act):
        person, phone = _person(row, act)
        _end(member, row, desks.REFUSED)
        if ticket.state in ticket_table.UNFINISHED:
            tickets.close(ticket, ticket_table.REJECTED, reason, actor=member.actor)
            ticket_news.notify_opener(ticket)
            if phone is not None:
                notices.add(row.account_id, notices.VERIFICATION_REFUSED, phone)
        return ledger.append(member, REFUSED, person, reason=reason, ticket_id=ticket.id)


def obstacle(row: ManualVerification, ticket: Ticket, act: HeldAct) -> Refused | None:
    """Return why a held act cannot take effect now; without effect.

    TICKET_CLOSED (withdrawn by the person), ALREADY_REGISTERED, ALREADY_VERIFIED, ACCOUNT_FROZEN,
    IDENTITY_RESERVED by a dispute of meanwhile, NOT_APPLICABLE.
    """
    if ticket.state not in ticket_table.UNFINISHED:
        return Refused(Reason.TICKET_CLOSED)
    if act.enrolment is not None:
        return _obstacle_of_enrolment(row, Enrolment.read(act.enrolment))
    account = Account.get_by_id(row.account_id)
    if account.status == FROZEN:
        return Refused(Reason.ACCOUNT_FROZEN)
    if account.status == CANCELLED:
        return Refused(Reason.NOT_APPLICABLE)
    return Refused(Reason.ALREADY_VERIFIED) if account.level >= VERIFIED_LEVEL else None


def _obstacle_of_enrolment(row: ManualVerification, wanted: Enrolment) -> Refused | None:
    account = desk.known_account(wanted.elements.id_number)
    if account is not None and account.status == FROZEN:
        return Refused(Reason.ACCOUNT_FROZEN)
    if account is not None and (account.id != row.account_id or account.status != UNACTIVATED):
        return Refused(Reason.ALREADY_REGISTERED)
    if account is None and row.account_id is not None:
        return Refused(Reason.NOT_APPLICABLE)
    found = {one.code for one in doubts.of_person(wanted.elements.id_number)}
    return None if found <= {*wanted.warnings} else Refused(Reason.IDENTITY_RESERVED)


def _account(
    services: Services, member: StaffMember, row: ManualVerification, ticket: Ticket, act: HeldAct
) -> Enrolled:
    """Return the account that gets the level, which may be new."""
    if act.enrolment is None:
        account = Account.get_by_id(row.account_id)
        notices.status_changed(account.id, account.phone)
        return Enrolled(account)
    wanted, most = Enrolment.read(act.enrolment), services.settings.accounts_per_phone
    made = enrolment.enrol(member, wanted, row.account_id, most)
    enrolment.give_ticket(ticket, made.account)
    row.account_id = made.account.id
    return made


@contextmanager
def _claimed(services: Services, known: ManualVerification) -> Iterator[Callable[[], None]]:
    """Keep the person from registering at the same time, where an account is made.

    Yield what confirms the claim within the transaction.
    """
    act = holds.act_of(known)
    if act is None or act.enrolment is None:
        yield lambda: None
        return
    with verification.claimed(services, act.enrolment["id_number"]) as claim:
        yield claim.confirm


@contextmanager
def _deciding(
    member: StaffMember, known: ManualVerification, action: str
) -> Iterator[tuple[ManualVerification, Ticket, HeldAct]]:
    """Lock ticket and verification, in this order, for a member who may decide."""
    with desk.acting(member, action, *DESKS):
        ticket = Ticket.locked(known.ticket_id)
        row = ManualVerification.locked(known.id)
        act = None if row is None else holds.act_of(row)
        clerk = second_person.actor_of(known.clerk_id)
        second_person.require_another(member, {clerk, *parts.actors(known.ticket_id, parts.FILED)})
        if ticket is None or row is None or act is None or row.state != desks.HELD:
            raise Refused(Reason.NOT_APPLICABLE)
        person, _ = _person(row, act)
        guardian = act.more.get("guardian", {})
        desk.require_others_matter(member, person.id_number, person.name)
        desk.require_others_matter(member, guardian.get("id_number"), guardian.get("name"))
        yield row, ticket, act


def _person(row: ManualVerification, act: HeldAct) -> tuple[Person, str | None]:
    """Return the person for the ledger, and the phone that hears of the decision."""
    if act.enrolment is not None:
        wanted = Enrolment.read(act.enrolment)
        return wanted.person(row.account_id), wanted.phone
    account = Account.get_by_id(row.account_id)
    return Person(account.id_number, account.name, account.id), account.phone


def _end(member: StaffMember, row: ManualVerification, state: str) -> None:
    row.state, row.act = state, None
    row.reviewed_by, row.reviewed_at = member.id, clock.now()
    row.save()
