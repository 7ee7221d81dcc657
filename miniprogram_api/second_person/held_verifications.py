"""A second person agrees to what one clerk did and is held, or denies it.

Another window or the centre decides, never the clerk who recorded it or one who filed the ticket.
The approval judges the person's state again, since it may have changed meanwhile.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from typing_extensions import override

from miniprogram_api import masking
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL, is_closed
from miniprogram_api.desks import acts as desk
from miniprogram_api.identity import verification
from miniprogram_api.ledger import lines as ledger_lines
from miniprogram_api.ledger.lines import Person
from miniprogram_api.messaging import notices
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person.requests import About, Kind
from miniprogram_api.second_person.verification_reviews import CONFIRMED, DENIAL_CAUSES
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.tickets import news as ticket_news
from miniprogram_api.tickets import parts, tickets
from miniprogram_api.windows import doubts, enrolment, held_confirmations, holds
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.enrolment import Enrolled, Enrolment
from miniprogram_api.windows.holds import HeldAct
from miniprogram_api.windows.verifications import OnSite
from models.accounts.accounts import CANCELLED, FROZEN, UNACTIVATED, Account
from models.desks import tickets as ticket_table
from models.desks.tickets import Ticket
from models.second_person import AGREED, DENIED, LATE, VOID, WAITING, SecondPersonRequest
from models.storage.database import IntegrityError

REFUSED = "verification_refused"
"""The ledger's action of a no; of a yes it is that of a review."""


class HeldVerification(Kind):
    """A verification without effect: yes lets it take effect, no ends it with its ticket."""

    agreed, denied = CONFIRMED, REFUSED
    states: ClassVar = {
        WAITING: "held",
        AGREED: "confirmed",
        DENIED: "refused",
        VOID: "void",
        LATE: "lapsed",
    }
    causes = DENIAL_CAUSES

    @override
    @contextmanager
    def claimed(
        self, services: Services, request: SecondPersonRequest
    ) -> Iterator[Callable[[], None]]:
        """Keep the person from registering at the same time, where an account is made."""
        act = holds.act_of(request)
        if act is None or act.enrolment is None:
            yield lambda: None
            return
        try:
            with verification.claimed(services, act.enrolment["id_number"]) as claim:
                yield claim.confirm
        except IntegrityError:
            # The person was registered at the same moment.
            raise Refused(Reason.ALREADY_REGISTERED) from None

    @override
    def lock_ticket(self, member: StaffMember, request: SecondPersonRequest) -> None:
        """Lock the ticket, whatever its state."""
        Ticket.locked(request.ticket_id)

    @override
    def barred(self, request: SecondPersonRequest) -> set[str]:
        """Return the clerk, and the members that filed the ticket."""
        return super().barred(request) | parts.actors(request.ticket_id, parts.FILED)

    @override
    def require_others(self, member: StaffMember, request: SecondPersonRequest) -> None:
        """Raise Refused OWN_MATTER when the person or the guardian is the member.

        SECOND_PERSON_REQUIRED (``cause`` window) for a clerk of the same window.
        """
        if member.window_id == request.window_id and not member.may(Permission.WORK_AT_CENTRE):
            raise Refused(Reason.SECOND_PERSON_REQUIRED, cause="window")
        act = _act(request)
        person, _ = _person(request, act)
        guardian = act.more.get("guardian", {})
        desk.require_others_matter(member, person.id_number, person.name)
        desk.require_others_matter(member, guardian.get("id_number"), guardian.get("name"))

    @override
    def agree(
        self, services: Services, member: StaffMember, request: SecondPersonRequest, reason: str
    ) -> int:
        """Let the held act take effect; return the number of the ledger's last line."""
        act, ticket = _act(request), request.ticket
        refused = obstacle(request, ticket, act)
        if refused is not None:
            raise refused
        made = _account(services, member, request, ticket, act)
        _empty(request)
        confirmations = held_confirmations.locked(ticket.id)
        window_desk.take_effect(
            member,
            ticket,
            made.account,
            OnSite(act.evidence_seen, act.reason, act.place),
            act.action,
            before=made.before,
            after=made.after,
            requested_by=f"staff:{request.asked_by_id}",
            **act.more,
        )
        account = made.account
        held_confirmations.take_effect(services, member, confirmations, account)
        person = Person(account.id_number, account.name, account.id)
        return ledger_lines.append(member, CONFIRMED, person, reason=reason, ticket_id=ticket.id)

    @override
    def deny(self, member: StaffMember, request: SecondPersonRequest, reason: str) -> int:
        """End the act without effect and notify the person; return the ledger line's number."""
        act, ticket = _act(request), request.ticket
        person, phone = _person(request, act)
        _empty(request)
        held_confirmations.discard(ticket.id)
        if ticket.state in ticket_table.UNFINISHED:
            tickets.close(ticket, ticket_table.REJECTED, reason, actor=member.actor)
            ticket_news.notify_opener(ticket)
            if phone is not None:
                notices.add(request.account_id, notices.VERIFICATION_REFUSED, phone)
        return ledger_lines.append(member, REFUSED, person, reason=reason, ticket_id=ticket.id)

    @override
    def about(self, request: SecondPersonRequest) -> About:
        """Return the masked name of the person."""
        return About(masking.name(elements(request)[1] or ""))


