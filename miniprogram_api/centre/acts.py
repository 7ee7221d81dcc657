"""Acts of the information centre: each solves its ticket and notifies the opener.

``do`` runs within the transaction of an approval. The other acts need no second person, since they
neither give nor take away an identity; a freeze only follows a proof and ends no ticket.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, cancellation, disputes, identity_dates, switching
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.identity import clearances as identity_clearances
from miniprogram_api.identity import verification
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.matter_lines import holders
from miniprogram_api.messaging import notices
from miniprogram_api.phones import capacity
from miniprogram_api.phones import proofs as phone_proofs
from miniprogram_api.phones.proofs import NamedPerson
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import text
from miniprogram_api.tickets import tickets
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import ACTIVE, CANCELLED, FROZEN, UNACTIVATED, Account
from models.accounts.activations import Activation, PasswordReset
from models.desks import tickets as table
from models.desks.tickets import Ticket

# Acts without a second person → the kinds of their tickets.
KINDS: dict[str, frozenset[str]] = {
    "verify_phone": frozenset({"phone_verification"}),
    # Whatever is asked, the card may have been renewed meanwhile.
    "correct_dates": frozenset(tickets.KINDS) - {"complaint"},
    "freeze": frozenset({"identity_dispute"}),
}

# The tickets that end with other dates; the others go on.
OF_DATES = frozenset({"re_registration", "identity_review"})

State = dict[str, Any]


def do(
    services: Services,
    member: StaffMember,
    row: Ticket,
    act: str,
    details: Mapping[str, Any],
    *,
    reason: str,
    requested_by: str,
) -> int:
    """Do an approved act on a locked ticket and end the ticket; return the ledger line's number.

    Raises Refused: NOT_APPLICABLE when the account has changed, PHONE_ACCOUNT_LIMIT.
    """
    account = None if act == "clear_identity" else desk.subject_of(row)
    person = desk.person_of(row, account)
    before, after = before_and_after(act, account, details)
    action, words = _do(services, member, row, act, account, details)
    ticket_desk.end(member, row, table.RESOLVED, words)
    return ledger.append(
        member,
        action,
        person,
        reason=reason,
        ticket_id=row.id,
        before=before,
        after=after,
        requested_by=requested_by,
    )


def before_and_after(
    act: str, account: Account | None, details: Mapping[str, Any]
) -> tuple[State, State]:
    """Return what an act that needs approval changes. Raises KeyError for another act."""
    if act == "clear_identity":
        return {}, dict(details)
    if account is None:
        raise Refused(Reason.NOT_APPLICABLE)
    if act == "correct_phone":
        return {"phone": account.phone}, {"phone": details["phone"]}
    if act == "cancel_account":
        return {"status": account.status, "level": account.level}, {"status": CANCELLED}
    if act == "unfreeze":
        return {"status": account.status}, {"status": accounts.status_before_freeze(account)}
    raise KeyError(act)


def verify_phone(member: StaffMember, ticket_id: str, reason: str) -> int:
    """Verify a ticket's phone by hand: its opener needs no code for it, once.

    The proof of a ticket that a clerk filed is on the person, or on the person's account.

    Returns the ledger line's number. Raises Refused: INVALID_INPUT on ``reason``, FORBIDDEN,
    NOT_APPLICABLE, and as ``ticket_desk.owned``.
    """
    ticket_desk.require_reason(reason)
    with desk.acting(member, "phone_verified", Permission.WORK_AT_CENTRE):
        row = ticket_desk.owned(member, ticket_id)
        if row.kind not in KINDS["verify_phone"] or row.phone is None:
            raise Refused(Reason.NOT_APPLICABLE)
        _prove_phone(row, row.phone)
        ticket_desk.end(member, row, table.RESOLVED, text("centre.done.phone_verified"))
        return ledger.append(
            member,
            "phone_verified",
            desk.person_of(row),
            reason=reason,
            ticket_id=row.id,
            after={"phone": row.phone},
        )


def _prove_phone(row: Ticket, phone: str) -> None:
    """Raise Refused NOT_APPLICABLE for a ticket of a visitor."""
    if row.openid is not None or row.account_id is not None:
        phone_proofs.prove_manually(phone, openid=row.openid, account_id=row.account_id)
    # Only a clerk has seen the person; a WeChat user may name anybody.
    elif row.source == "clerk" and row.name is not None and row.id_number is not None:
        person = NamedPerson(row.name, row.id_number)
        phone_proofs.prove_manually(phone, person=person)
    else:
        raise Refused(Reason.NOT_APPLICABLE)


def correct_dates(
    services: Services,
    member: StaffMember,
    ticket_id: str,
    valid_from: str,
    valid_until: str,
    *,
    reason: str,
    address: str,
) -> int:
    """Store other dates of the card after the source has confirmed them.

    Returns the ledger line's number.
    """
    ticket_desk.require_reason(reason)
    with desk.acting(member, "dates_corrected", Permission.WORK_AT_CENTRE):
        row = ticket_desk.owned(member, ticket_id)
        if row.kind not in KINDS["correct_dates"]:
            raise Refused(Reason.NOT_APPLICABLE)
        elements = identity_dates.checked_elements(desk.subject_of(row), valid_from, valid_until)
    with verification.claimed(services, elements.id_number) as claim:
        verification.verify(
            services,
            elements,
            session=SessionInfo(b"", member.actor, None),
            address=address,
            purpose="dates",
        )
        with desk.acting(member, "dates_corrected", Permission.WORK_AT_CENTRE):
            row = ticket_desk.owned(member, ticket_id)
            account = desk.subject_of(row)
            claim.confirm()
            before = identity_dates.recorded(account.valid_from, account.valid_until)
            identity_dates.keep(account, elements, actor=member.actor)
            if row.kind in OF_DATES:
                ticket_desk.end(member, row, table.RESOLVED, text("centre.done.dates_corrected"))
            else:
                tickets.note(row, member.actor, "dates_corrected")
            return ledger.append(
                member,
                "dates_corrected",
                desk.person_of(row, account),
                reason=reason,
                ticket_id=row.id,
                before=before,
                after=identity_dates.recorded(elements.valid_from, elements.valid_until),
            )


def freeze(member: StaffMember, ticket_id: str, reason: str) -> int:
    """Freeze a disputed account that was created or restored after its claimant's proof.

    Without a passed face check or a card seen by a clerk it is NOT_APPLICABLE, so that no stranger
    can be frozen. Returns the ledger line's number. Raises Refused: INVALID_INPUT on ``reason``,
    FORBIDDEN, and as ``ticket_desk.owned``.
    """
    ticket_desk.require_reason(reason)
    with desk.acting(member, "account_frozen", Permission.WORK_AT_CENTRE):
        row = ticket_desk.owned(member, ticket_id)
        if row.kind not in KINDS["freeze"] or not disputes.is_proven(row.id):
            raise Refused(Reason.NOT_APPLICABLE)
        if desk.subject_of(row).status == FROZEN:
            raise Refused(Reason.NOT_APPLICABLE)
        return window_desk.freeze(member, row, reason, [])


def _do(
    services: Services,
    member: StaffMember,
    row: Ticket,
    act: str,
    account: Account | None,
    details: Mapping[str, Any],
) -> tuple[str, str]:
    """Return the ledger's action and the words for the opener."""
    if act == "clear_identity" or account is None:
        return _clear_identity(row, details)
    if act == "correct_phone":
        return _correct_phone(services, member, row, account, details)
    if act == "cancel_account":
        return _cancel_account(member, account, row.kind)
    return _unfreeze(account)


