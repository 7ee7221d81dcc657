"""Store the dates of a renewed card that the clerk has seen and the source has confirmed."""

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, identity_dates
from miniprogram_api.captures import evidence_seen
from miniprogram_api.desks import acts
from miniprogram_api.identity import verification
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.ledger import lines
from miniprogram_api.ledger.lines import Person
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.windows import verifications
from miniprogram_api.windows.verifications import OnSite
from models.accounts.accounts import FROZEN, Account

ACTION = "dates_corrected"


def renew(
    services: Services,
    member: StaffMember,
    id_text: str,
    dates: tuple[str, str],
    on_site: OnSite,
    *,
    address: str,
) -> int:
    """Store first and last day of the present card; return the ledger line's number.

    The level does not change, and the limit of the user's own changes does not count. Raises
    Refused as ``verification.verify`` where the source denies the dates: the centre decides then.
    """
    id_number = acts.read_id_number(id_text)
    with acts.acting(member, ACTION, Permission.WORK_AT_WINDOW):
        account = _account(member, id_number)
        elements = _elements(account, dates, on_site)
    with verification.claimed(services, id_number) as claim:
        verification.verify(
            services,
            elements,
            session=SessionInfo(b"", member.actor, None),
            address=address,
            purpose="dates",
            account_id=account.id,
        )
        with acts.acting(member, ACTION, Permission.WORK_AT_WINDOW):
            account = _account(member, id_number)
            claim.confirm()
            before = identity_dates.recorded(account.valid_from, account.valid_until)
            identity_dates.keep(account, elements, actor=member.actor)
            return lines.append(
                member,
                ACTION,
                Person(id_number, account.name, account.id),
                reason=on_site.reason,
                evidence=evidence_seen.names(on_site.evidence_seen),
                before=before,
                after=identity_dates.recorded(elements.valid_from, elements.valid_until),
                place=windows.place_of_act(on_site.place, member.window_id),
            )


def _elements(account: Account, dates: tuple[str, str], on_site: OnSite) -> IdentityElements:
    """Return the elements of the card. Raises Refused INVALID_INPUT with every refused field."""
    refused = RefusedFields()
    refused.attempt(lambda: verifications.judge(on_site))
    elements = refused.attempt(lambda: identity_dates.checked_elements(account, *dates))
    refused.raise_if_any()
    assert elements is not None  # noqa: S101 - nothing was refused.
    return elements


def _account(member: StaffMember, id_number: str) -> Account:
    """Return the person's activated account, locked."""
    account = acts.account_with(id_number)
    acts.require_others_matter(member, id_number, None if account is None else account.name)
    if account is None:
        raise Refused(Reason.PERSON_NOT_REGISTERED)
    if account.status == FROZEN:
        raise Refused(Reason.ACCOUNT_FROZEN)
    accounts.require_activated(account)
    return account
