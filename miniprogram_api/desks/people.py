"""Find a person at a desk: masked, or opened for a reason, which the ledger records."""

from dataclasses import field
from datetime import date, datetime

from miniprogram_api import audit, clock, masking
from miniprogram_api.accounts import accounts
from miniprogram_api.answers import answer_class
from miniprogram_api.authorisation_effect import ClosedBy
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import advice as desk_advice
from miniprogram_api.desks import asking, lookups, past_verifications
from miniprogram_api.desks import history as desk_history
from miniprogram_api.desks.advice import NextStep
from miniprogram_api.desks.history import TriedStep
from miniprogram_api.desks.past_verifications import PastVerification
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.staff.sittings import Sitting
from miniprogram_api.tickets import access as ticket_access
from models.accounts.accounts import Account
from models.desks import tickets as table

_OPENERS = (Permission.WORK_AT_WINDOW, Permission.WORK_AT_CENTRE)


@answer_class
class TicketBrief:
    """A ticket in a list."""

    id: str
    """Its public number."""
    kind: str
    state: str
    due_at: datetime


@answer_class
class KnownAccount:
    """The account of a person; name and phone are masked until the person is opened."""

    id: int
    name: str = field(repr=False)
    phone: str | None = field(repr=False)
    status: str
    level: int
    verified_by: str | None
    phone_verified_by: str | None
    valid_from: str | None
    valid_until: str | None
    source: str
    authorization_needed: bool
    """Whether a registration system still asks for the switch 是否办理工商登记注册."""
    authorization_reason: str
    authorization_cause: ClosedBy | None
    """reset: switched off by a password reset or a change of the phone; the card proves the person
    when the window switches it on."""
    authorized_until: date | None
    review_due: datetime | None
    """When the review of the manual verification is due."""


@answer_class
class HeldVerification:
    """A verification at a window that takes effect by a second person."""

    id: int
    """Of the review."""
    due_at: datetime
    own: bool
    """The caller's own, to be decided by another member."""


@answer_class
class PersonView:
    """A person as a desk sees him."""

    opened: bool
    """Without a reason everything is masked."""
    id_number: str = field(repr=False)
    account: KnownAccount | None
    disputed: bool
    """A ticket says that the account is not its holder's."""
    held: HeldVerification | None
    """What waits for a second person and gives no level yet."""
    verifications: tuple[PastVerification, ...]
    """At windows, newest first, with what second persons said; empty until the person is opened."""
    tried: tuple[TriedStep, ...]
    """Newest first; empty until the person is opened."""
    stuck: TriedStep | None
    """The step at which the user is stuck."""
    next_steps: tuple[NextStep, ...]
    """The most fitting first."""
    tickets: tuple[TicketBrief, ...]
    ledger_number: int | None


def find(
    services: Services,
    member: StaffMember,
    id_text: str,
    reason: str = lookups.NOT_GIVEN,
    note: str = "",
) -> PersonView:
    """Find a person by ID number, masked; the look-up is recorded.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, INVALID_INPUT on ``id_number``, also for an
    impossible number, on ``reason`` or ``note``; LOOKUP_LIMIT.
    """
    _require_finder(member)
    id_number = desk.read_possible_id_number(id_text)
    if reason != lookups.NOT_GIVEN:
        lookups.require_reason(reason, note)
    lookups.record(services, member, id_number, reason, note)
    return _view(member, id_number, opened=False, ledger_number=None)


def find_opened(
    services: Services, member: StaffMember, id_text: str, reason: str, note: str = ""
) -> PersonView:
    """Find a person by ID number and open the person at once; the look-up is recorded."""
    require(member, Permission.READ_WINDOW)
    id_number = desk.read_id_number(id_text)
    lookups.require_reason(reason, note)
    desk.require_allowed(member, "person_opened", *_OPENERS, id_number=id_number)
    lookups.record(services, member, id_number, reason, note)
    return open_person(member, id_number, reason, note)


def _require_finder(member: StaffMember) -> None:
    with desk.acting(member, "person_found", Permission.READ_WINDOW):
        desk.require_window(member)


