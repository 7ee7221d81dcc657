"""Create the account of a person at a window, or activate a synced one, at level 3.

The card replaces what the older system recorded; the phone may be new, a relative's or none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from miniprogram_api import audit, clock
from miniprogram_api.accounts import consents
from miniprogram_api.desks import acts as desk
from miniprogram_api.enrolment.registration import activated_columns
from miniprogram_api.identity.documents import terms
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.ledger.lines import Person
from miniprogram_api.messaging import notices
from miniprogram_api.phones import capacity
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets.opening import Subject
from models.accounts.accounts import UNACTIVATED, Account
from models.accounts.activations import Activation
from models.desks.tickets import Ticket

REGISTERED, ACTIVATED = "person_registered", "person_activated"
"""The ledger's actions."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the account takes over of the form."""

    elements: IdentityElements
    phone: str | None = field(repr=False)
    phone_verified_by: str | None
    consent_version: str
    """Of the text that the person signed."""
    consented_at: datetime
    warnings: tuple[str, ...] = ()
    """The codes of the doubts that the clerk confirmed."""
    separate: tuple[str, ...] = ()
    """Further consents that the desk asked for."""

    @property
    def subject(self) -> Subject:
        """Return the person for a ticket."""
        return Subject(self.elements.name, self.elements.id_number, phone=self.phone)

    def person(self, account_id: int | None) -> Person:
        """Return the person for the ledger."""
        return Person(self.elements.id_number, self.elements.name, account_id)

    def stored(self) -> dict[str, Any]:
        """Return it as JSON values."""
        until = self.elements.valid_until
        return {
            "name": self.elements.name,
            "id_number": self.elements.id_number,
            "valid_from": self.elements.valid_from.isoformat(),
            "valid_until": None if until is None else until.isoformat(),
            "phone": self.phone,
            "phone_verified_by": self.phone_verified_by,
            "consent_version": self.consent_version,
            "consented_at": self.consented_at.isoformat(),
            "warnings": list(self.warnings),
            "separate": list(self.separate),
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Enrolment":
        """Return what ``stored`` gave."""
        until = stored["valid_until"]
        elements = IdentityElements(
            stored["name"],
            stored["id_number"],
            date.fromisoformat(stored["valid_from"]),
            None if until is None else date.fromisoformat(until),
        )
        return cls(
            elements,
            stored["phone"],
            stored["phone_verified_by"],
            stored["consent_version"],
            datetime.fromisoformat(stored["consented_at"]),
            tuple(stored["warnings"]),
            tuple(stored.get("separate", ())),
        )


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The account, and what its record said differently."""

    account: Account
    before: Mapping[str, Any] = field(default_factory=dict, repr=False)
    after: Mapping[str, Any] = field(default_factory=dict, repr=False)


def synced_account(id_number: str) -> int | None:
    """Return the id of the person's account to be activated, None without an account.

    Raises Refused ALREADY_REGISTERED for any other account.
    """
    account = desk.known_account(id_number)
    if account is None:
        return None
    if account.status != UNACTIVATED:
        raise Refused(Reason.ALREADY_REGISTERED)
    return account.id


def require_capacity(enrolment: Enrolment, most: int, synced: int | None) -> None:
    """Raise Refused PHONE_ACCOUNT_LIMIT when the phone serves as many accounts as it may."""
    if enrolment.phone is not None:
        capacity.require_capacity(enrolment.phone, most, but=synced)


def enrol(member: StaffMember, enrolment: Enrolment, synced: int | None, most: int) -> Enrolled:
    """Create the account, or activate the synced one, within the act that verifies it.

    The holder sets the first password by a reset. ``most``: accounts of a phone. Raises Refused:
    PHONE_ACCOUNT_LIMIT, ALREADY_REGISTERED when it was activated meanwhile; IntegrityError when an
    account was created meanwhile.
    """
    if synced is not None:
        return _activate(member, enrolment, synced, most)
    require_capacity(enrolment, most, None)
    elements, now = enrolment.elements, clock.now()
    account = Account.create(
        source="window",
        id_number=elements.id_number,
        identity_index=elements.id_number,
        phone=enrolment.phone,
        phone_index=enrolment.phone,
        phone_verified_by=enrolment.phone_verified_by,
        created_at=now,
        **activated_columns(elements, now),
    )
    _record_consents(account.id, enrolment)
    notices.status_changed(account.id, enrolment.phone)
    # The figures count registrations by this tag.
    audit.write("api:account:registered", actor=member.actor, account_id=account.id)
    return Enrolled(Account.get_by_id(account.id))


def give_ticket(row: Ticket, account: Account) -> None:
    """Let the new account read the ticket that a window opened for its holder."""
    if row.account_id is None and row.openid is None:
        row.account_id = account.id
        row.save(only=[Ticket.account])


def _activate(member: StaffMember, enrolment: Enrolment, account_id: int, most: int) -> Enrolled:
    phone = enrolment.phone
    account = Account.locked(account_id)
    if account is None or account.status != UNACTIVATED:
        raise Refused(Reason.ALREADY_REGISTERED)
    require_capacity(enrolment, most, account_id)
    Account.update(
        phone=phone,
        phone_index=phone,
        phone_verified_by=enrolment.phone_verified_by,
        **activated_columns(enrolment.elements, clock.now()),
    ).where(Account.id == account_id).execute()
    Activation.delete().where(Activation.account == account_id).execute()
    _record_consents(account_id, enrolment)
    notices.status_changed(account_id, phone)
    if account.phone is not None and account.phone != phone:
        notices.add(account_id, notices.PHONE_CHANGED, account.phone)
    # The figures count activations by this tag.
    audit.write(
        "api:account:activated",
        actor=member.actor,
        account_id=account_id,
        phone_verified_by=enrolment.phone_verified_by,
    )
    activated = Account.get_by_id(account_id)
    before, after = _recorded(account), _recorded(activated)
    changed = [name for name in before if before[name] != after[name]]
    return Enrolled(
        activated,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def _record_consents(account_id: int, enrolment: Enrolment) -> None:
    consents.record(
        account_id,
        (consents.GENERAL, consents.IDENTITY, *enrolment.separate),
        version=enrolment.consent_version,
        given_at=enrolment.consented_at,
    )


def _recorded(account: Account) -> dict[str, str | None]:
    return {
        "status": account.status,
        "name": account.name,
        "valid_from": _day(account.valid_from),
        "valid_until": terms.LONG_TERM if account.long_term else _day(account.valid_until),
        "phone": account.phone,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
