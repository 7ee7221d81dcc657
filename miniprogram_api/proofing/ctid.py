"""Verify a person at level 4 by CTID (网证), for people whose face check fails."""

from miniprogram_api import audit
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, levels
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.clients.ctid import CtidAnswer, CtidOutcome
from miniprogram_api.clients.guards.slots import RETRY_AFTER_SECONDS
from miniprogram_api.clients.redis import Limit
from miniprogram_api.operations import outages
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.storage.database import release, transaction


def verify(
    services: Services, *, session: SessionInfo, account_id: int, address: str, ctid_token: str
) -> AccountSummary:
    """Raise the account to level 4 if the CTID token is this person's; return the account.

    Only a refusal by CTID counts as an attempt: 5 per person in a moving day, and one of the
    address's failures. Raises Refused, in this order: UNAUTHENTICATED, ACCOUNT_FROZEN,
    ALREADY_VERIFIED, TOO_MANY_ATTEMPTS, CTID_REJECTED (with ``attempts_left``), CTID_UNAVAILABLE.
    """
    account = accounts.get_for_change(account_id)
    levels.require_unverified(account)
    name, id_number = account.name, account.id_number
    taken = attempts.take(services, limits(services, session, account, address))
    counts = False
    try:
        outages.require_on("ctid")
        release()
        answer = services.clients.ctid.verify(ctid_token, name, id_number)
        counts = answer.outcome is CtidOutcome.REJECTED
    finally:
        if not counts:
            attempts.give_back(services, taken)
    if answer.outcome is not CtidOutcome.PASSED:
        raise refusal(answer, attempts_left=taken.remaining["day"])
    with transaction():
        levels.raise_to_verified(
            account_id,
            "ctid",
            actor=audit.by_account(account_id),
            request_id=answer.request_id and answer.request_id[:64],
        )
    return accounts.current(account_id)


def limits(services: Services, session: SessionInfo, account: Account, address: str) -> list[Limit]:
    """Return the limits of tokens that did not prove the account's holder."""
    return [
        attempts.ctid_of_person(services.settings, account.id_number),
        *attempts.failures_of_address(services.settings, session, address),
    ]


def refusal(answer: CtidAnswer, *, attempts_left: int) -> Refused:
    """Return the refusal for any answer but PASSED."""
    if answer.outcome is CtidOutcome.REJECTED:
        return Refused(Reason.CTID_REJECTED, attempts_left=attempts_left)
    wait = {"retry_after": RETRY_AFTER_SECONDS} if answer.outcome is CtidOutcome.NO_SLOT else {}
    return Refused(Reason.CTID_UNAVAILABLE, **wait)
