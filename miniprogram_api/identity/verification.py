"""Checking the four elements at the source: who may ask, what its answer means.

While the source is asked no transaction is open and no database connection is held. One person is
checked by one caller at a time: whoever claims the identity first (see ``claimed``).
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import structlog

from miniprogram_api import clock
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.identity import IdentityAnswer, IdentityOutcome
from miniprogram_api.identity import clearances as identity_clearances
from miniprogram_api.identity.documents.characters import DOT
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.operations import outages
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.accounts.verifications import IdentityCheck, IdentityClaim
from models.storage.database import DatabaseUnavailable, release, transaction
from models.storage.fields import keys

Purpose = Literal["register", "activate", "dates", "window"]

CENTRE = "centre"
"""The source of what people at the information centre found right."""

log = structlog.get_logger("verification")

_MISSING_DATA = {
    IdentityOutcome.MISMATCH: Reason.FOUR_ELEMENTS_MISMATCH,
    IdentityOutcome.NO_RECORD: Reason.IDENTITY_NO_RECORD,
    IdentityOutcome.INVALID: Reason.IDENTITY_INVALID,
}
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
) -> None:
    """Ask the source whether the four elements belong together; returns when they do.

    ``address`` is the caller's, ``warnings`` are the codes that the person confirmed. Every answer
    is recorded; only a real "no" uses up an attempt. Raises RuntimeError inside a transaction, and
    Refused: TOO_MANY_ATTEMPTS (nothing was asked), FOUR_ELEMENTS_MISMATCH, IDENTITY_NO_RECORD,
    IDENTITY_INVALID (with ``attempts_left``), INVALID_INPUT (the source refuses the form),
    IDENTITY_SOURCE_BUSY, IDENTITY_DAILY_LIMIT; their ``step`` is the purpose where that is not
    ``register``.
    """
    if identity_clearances.covers(elements):
        _note(services, elements, session, purpose, account_id, warnings, None)
        return
    taken = attempts.take(
        services,
        (
            attempts.identity_of_person(services.settings, elements.id_number),
            attempts.failures_of_address(services.settings, address),
        ),
    )
    counts = False
    try:
        outages.require_on("identity")
        release()
        answer = services.clients.identity.check(
            elements.name, elements.id_number, elements.valid_from, elements.valid_until
        )
        counts = answer.outcome in _MISSING_DATA
    finally:
        if not counts:
            attempts.give_back(services, taken)
    _note(services, elements, session, purpose, account_id, warnings, answer)
    refused = refusal(
        answer.outcome,
        long_term=elements.long_term,
        name_has_dot=DOT in elements.name,
        attempts_left=taken.remaining["day"],
    )
    if refused is not None:
        # Where else the four elements are asked for nobody registers himself: help must know.
        if purpose != "register":
            refused.details["step"] = purpose
        raise refused


def _note(
    services: Services,
    elements: IdentityElements,
    session: SessionInfo,
    purpose: Purpose,
    account_id: int | None,
    warnings: Sequence[str],
    answer: IdentityAnswer | None,
) -> None:
    """Keep what was answered; without an answer the centre had cleared these elements."""
    IdentityCheck.insert(
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
    ).execute()


def refusal(
    outcome: IdentityOutcome, *, long_term: bool, name_has_dot: bool, attempts_left: int
) -> Refused | None:
    """What a person is told to an answer of the source about such elements; None for a match."""
    if outcome is IdentityOutcome.MATCH:
        return None
    case = explaining_case(long_term=long_term, name_has_dot=name_has_dot)
    if outcome in _MISSING_DATA:
        return Refused(_MISSING_DATA[outcome], case=case, attempts_left=attempts_left)
    if outcome in _REFUSED_FIELDS:
        return invalid(_REFUSED_FIELDS[outcome], case=case)
    if outcome is IdentityOutcome.DAILY_LIMIT:
        return Refused(Reason.IDENTITY_DAILY_LIMIT, retry_after=clock.seconds_to_midnight())
    return Refused(Reason.IDENTITY_SOURCE_BUSY)


def explaining_case(*, long_term: bool, name_has_dot: bool) -> int:
    """The problem case that most likely explains 核验数据缺失 for such elements."""
    if long_term:
        return 14
    return 13 if name_has_dot else 4


@dataclass(frozen=True)
class Claim:
    """The right to check one person, held until ``claimed`` ends or the lease does."""

    digests: tuple[bytes, ...]
    holder: bytes

    def confirm(self) -> None:
        """Make sure, inside the transaction of the success, that the claim is still held.

        Raises Refused IDENTITY_CHECK_IN_PROGRESS when the lease ended and somebody else took it.
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
    """Hold the only right to check this person; not to be entered inside a transaction.

    The claim stands under every index key in force, so a key rotation makes no second one possible.
    A claim whose process died is taken over when its lease ends. Raises Refused
    IDENTITY_CHECK_IN_PROGRESS with ``retry_after`` while somebody else holds it.
    """
    # In one order everywhere, so that two claims never wait for each other.
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
    """Insert the claim, or take over one whose lease has ended, in one conditional statement."""
    now = clock.now()
    changed = (
        IdentityClaim.insert(identity_index=digest, holder=holder, lease_until=now + lease)
        .on_conflict(
            conflict_target=[IdentityClaim.identity_index],
            update={IdentityClaim.holder: holder, IdentityClaim.lease_until: now + lease},
            # A lease much longer than any was made before the clock was set back.
            where=(IdentityClaim.lease_until <= now)
            | (IdentityClaim.lease_until > now + 2 * lease),
        )
        .as_rowcount()
        .execute()
    )
    if not changed:
        row = IdentityClaim.get_or_none(IdentityClaim.identity_index == digest)
        # Whoever waited for the row read his clock before the holder did.
        left = min(lease, row.lease_until - now) if row is not None else timedelta(0)
        raise Refused(
            Reason.IDENTITY_CHECK_IN_PROGRESS,
            retry_after=max(1, -(-left // timedelta(seconds=1))),
        )


def _release(claim: Claim) -> None:
    """Give the claim up; never somebody else's who took it over."""
    try:
        IdentityClaim.delete().where(
            IdentityClaim.identity_index.in_(list(claim.digests))
            & (IdentityClaim.holder == claim.holder)
        ).execute()
    except DatabaseUnavailable:
        # The outcome is known and must not be lost for this: the lease ends the claim.
        log.warning("claim not released")


def remove_dead_claims() -> int:
    """Delete the claims whose lease has ended, left by processes that died; returns how many."""
    return int(IdentityClaim.delete().where(IdentityClaim.lease_until <= clock.now()).execute())


def remove_old_checks() -> int:
    """Delete the records of checks that nobody asks about any more; returns how many (PIPL 19)."""
    return int(
        IdentityCheck.delete()
        .where(IdentityCheck.checked_at < Kept.IDENTITY_CHECKS.cutoff())
        .execute()
    )
