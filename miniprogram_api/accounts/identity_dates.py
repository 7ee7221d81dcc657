"""Change the term of validity of a renewed or mistyped card (case 16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from miniprogram_api import audit, clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.accounts.changes import prove_holder
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity import verification
from miniprogram_api.identity.documents import id_numbers, terms
from miniprogram_api.identity.documents.check import Check, IdentityElements
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.matter_lines import holders
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import Account, IdentityDatesChange, dates_changed
from models.storage.database import transaction

MOST_CHANGES = 3
WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DatesForm:
    """The term of validity as typed, and the warnings about it that were confirmed."""

    valid_from: str
    valid_until: str
    confirmed_warnings: Sequence[str] = ()


def change(
    services: Services,
    account_id: int,
    form: DatesForm,
    proof: PhoneProof,
    *,
    session: SessionInfo,
    address: str,
) -> AccountSummary:
    """Store the new dates after the source has confirmed them; the level does not change.

    At most 3 changes in 30 days; refusals do not count.
    """
    account = accounts.get_for_change(account_id)
    result = _check(account, form.valid_from, form.valid_until)
    elements = _require_elements(result)
    evidence = prove_holder(account, proof, session=session)
    identity_checks.require_confirmed(result, form.confirmed_warnings)
    require_change_left(account_id)
    with verification.claimed(services, elements.id_number) as claim:
        verification.verify(
            services,
            elements,
            session=session,
            address=address,
            purpose="dates",
            account_id=account_id,
            warnings=[warning.code for warning in result.warnings],
        )
        with transaction():
            claim.confirm()
            current = accounts.locked_for_change(account_id)
            require_change_left(account_id)
            sms_codes.spend(evidence)
            keep(current, elements, actor=audit.by_account(account_id))
    return accounts.current(account_id)


def require_change_left(account_id: int) -> None:
    """Raise Refused IDENTITY_DATES_LIMIT, with ``retry_after``, after 3 changes in 30 days."""
    now = clock.now()
    changed = _changes(account_id)
    if len(changed) >= MOST_CHANGES:
        wait = changed[-1] + WINDOW - now
        raise Refused(
            Reason.IDENTITY_DATES_LIMIT, retry_after=max(1, -(-wait // timedelta(seconds=1)))
        )


def last_change(account_id: int) -> datetime | None:
    """Return when the dates were last changed, if within 30 days."""
    return next(iter(_changes(account_id)), None)


def changes_left(account_id: int) -> int:
    """Return how many changes are left in the present 30 days."""
    return max(0, MOST_CHANGES - len(_changes(account_id)))


def _changes(account_id: int) -> list[datetime]:
    """Return the changes within 30 days, newest first, at most ``MOST_CHANGES``."""
    since_ms = clock.milliseconds(clock.now() - WINDOW)
    return dates_changed(account_id, since_ms, MOST_CHANGES)


def _check(account: Account, valid_from: str, valid_until: str) -> Check:
    """Check the dates alone: name and number were checked at registration."""
    today = clock.today()
    holder = id_numbers.check(account.id_number, today).value
    term = terms.check(valid_from, valid_until, holder, today)
    elements = None
    if term.value is not None:
        elements = IdentityElements(
            account.name, account.id_number, term.value.valid_from, term.value.valid_until
        )
    return Check(elements, list(term.refusals), list(term.warnings))


def checked_elements(account: Account, valid_from: str, valid_until: str) -> IdentityElements:
    """Return the account's elements with other dates."""
    return _require_elements(_check(account, valid_from, valid_until))


def _require_elements(result: Check) -> IdentityElements:
    identity_checks.require_online(result)
    refused = RefusedFields()
    refused.add(result.refusals)
    refused.raise_if_any()
    assert result.elements is not None  # noqa: S101 - nothing was refused.
    return result.elements


def recorded(valid_from: date | None, valid_until: date | None) -> dict[str, str | None]:
    """Return the dates as the ledger records them."""
    return {
        "valid_from": None if valid_from is None else valid_from.isoformat(),
        "valid_until": terms.LONG_TERM if valid_until is None else valid_until.isoformat(),
    }


def keep(account: Account, elements: IdentityElements, *, actor: str) -> None:
    """Store the dates and their history, in the transaction of the check."""
    IdentityDatesChange.insert(
        account=account.id,
        changed_at=clock.now(),
        valid_from_before=account.valid_from,
        valid_until_before=account.valid_until,
        long_term_before=account.long_term,
        valid_from=elements.valid_from,
        valid_until=elements.valid_until,
        long_term=elements.long_term,
    ).execute()
    Account.update(
        valid_from=elements.valid_from,
        valid_until=elements.valid_until,
        long_term=elements.long_term,
    ).where(Account.id == account.id).execute()
    audit.write(
        "api:identity_dates:changed",
        actor=actor,
        account_id=account.id,
    )
    holders.account_changed(account.id)
