"""Verify a person by CTID (网证), for people whose face check fails.

It raises an account to level 4, or at level 4 opens the switch that a reset closed.
"""

from datetime import timedelta

from miniprogram_api import audit
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, levels
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.accounts.levels import Purpose
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.ctid import CtidAnswer, CtidOutcome, CtidSerial
from miniprogram_api.clients.guards.slots import RETRY_AFTER_SECONDS
from miniprogram_api.operations import outages
from miniprogram_api.proofing import face_challenges, limits
from miniprogram_api.proofing.face_challenges import Claim, Holder
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.storage.database import release, transaction

VALID = timedelta(minutes=10)


@answer_class
class CtidChallenge:
    """CTID check, open for this session of this account only."""

    challenge_id: str
    expires_in: int
    """Seconds until it expires."""
    serial: str
    """The number of the check at the CTID service, to which the token belongs."""
    purpose: Purpose
    """verify: raises the level of the account; authorization: after a reset, permits switching
    是否办理 on again."""


def open_challenge(
    services: Services,
    *,
    session: SessionInfo,
    account_id: int,
    address: str,
    purpose: Purpose = "verify",
) -> CtidChallenge:
    """Open a CTID check; a newer one replaces it.

    Raises Refused, in this order: UNAUTHENTICATED, ACCOUNT_FROZEN, ALREADY_VERIFIED,
    TOO_MANY_ATTEMPTS, CTID_UNAVAILABLE (also while an operator has switched CTID off).
    """
    account = accounts.get_for_change(account_id)
    levels.require_checkable(account, purpose)
    attempts.require_room(
        services, limits.ctid_of_holder(services.settings, session, account.id_number, address)
    )
    opened = serial_of(services)
    lifetime = lifetime_of(opened)
    challenge_id, holder = face_challenges.new_id(), Holder(session, account_id, "ctid")
    with transaction():
        face_challenges.drop_unused(holder)
        face_challenges.insert(challenge_id, holder, lifetime, opened.serial)
    return CtidChallenge(challenge_id, int(lifetime.total_seconds()), opened.serial, purpose)


def serial_of(services: Services) -> CtidSerial:
    """Begin a check at CTID. Raises Refused CTID_UNAVAILABLE."""
    outages.require_on("ctid")
    release()
    opened = services.clients.ctid.open()
    if isinstance(opened, CtidAnswer):
        raise refusal(opened, attempts_left=0)
    return opened


def lifetime_of(opened: CtidSerial) -> timedelta:
    """Return how long a check may be finished: as long as its serial, at most VALID."""
    return min(VALID, timedelta(seconds=opened.expires_in))


def verify(
    services: Services,
    *,
    session: SessionInfo,
    account_id: int,
    address: str,
    ctid_token: str,
    challenge_id: str | None = None,
) -> AccountSummary:
    """Raise the account to level 4 if the CTID token is this person's; return the account.

    At level 4 a challenge opens the switch that a reset closed. Only a refusal by CTID counts as an
    attempt: 5 per person in a moving day, and one of the address's failures. Raises Refused, in
    this order: UNAUTHENTICATED, ACCOUNT_FROZEN, ALREADY_VERIFIED, NOT_FOUND (unknown, used, expired
    or another's challenge), IDENTITY_CHECK_IN_PROGRESS, TOO_MANY_ATTEMPTS, CTID_REJECTED (with
    ``attempts_left``), CTID_UNAVAILABLE.
    """
    account = accounts.get_for_change(account_id)
    # A challenge was opened for what the account lacks; a token alone raises the level.
    levels.require_checkable(account, "verify" if challenge_id is None else "authorization")
    holder = Holder(session, account_id, "ctid")
    claim = None if challenge_id is None else face_challenges.claim(challenge_id, holder)
    try:
        _check(services, holder, account, address, ctid_token, claim)
    finally:
        if claim is not None:
            face_challenges.give_back(claim)
    return accounts.current(account_id)


def _check(
    services: Services,
    holder: Holder,
    account: Account,
    address: str,
    ctid_token: str,
    claim: Claim | None,
) -> None:
    """Ask CTID and store what a passed check changes, or raise its refusal."""
    of_holder = limits.ctid_of_holder(services.settings, holder.session, account.id_number, address)
    taken = attempts.take(services, of_holder)
    counts = False
    try:
        outages.require_on("ctid")
        release()
        serial = None if claim is None else claim.verify_id
        answer = services.clients.ctid.verify(ctid_token, account.name, account.id_number, serial)
        counts = answer.outcome is CtidOutcome.REJECTED
    finally:
        if not counts:
            attempts.give_back(services, taken)
    if counts and claim is not None:
        face_challenges.end(claim, answer, used_up=True)
    if answer.outcome is not CtidOutcome.PASSED:
        raise refusal(answer, attempts_left=taken.remaining["day"])
    with transaction():
        levels.prove(
            account.id,
            "ctid",
            actor=audit.by_account(account.id),
            request_id=answer.request_id and answer.request_id[:64],
        )
        if claim is not None:
            face_challenges.end(claim, answer, used_up=True)


def prove_person(
    services: Services,
    session: SessionInfo,
    name: str,
    id_number: str,
    *,
    address: str,
    ctid_token: str,
) -> CtidAnswer:
    """Ask CTID about a person for an asker without the person's account; return a passed check.

    Only refusals by CTID count, for this asker alone. Raises Refused: TOO_MANY_ATTEMPTS,
    CTID_REJECTED (with ``attempts_left``), CTID_UNAVAILABLE.
    """
    of_asker = limits.ctid_of_asker(services.settings, session, id_number, address)
    taken, counts = attempts.take(services, of_asker), False
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
    return answer


def refusal(answer: CtidAnswer, *, attempts_left: int) -> Refused:
    """Return the refusal for any answer but PASSED."""
    if answer.outcome is CtidOutcome.REJECTED:
        return Refused(Reason.CTID_REJECTED, attempts_left=attempts_left)
    wait = {"retry_after": RETRY_AFTER_SECONDS} if answer.outcome is CtidOutcome.NO_SLOT else {}
    return Refused(Reason.CTID_UNAVAILABLE, **wait)