def open_person(member: StaffMember, id_text: str, reason: str, note: str = "") -> PersonView:
    """Show a person unmasked for a reason, which ledger and audit log record.

    ``reason`` is preset, or ``other`` with a note. Raises Refused: FORBIDDEN, WINDOW_REQUIRED,
    OWN_MATTER, INVALID_INPUT on ``id_number``, ``reason`` or ``note``.
    """
    require(member, Permission.READ_WINDOW)
    id_number = desk.read_id_number(id_text)
    lookups.require_reason(reason, note)
    note = note.strip()
    with desk.acting(member, "person_opened", *_OPENERS):
        account = desk.known_account(id_number)
        desk.require_others_matter(member, id_number, account.name if account else None)
        person = Person(id_number)
        if account is not None:
            person = Person(id_number, account.name, account.id)
        words = "：".join(filter(None, (desk.PRESET_REASONS.get(reason), note)))
        audit.write(
            "staff:person:opened",
            actor=member.actor,
            account_id=person.account_id,
            reason=reason,
        )
        number = ledger.append(member, "person_opened", person, reason=words)
    return _view(member, id_number, opened=True, ledger_number=number)


def of_ticket(member: StaffMember, id_number: str, *, opened: bool) -> PersonView:
    """Return the person of a ticket, whose opening is recorded already."""
    return _view(member, id_number, opened=opened, ledger_number=None)


def of_sitting(member: StaffMember, sitting: Sitting) -> PersonView:
    """Return the person of a sitting, unmasked if the member has opened the person.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED.
    """
    if sitting.ledger_number is None:
        # A ticket may have been filed with an invalid number.
        _require_finder(member)
        id_number = desk.read_id_number(sitting.id_number)
        return _view(member, id_number, opened=False, ledger_number=None)
    require(member, Permission.READ_WINDOW)
    return _view(member, sitting.id_number, opened=True, ledger_number=sitting.ledger_number)


def _dispute(id_number: str) -> table.Ticket | None:
    """Return the first unfinished ticket that disputes this identity."""
    ticket: table.Ticket | None = (
        table.Ticket.select()
        .where(
            table.Ticket.identity_index.matches(id_number)
            & (table.Ticket.kind == "identity_dispute")
            & table.Ticket.state.in_(table.UNFINISHED)
        )
        .order_by(table.Ticket.id)
        .first()
    )
    return ticket


def _view(
    member: StaffMember, id_number: str, *, opened: bool, ledger_number: int | None
) -> PersonView:
    account = desk.known_account(id_number)
    newest = (
        table.Ticket.select()
        .where(table.Ticket.identity_index.matches(id_number) & ticket_access.visible(member))
        .order_by(table.Ticket.id.desc())
        .limit(20)
    )
    rows = list(newest)
    asked_for = [row.kind for row in rows if row.state in table.UNFINISHED]
    dispute = _dispute(id_number)
    to_note = None
    if dispute is not None and ticket_access.may_see(member, dispute):
        to_note = dispute.number
    tried = desk_history.of_person(id_number, account) if opened else ()
    stuck = desk_history.where_stuck(tried)
    known = None if account is None else _known(account, opened=opened)
    needed = known is not None and known.authorization_needed
    held = _held(member, id_number)
    return PersonView(
        opened=opened,
        id_number=id_number if opened else masking.id_number(id_number),
        account=known,
        disputed=dispute is not None,
        held=held,
        verifications=past_verifications.of_person(id_number) if opened else (),
        tried=tried,
        stuck=stuck,
        next_steps=desk_advice.next_steps(
            account, stuck, asked_for, to_note, switch_needed=needed, is_held=held is not None
        )
        if opened
        else (),
        tickets=tuple(TicketBrief(row.number, row.kind, row.state, row.due_at) for row in rows),
        ledger_number=ledger_number,
    )


def _known(account: Account, *, opened: bool) -> KnownAccount:
    summary = accounts.summary(account, clock.now())
    authorisation = summary.authorization
    valid_from = account.valid_from
    return KnownAccount(
        id=account.id,
        name=account.name if opened else summary.name,
        phone=account.phone if opened else summary.phone,
        status=summary.status,
        level=summary.level,
        verified_by=summary.verified_by,
        phone_verified_by=summary.phone_verified_by,
        valid_from=None if valid_from is None else valid_from.isoformat(),
        valid_until=summary.valid_until,
        source=account.source,
        authorization_needed=registrar_systems.switch_is_used(),
        authorization_reason=authorisation.reason,
        authorization_cause=authorisation.cause,
        authorized_until=authorisation.until if authorisation.effective else None,
        review_due=asking.review_due(account.id),
    )


def _held(member: StaffMember, id_number: str) -> HeldVerification | None:
    held = asking.held_of_person(id_number)
    if held is None:
        return None
    return HeldVerification(held.id, held.due_at, held.asked_by_id == member.id)