def _correct_phone(
    services: Services,
    member: StaffMember,
    row: Ticket,
    account: Account,
    details: Mapping[str, Any],
) -> tuple[str, str]:
    phone = str(details["phone"])
    if account.status not in (ACTIVE, UNACTIVATED):
        raise Refused(Reason.NOT_APPLICABLE)
    capacity.require_capacity(phone, services.settings.accounts_per_phone, but=account.id)
    proved_by = details.get("phone_verified_by", "manual")
    method = proved_by if account.status == ACTIVE else None
    Account.update(phone=phone, phone_index=phone, phone_verified_by=method).where(
        Account.id == account.id
    ).execute()
    if row.source != "clerk":
        # No clerk has seen the person: a ticket may be opened in any name.
        switching.close(account, "phone_changed", phone=phone, actor=member.actor)
    # Begun with the former phone.
    Activation.delete().where(Activation.account == account.id).execute()
    PasswordReset.delete().where(PasswordReset.account == account.id).execute()
    sessions.end_of_account(account.id)
    for notified in {account.phone, phone} - {None}:
        notices.add(account.id, notices.PHONE_CHANGED, notified)
    key = "phone_corrected" if row.kind == "activation_phone" else "phone_changed"
    return "phone_corrected", text(f"centre.done.{key}")


def _clear_identity(row: Ticket, details: Mapping[str, Any]) -> tuple[str, str]:
    assert row.name is not None  # noqa: S101 - checked by the request.
    assert row.id_number is not None  # noqa: S101
    until = details["valid_until"]
    identity_clearances.add(
        row.id,
        row.name,
        row.id_number,
        date.fromisoformat(details["valid_from"]),
        None if until is None else date.fromisoformat(until),
    )
    return "identity_cleared", text("centre.done.identity_cleared")


def _cancel_account(member: StaffMember, account: Account, kind: str) -> tuple[str, str]:
    key = "false_account" if kind == "identity_dispute" else "former_account"
    words = text(f"centre.done.{key}_cancelled")
    cancellation.cancel_by_hand(account.id, words, actor=member.actor)
    return "account_cancelled", words


def _unfreeze(account: Account) -> tuple[str, str]:
    if account.status != FROZEN:
        raise Refused(Reason.NOT_APPLICABLE)
    accounts.unfreeze(account)
    holders.account_changed(account.id)
    return "account_unfrozen", text("centre.done.account_unfrozen")
