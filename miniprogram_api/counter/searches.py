"""Search a person at a desk without an ID number: by phone and name, or by a passport's number.

Masked, for a reason, one place in the limit of look-ups and an audit line of its own; each hit is a
look-up besides.
"""

from dataclasses import dataclass, field
from typing import Literal

from miniprogram_api import audit, clock, masking
from miniprogram_api.desks import acts, lookups
from miniprogram_api.identity.documents import id_numbers, names
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.matter_lines import finding, guard
from miniprogram_api.phones import numbers
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid
from models.accounts.accounts import CANCELLED, Account
from models.storage import canonical

By = Literal["phone", "document"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One person; everything shown is masked."""

    number: str = field(repr=False)
    """The canonical document number, for a sitting and never for display."""
    name: str
    shown_number: str
    status: str | None
    """Of the account; None for a person of matters without one."""
    matters: int
    """How many open matters name the person."""


def by_phone(
    services: Services, member: StaffMember, phone_text: str, name_text: str, reason: str, note: str
) -> list[Hit]:
    """Return the persons of this name whose account has the phone.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, INVALID_INPUT on ``phone``, ``name``, ``reason`` or
    ``note``, LOOKUP_LIMIT.
    """
    _require_searcher(member)
    refused = RefusedFields()
    phone = refused.attempt(lambda: numbers.parse_phone("phone", phone_text))
    checked = names.check(name_text)
    refused.add(checked.refusals)
    refused.attempt(lambda: lookups.require_reason(reason, note))
    refused.raise_if_any()
    assert phone is not None  # noqa: S101 - nothing was refused.
    of_phone = Account.phone_index.matches(phone) & (Account.status != CANCELLED)
    accounts = [one for one in Account.select().where(of_phone) if one.name == checked.value]
    hits = [_of_account(account) for account in accounts]
    return _recorded(services, member, "phone", hits, reason, note)


def by_document(
    services: Services, member: StaffMember, document_text: str, reason: str, note: str
) -> list[Hit]:
    """Return the persons of open matters with this passport or permit.

    Raises Refused: FORBIDDEN, WINDOW_REQUIRED, INVALID_INPUT on ``document`` (also for an ID
    number, which is searched by itself), ``reason`` or ``note``, LOOKUP_LIMIT.
    """
    _require_searcher(member)
    number = canonical.id_number_characters(document_text)
    refused = RefusedFields()
    if not 5 <= len(number) <= 30 or not id_numbers.check(number, clock.today()).refusals:
        refused.refuse(invalid("desk.document.wrong_form"))
    refused.attempt(lambda: lookups.require_reason(reason, note))
    refused.raise_if_any()
    lines = [
        line
        for line in finding.with_document(number, open_only=True)
        if line.document_type not in guard.ONLINE_DOCUMENTS
    ]
    hits = [
        Hit(
            number,
            masking.name(name),
            masking.id_number(number),
            None,
            len({line.matter_id for line in lines if line.name == name}),
        )
        for name in dict.fromkeys(line.name for line in lines)
    ]
    return _recorded(services, member, "document", hits, reason, note)


def _require_searcher(member: StaffMember) -> None:
    require(member, Permission.READ_WINDOW)
    with acts.acting(member, "person_searched", Permission.READ_WINDOW):
        acts.require_window(member)


def _of_account(account: Account) -> Hit:
    lines = finding.of_account(account, open_only=True)
    return Hit(
        account.id_number,
        masking.name(account.name),
        masking.id_number(account.id_number),
        account.status,
        len({line.matter_id for line in lines}),
    )


def _recorded(
    services: Services, member: StaffMember, by: By, hits: list[Hit], reason: str, note: str
) -> list[Hit]:
    """Record the search before anything is shown; a search without a hit takes a place, too."""
    if not hits:
        lookups.take_place(services, member)
    for hit in hits:
        lookups.record(services, member, hit.number, reason, note)
    audit.write_own(
        "staff:person:searched",
        actor=member.actor,
        searched_by=by,
        reason=reason,
        hits=len(hits),
        window=member.window_id,
    )
    return hits
