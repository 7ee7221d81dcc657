"""Check the four elements at the source.

No transaction is open and no connection is held during the call. One caller at a time checks a
person: the holder of the claim (see ``claimed``).
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from miniprogram_api import clock
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.guards.slots import RETRY_AFTER_SECONDS
from miniprogram_api.clients.identity import IdentityAnswer, IdentityOutcome
from miniprogram_api.identity import clearances as identity_clearances
from miniprogram_api.identity import limits as identity_limits
from miniprogram_api.identity.documents.characters import DOT
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.identity.limits import Purpose
from miniprogram_api.operations import outages
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.accounts.verifications import IdentityCheck, IdentityClaim
from models.storage.database import DatabaseUnavailable, release, transaction
from models.storage.fields import keys
from models.storage.removal import remove_before

CENTRE = "centre"
"""The source of elements that the information centre confirmed."""

log = structlog.get_logger("verification")

_MISSING_DATA = {
    IdentityOutcome.MISMATCH: Reason.FOUR_ELEMENTS_MISMATCH,
    IdentityOutcome.NO_RECORD: Reason.IDENTITY_NO_RECORD,
    IdentityOutcome.INVALID: Reason.IDENTITY_INVALID,
}
_CORRECTED_BY_PHOTO = (IdentityOutcome.MISMATCH, IdentityOutcome.NO_RECORD)
_REFUSED_FIELDS = {
    IdentityOutcome.BAD_NUMBER: "verification.id_number.id_number_not_accepted",
    IdentityOutcome.BAD_NAME: "verification.name.name_not_accepted",
    IdentityOutcome.BAD_PERIOD: "verification.valid_until.term_not_accepted",
}


def verify(
    services: Services,
    elements: IdentityElements,
    *,
    session: SessionInfo,
    address: str,
    purpose: Purpose,
    account_id: int | None = None,
    warnings: Sequence[str] = (),
) -> int:
    """Ask the source whether the four elements belong together; return the check's id if they do.

    ``address`` is the caller's; ``warnings`` are the codes that the person confirmed. Every answer
    is recorded; only a refusal by the source counts as an attempt (``identity.limits``). Raises
    RuntimeError inside a transaction, and Refused: TOO_MANY_ATTEMPTS (before asking),
    FOUR_ELEMENTS_MISMATCH, IDENTITY_NO_RECORD, IDENTITY_INVALID (with ``attempts_left``),
    INVALID_INPUT (the source rejects the form), IDENTITY_SOURCE_BUSY, IDENTITY_DAILY_LIMIT; with
    the purpose as ``step`` unless it is ``register``.
    """
    if identity_clearances.covers(elements):
        return _record(services, elements, session, purpose, account_id, warnings, None)
    limits = (
        *identity_limits.limits(services, elements.id_number, session, purpose),
        *attempts.failures_of_address(services.settings, session, address),
    )
    try:
        taken = attempts.take(services, limits)
    except Refused as full:
        identity_limits.name_way(full, session)
        raise
    counts = False
    try:
        outages.require_on("identity", **_step(purpose))
        release()
        answer = services.clients.identity.check(
            elements.name, elements.id_number, elements.valid_from, elements.valid_until
        )
        counts = answer.outcome in _MISSING_DATA
    finally:
        if not counts:
            attempts.give_back(services, taken)
    refused = refusal(
        answer.outcome,
        long_term=elements.long_term,
        name_has_dot=DOT in elements.name,
        attempts_left=taken.remaining["day"],
        purpose=purpose,
    )
    reads_cards = purpose == "register" and services.settings.card_ocr != "off"
    if refused is not None and answer.outcome in _CORRECTED_BY_PHOTO and reads_cards:
        refused.details["by_photo"] = True
    if refused is not None and answer.outcome is IdentityOutcome.NO_SLOT:
        # The source was not asked.
        raise refused
    check_id = _record(services, elements, session, purpose, account_id, warnings, answer)
    if refused is not None:
        raise refused
    return check_id


def note_account(check_id: int, account_id: int) -> None:
    """Note the account that a check led to, in the transaction that creates it."""
    IdentityCheck.update(account=account_id).where(IdentityCheck.id == check_id).execute()


def _record(
    services: Services,
    elements: IdentityElements,
    session: SessionInfo,
    purpose: Purpose,
    account_id: int | None,
    warnings: Sequence[str],
    answer: IdentityAnswer | None,
) -> int:
    """Record the answer, None: the centre had confirmed these elements; return its id."""
    added = IdentityCheck.insert(
        id_number=elements.id_number,
        identity_index=elements.id_number,
        account=account_id,
        openid=session.openid,
        purpose=purpose,
        checked_at=clock.now(),
        outcome="match" if answer is None else answer.outcome.name.lower(),
        source=CENTRE if answer is None else services.clients.identity.name,
        source_request_id=None if answer is None else answer.request_id,
        long_term=elements.long_term,
        name_has_dot=DOT in elements.name,
        warnings=",".join(warnings)[:255],
    )
    return int(added.execute())


def refusal(
    outcome: IdentityOutcome,
    *,
    long_term: bool,
    name_has_dot: bool,
    attempts_left: int | None = None,
    purpose: str = "register",
) -> Refused | None:
    """Return the refusal for an answer of the source about such elements; None for a match.

    Its help differs where the person does not register: there no name is typed that could lack its
    dot. ``purpose`` is then the ``step``.
    """
    if outcome is IdentityOutcome.MATCH:
        return None
    step = _step(purpose)
    case = 14 if long_term else 13 if name_has_dot and not step else 4
    if outcome is IdentityOutcome.INVALID:
        # No correction of the elements helps.
        case = 4
    if outcome in _MISSING_DATA:
        left = {} if attempts_left is None else {"attempts_left": attempts_left}
        return Refused(_MISSING_DATA[outcome], case=case, **left, **step)
    if outcome in _REFUSED_FIELDS:
        refused = invalid(_REFUSED_FIELDS[outcome], case=case)
        refused.details.update(step, ticket="identity_review")
        return refused
    if outcome is IdentityOutcome.DAILY_LIMIT:
        again = clock.seconds_to_midnight()
        return Refused(Reason.IDENTITY_DAILY_LIMIT, retry_after=again, **step)
    if outcome is IdentityOutcome.NO_SLOT:
        step["retry_after"] = RETRY_AFTER_SECONDS
    return Refused(Reason.IDENTITY_SOURCE_BUSY, **step)


def _step(purpose: str) -> dict[str, Any]:
    """Return the detail of a refusal that names where the person does not register."""
    return {} if purpose == "register" else {"step": purpose}


@dataclass(frozen=True)
class Claim:
    """Hold the exclusive right to check one person, until ``claimed`` or the lease ends."""

    digests: tuple[bytes, ...]
    holder: bytes

    def confirm(self) -> None:
        """Verify, inside the final transaction, that the claim is still held.

        Raises Refused IDENTITY_CHECK_IN_PROGRESS if the lease ended and another caller took the
        claim.
        """
        held = (
            IdentityClaim.update(holder=self.holder)
            .where(
                IdentityClaim.identity_index.in_(list(self.digests))
                & (IdentityClaim.holder == self.holder)
            )
            .execute()
        )
        if held != len(self.digests):
            raise Refused(Reason.IDENTITY_CHECK_IN_PROGRESS, retry_after=1)


@contextmanager
def claimed(services: Services, id_number: str) -> Iterator[Claim]:
    """Claim the exclusive right to check this person, outside of any transaction.

    The claim covers every index key in use, so a key rotation allows no second one. The claim of a
    dead process can be taken over when its lease ends. Raises Refused IDENTITY_CHECK_IN_PROGRESS
    with ``retry_after`` while another caller holds it.
    """
    # A fixed order prevents deadlocks between two claims.
    digests = tuple(sorted(keys().digests(id_number, IdentityClaim.identity_index.context)))
    claim = Claim(digests, secrets.token_bytes(16))
    lease = services.settings.longest_call
    with transaction():
        for digest in digests:
            _claim_one(digest, claim.holder, lease)
    try:
        yield claim
    finally:
        _release(claim)


def _claim_one(digest: bytes, holder: bytes, lease: timedelta) -> None:
    """Insert the claim or take over an expired one in one conditional statement."""
    now = clock.now()
    changed = (
        IdentityClaim.insert(identity_index=digest, holder=holder, lease_until=now + lease)
        .on_conflict(
            conflict_target=[IdentityClaim.identity_index],
            update={IdentityClaim.holder: holder, IdentityClaim.lease_until: now + lease},
            # The clock was set back after such a long lease was made.
            where=(IdentityClaim.lease_until <= now)
            | (IdentityClaim.lease_until > now + 2 * lease),
        )
        .as_rowcount()
        .execute()
    )
    if not changed:
        row = IdentityClaim.get_or_none(IdentityClaim.identity_index == digest)
        # A caller that waited for the row has an earlier time than the holder.
        left = min(lease, row.lease_until - now) if row is not None else timedelta(0)
        raise Refused(
            Reason.IDENTITY_CHECK_IN_PROGRESS,
            retry_after=max(1, -(-left // timedelta(seconds=1))),
        )


def _release(claim: Claim) -> None:
    """Release the claim unless another caller took it over."""
    try:
        IdentityClaim.delete().where(
            IdentityClaim.identity_index.in_(list(claim.digests))
            & (IdentityClaim.holder == claim.holder)
        ).execute()
    except DatabaseUnavailable:
        # Do not lose the known outcome: the lease ends the claim.
        log.warning("claim not released")


def remove_expired_claims() -> int:
    """Delete the expired claims of dead processes and return their number."""
    return int(IdentityClaim.delete().where(IdentityClaim.lease_until <= clock.now()).execute())


def remove_old_checks() -> int:
    """Delete checks past their retention (PIPL 19) and return their number."""
    return remove_before(IdentityCheck.checked_at, Kept.IDENTITY_CHECKS.cutoff())
