"""The frame of every act at a desk: permission, transaction, and no act on one's own matter.

Acts refused because of the member are audited.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.identity.documents import id_numbers, names
from miniprogram_api.ledger.lines import Person
from miniprogram_api.reasons import Reason, Refused, invalid_field
from miniprogram_api.staff.members import Permission, StaffMember, log_refused_attempt
from miniprogram_api.texts import invalid, words
from miniprogram_api.tickets import access as ticket_access
from miniprogram_api.tickets import tickets
from miniprogram_api.tickets.access import Unseen
from models.accounts.accounts import Account
from models.desks import tickets as table
from models.desks.staff import StaffMember as StaffRow
from models.storage import canonical
from models.storage.database import transaction

CLAIM_TERM = timedelta(hours=8)
"""After it a claim expires."""

PRESET_REASONS = words("desk.preset_reasons")

UNSEEN = Reason.TICKET_OF_OTHERS
"""The reason in the audit log of an attempt on a ticket that the member may not see."""

_AUDITED = frozenset(
    {
        Reason.FORBIDDEN,
        Reason.WINDOW_REQUIRED,
        Reason.OWN_MATTER,
        Reason.SECOND_PERSON_REQUIRED,
        Reason.APPROVAL_STALE,
        Reason.TICKET_OF_OTHERS,
    }
)


@contextmanager
def acting(member: StaffMember, act: str, *permissions: Permission) -> Iterator[None]:
    """Open the transaction of one act, which needs one of the permissions.

    Raises Refused FORBIDDEN, WINDOW_REQUIRED, and the refusals inside.
    """
    try:
        if not any(map(member.may, permissions)):
            raise Refused(Reason.FORBIDDEN)
        if not any(map(member.may, {*permissions} - {Permission.WORK_AT_WINDOW})):
            require_window(member)
        with transaction():
            yield
    except Refused as refused:
        unseen = isinstance(refused, Unseen)
        if unseen or refused.reason in _AUDITED:
            log_refused_attempt(member, act, UNSEEN if unseen else refused.reason)
        raise


def require_allowed(
    member: StaffMember,
    act: str,
    *permissions: Permission,
    id_number: str | None = None,
    name: str | None = None,
) -> None:
    """Refuse an act before it starts unless the member may do it for this person."""
    with acting(member, act, *permissions):
        require_others_matter(member, id_number, name)


def require_window(member: StaffMember) -> None:
    """Raise Refused WINDOW_REQUIRED for a clerk without a window."""
    if member.window_id is None and member.may(Permission.WORK_AT_WINDOW):
        raise Refused(Reason.WINDOW_REQUIRED)


def read_id_number(text: str) -> str:
    """Return the canonical ID number. Raises Refused INVALID_INPUT on ``id_number``."""
    try:
        return canonical.id_number(text)
    except ValueError:
        raise invalid("desk.id_number.wrong_form") from None


def read_possible_id_number(text: str) -> str:
    """Return the canonical ID number if it is valid, as registration demands.

    Raises Refused INVALID_INPUT on ``id_number``.
    """
    id_number = read_id_number(text)
    checked = id_numbers.check(id_number, clock.today())
    if checked.refusals:
        finding = checked.refusals[0]
        raise invalid_field("id_number", finding.code, finding.message)
    return id_number


def require_others_matter(
    member: StaffMember, id_number: str | None, name: str | None = None
) -> None:
    """Raise Refused OWN_MATTER when the canonical ID number is the member's own.

    Without the member's number on record, the same name is refused (cause ``name``).
    """
    own = StaffRow.get_by_id(member.id)
    if own.id_number is None:
        own_name = names.check(own.name).value or own.name
        if name is not None and name == own_name:
            raise Refused(Reason.OWN_MATTER, cause="name")
    elif own.id_number == id_number:
        raise Refused(Reason.OWN_MATTER)


def locked_ticket(member: StaffMember, ticket_id: str) -> table.Ticket:
    """Return an unfinished ticket that the member may work on, locked."""
    row = tickets.unfinished_locked(ticket_id)
    ticket_access.require_seen(member, row)
    require_others_matter(member, row.id_number, row.name)
    return row


def known_account(id_number: str) -> Account | None:
    """Return the account of a canonical ID number, unlocked."""
    return Account.get_or_none(Account.identity_index.matches(id_number))


def account_with(id_number: str) -> Account | None:
    """Return the account of a canonical ID number, locked."""
    account_id = (
        Account.select(Account.id).where(Account.identity_index.matches(id_number)).scalar()
    )
    return None if account_id is None else Account.locked(account_id)


def subject_of(row: table.Ticket) -> Account:
    """Return the account that a ticket is about, locked."""
    account = None if row.id_number is None else account_with(row.id_number)
    if account is None:
        raise Refused(Reason.NOT_APPLICABLE)
    return account


def person_of(row: table.Ticket, account: Account | None = None) -> Person:
    """Return the person whom the ledger records for an act on this ticket."""
    return Person(row.id_number, row.name, account.id if account else row.account_id)
