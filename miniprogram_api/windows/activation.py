"""Activate a synced account at a window, and verify its holder, in one act.

The card replaces what the older system recorded; the phone may be new, a relative's or none.
"""

from datetime import date
from typing import Any

from miniprogram_api import audit, clock
from miniprogram_api.accounts import accounts, consents
from miniprogram_api.enrolment.registration import activated_columns
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.messaging import notices
from miniprogram_api.phones import capacity
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets.tickets import Subject
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.verifications import OnSite, VerifiedAtWindow
from models.accounts.accounts import UNACTIVATED, Account
from models.accounts.activations import Activation


def activate(
    member: StaffMember,
    account_id: int,
    elements: IdentityElements,
    on_site: OnSite,
    *,
    phone: str | None,
    phone_verified_by: str | None,
    accounts_per_phone: int,
    **more: Any,
) -> VerifiedAtWindow:
    """Activate an account and raise it to level 4 by hand, within ``acting``.

    The ledger line has what the record said differently. Its holder sets the first password as
    after a registration at a window. Raises Refused: ALREADY_REGISTERED when it was activated
    meanwhile, PHONE_ACCOUNT_LIMIT.
    """
    subject = Subject(elements.name, elements.id_number, phone=phone)
    row = window_desk.ticket_about(member, subject, account_id, on_site)
    account = Account.locked(account_id)
    if account is None or account.status != UNACTIVATED:
        raise Refused(Reason.ALREADY_REGISTERED)
    if phone is not None:
        capacity.require_capacity(phone, accounts_per_phone, but=account_id)
    Account.update(
        phone=phone,
        phone_index=phone,
        phone_verified_by=phone_verified_by,
        **activated_columns(elements, clock.now()),
    ).where(Account.id == account_id).execute()
    Activation.delete().where(Activation.account == account_id).execute()
    consents.record(account_id, (consents.GENERAL, consents.IDENTITY))
    notices.status_changed(account_id, phone)
    if account.phone is not None and account.phone != phone:
        notices.add(account_id, notices.PHONE_CHANGED, account.phone)
    # The figures count activations by this tag.
    audit.write(
        "api:account:activated",
        actor=member.actor,
        account_id=account_id,
        phone_verified_by=phone_verified_by,
    )
    activated = Account.get_by_id(account_id)
    before, after = _recorded(account), _recorded(activated)
    changed = [name for name in before if before[name] != after[name]]
    return window_desk.conclude(
        member,
        row,
        activated,
        on_site,
        "person_activated",
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        phone_verified_by=phone_verified_by,
        **more,
    )


def _recorded(account: Account) -> dict[str, str | None]:
    return {
        "status": account.status,
        "name": account.name,
        "valid_from": _day(account.valid_from),
        "valid_until": accounts.LONG_TERM if account.long_term else _day(account.valid_until),
        "phone": account.phone,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