def obstacle(request: SecondPersonRequest, ticket: Ticket, act: HeldAct) -> Refused | None:
    """Return why a held act cannot take effect now; without effect.

    TICKET_CLOSED (withdrawn by the person), ALREADY_REGISTERED, ALREADY_VERIFIED, ACCOUNT_FROZEN,
    IDENTITY_RESERVED by a dispute of meanwhile, NOT_APPLICABLE.
    """
    if ticket.state not in ticket_table.UNFINISHED:
        return Refused(Reason.TICKET_CLOSED)
    if act.enrolment is not None:
        return _obstacle_of_enrolment(request, Enrolment.read(act.enrolment))
    account = Account.get_by_id(request.account_id)
    if account.status == FROZEN:
        return Refused(Reason.ACCOUNT_FROZEN)
    if account.status == CANCELLED:
        return Refused(Reason.NOT_APPLICABLE)
    is_proved = account.level >= VERIFIED_LEVEL and not is_closed(account)
    return Refused(Reason.ALREADY_VERIFIED) if is_proved else None


def elements(request: SecondPersonRequest) -> tuple[str | None, str | None]:
    """Return ID number and name: of the account, else of the form, else of the ticket."""
    if request.account is not None:
        return request.account.id_number, request.account.name
    act = holds.act_of(request)
    if act is not None and act.enrolment is not None:
        return act.enrolment["id_number"], act.enrolment["name"]
    return request.ticket.id_number, request.ticket.name


def held_person(request: SecondPersonRequest) -> tuple[Person, str | None]:
    """Return the person of what is held, and the phone that gets the news about it."""
    return _person(request, _act(request))


def _obstacle_of_enrolment(request: SecondPersonRequest, wanted: Enrolment) -> Refused | None:
    account = desk.known_account(wanted.elements.id_number)
    if account is not None and account.status == FROZEN:
        return Refused(Reason.ACCOUNT_FROZEN)
    if account is not None and (account.id != request.account_id or account.status != UNACTIVATED):
        return Refused(Reason.ALREADY_REGISTERED)
    if account is None and request.account_id is not None:
        return Refused(Reason.NOT_APPLICABLE)
    warnings = {doubt.code for doubt in doubts.of_person(wanted.elements.id_number)}
    return None if warnings <= {*wanted.warnings} else Refused(Reason.IDENTITY_RESERVED)


def _account(
    services: Services,
    member: StaffMember,
    request: SecondPersonRequest,
    ticket: Ticket,
    act: HeldAct,
) -> Enrolled:
    """Return the account that gets the level, which may be new."""
    if act.enrolment is None:
        account = Account.get_by_id(request.account_id)
        notices.status_changed(account.id, account.phone)
        return Enrolled(account)
    wanted, most = Enrolment.read(act.enrolment), services.settings.accounts_per_phone
    made = enrolment.enrol(member, wanted, request.account_id, most)
    enrolment.give_ticket(ticket, made.account)
    request.account_id = made.account.id
    return made


def _act(request: SecondPersonRequest) -> HeldAct:
    """Return the act that is held. Raises Refused NOT_APPLICABLE when it was emptied."""
    act = holds.act_of(request)
    if act is None:
        raise Refused(Reason.NOT_APPLICABLE)
    return act


def _person(request: SecondPersonRequest, act: HeldAct) -> tuple[Person, str | None]:
    """Return the person for the ledger, and the phone that gets the news of the decision."""
    if act.enrolment is not None:
        wanted = Enrolment.read(act.enrolment)
        return wanted.person(request.account_id), wanted.phone
    account = Account.get_by_id(request.account_id)
    return Person(account.id_number, account.name, account.id), account.phone


def _empty(request: SecondPersonRequest) -> None:
    """Erase the personal data of the act, and store the account that it got."""
    request.content = holds.without_act(request)
    request.save(only=[SecondPersonRequest.content, SecondPersonRequest.account])
