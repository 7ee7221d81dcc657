"""Face challenges: each may be used once, by the session that opened it.

Only a real answer of the source uses up a challenge. A lease allows one call at a time and expires
if its process dies. A passed check that is bound to an act counts until the act is stored.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Literal

import structlog
from peewee import Expression

from config import Settings
from miniprogram_api import clock
from miniprogram_api.access import web_visitors
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.ctid import CtidAnswer
from miniprogram_api.clients.face import FaceAnswer
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from models.accounts.verifications import PASSED, FaceChallenge
from models.storage.database import DatabaseUnavailable
from models.storage.removal import remove_before

Mode = Literal["wechat", "photo"]

# Longer than the slowest call.
LEASE = timedelta(seconds=60)
# How long a passed check counts whose act was not stored.
PASSED_FOR = timedelta(hours=1)

log = structlog.get_logger("faces")


@dataclass(frozen=True, slots=True)
class Holder:
    """Identify the user of a challenge and its mode."""

    session: SessionInfo
    account_id: int | None
    """None: the check is of ``Subject``."""
    mode: Mode | Literal["ctid"]
    bound: str | None = None
    """What the check confirms, SHA-256 in hexadecimal, or its purpose without an account; None: it
    raises the level, or clears a limit."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The person of a check without an account, and the consent that it records."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    consent_version: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold a challenge until the check or the lease ends."""

    challenge_id: str
    claimed_at: datetime
    verify_id: str | None
    outcome_before: str | None
    """Outcome of an earlier check that left the challenge usable."""
    subject: Subject | None = None
    passed_with: str | None = None
    """The number of a bound check that has passed already: nothing is asked again."""


def mode_of(settings: Settings, session: SessionInfo) -> Mode:
    """Return how this session's face is checked.

    In the sandbox a browser sends a picture, so that the whole way can be tried without WeChat.
    """
    is_trial = settings.profile == "sandbox" and web_visitors.is_visitor(session.openid)
    return "photo" if is_trial and find_spec("cv2") is not None else settings.face_mode


def new_id() -> str:
    """Return a unique id of 32 hexadecimal digits, also used as WeChat's out_seq_no."""
    return secrets.token_hex(16)


def account_of(session: SessionInfo, challenge_id: str | None) -> int | None:
    """Return the session's account, or None for a check that the session opened without one.

    Such a check is of a person (``person_checks``). Raises Refused NOT_FOUND for a check of another
    account, which only its code finishes (``handovers``).
    """
    opened = (
        FaceChallenge.select(FaceChallenge.account)
        .where(FaceChallenge.id == challenge_id, FaceChallenge.session_hash == session.token_hash)
        .tuples()
        .first()
    )
    account_id: int | None = session.account_id if opened is None else opened[0]
    if account_id is not None and account_id != session.account_id:
        raise Refused(Reason.NOT_FOUND)
    return account_id


def bound_of(session: SessionInfo, challenge_id: str) -> str | None:
    """Return what a check of this session is bound to, or None."""
    bound: str | None = (
        FaceChallenge.select(FaceChallenge.bound)
        .where(FaceChallenge.id == challenge_id, FaceChallenge.session_hash == session.token_hash)
        .scalar()
    )
    return bound


def insert(
    challenge_id: str,
    holder: Holder,
    lifetime: timedelta,
    verify_id: str | None = None,
    subject: Subject | None = None,
) -> None:
    """Store a new challenge inside the transaction of its cause."""
    now = clock.now()
    person: dict[str, object] = {}
    if subject is not None:
        person = {
            "openid": holder.session.openid,
            "name": subject.name,
            "id_number": subject.id_number,
            "identity_index": subject.id_number,
            "consent_version": subject.consent_version,
        }
    FaceChallenge.insert(
        id=challenge_id,
        account=holder.account_id,
        session_hash=holder.session.token_hash,
        mode=holder.mode,
        bound=holder.bound,
        verify_id=verify_id,
        created_at=now,
        expires_at=now + lifetime,
        **person,
    ).on_conflict_ignore().execute()


def drop_unused(holder: Holder) -> None:
    """Delete the account's open checks of this mode that are bound to no act."""
    FaceChallenge.delete().where(
        (FaceChallenge.account == holder.account_id)
        & (FaceChallenge.mode == holder.mode)
        & FaceChallenge.bound.is_null()
        & FaceChallenge.used_at.is_null()
    ).execute()


def _require_usable(challenge_id: str, holder: Holder) -> FaceChallenge:
    """Return the challenge if the holder can use it now.

    Raises Refused: NOT_FOUND (unknown, used, expired or another's), IDENTITY_CHECK_IN_PROGRESS.
    """
    challenge = FaceChallenge.get_or_none(
        (FaceChallenge.id == challenge_id)
        & (FaceChallenge.account == holder.account_id)
        & (FaceChallenge.session_hash == holder.session.token_hash)
        & (FaceChallenge.mode == holder.mode)
        & (FaceChallenge.bound == holder.bound)
    )
    now = clock.now()
    if challenge is None or challenge.expires_at <= now:
        raise Refused(Reason.NOT_FOUND)
    if challenge.used_at is not None and not _has_passed(challenge):
        if challenge.outcome is not None:
            raise Refused(Reason.NOT_FOUND)
        left = challenge.used_at + LEASE - now
        if left > timedelta(0):
            raise Refused(
                Reason.IDENTITY_CHECK_IN_PROGRESS, retry_after=-(-left // timedelta(seconds=1))
            )
    return challenge


def is_free() -> Expression:
    """Match a check without a final answer that no call asks about now."""
    return FaceChallenge.used_at.is_null() | (
        FaceChallenge.outcome.is_null() & (FaceChallenge.used_at <= clock.now() - LEASE)
    )


def claim(challenge_id: str, holder: Holder) -> Claim:
    """Claim a challenge for one caller."""
    challenge = _require_usable(challenge_id, holder)
    now = clock.now()
    if _has_passed(challenge):
        number = challenge.source_request_id or challenge_id
        return Claim(challenge_id, now, challenge.verify_id, PASSED, passed_with=number)
    taken = (
        FaceChallenge.update(used_at=now, outcome=None)
        .where((FaceChallenge.id == challenge_id) & (FaceChallenge.expires_at > now) & is_free())
        .execute()
    )
    if not taken:
        _require_usable(challenge_id, holder)
        # Released just now: the previous call got no answer.
        raise Refused(Reason.IDENTITY_CHECK_IN_PROGRESS, retry_after=1)
    subject = None
    if holder.account_id is None:
        subject = Subject(challenge.name, challenge.id_number, challenge.consent_version or "")
    return Claim(challenge_id, now, challenge.verify_id, challenge.outcome, subject)


def end(held: Claim, answer: FaceAnswer | CtidAnswer, *, used_up: bool) -> None:
    """Store the outcome; the challenge stays usable unless ``used_up``."""
    FaceChallenge.update(
        used_at=held.claimed_at if used_up else None,
        outcome=answer.outcome.value,
        source_request_id=answer.request_id and answer.request_id[:64],
    ).where(_is(held)).execute()


def passed(held: Claim, request_id: str | None, lasts: timedelta = PASSED_FOR) -> str:
    """Store that a bound check passed, until ``spend``; return its number at the source."""
    number = request_id[:64] if request_id else held.challenge_id
    FaceChallenge.update(
        used_at=held.claimed_at,
        outcome=PASSED,
        source_request_id=number,
        expires_at=clock.now() + lasts,
    ).where(_is(held)).execute()
    return number


def spend(challenge_id: str) -> None:
    """Use up a passed bound check, in the transaction of its act."""
    now = clock.now()
    spent = FaceChallenge.update(expires_at=now).where(
        (FaceChallenge.id == challenge_id)
        & FaceChallenge.bound.is_null(False)
        & (FaceChallenge.outcome == PASSED)
        & (FaceChallenge.expires_at > now)
    )
    if not spent.execute():
        raise Refused(Reason.NOT_FOUND)


def give_back(held: Claim) -> None:
    """Release the challenge with its earlier outcome, unless the check ended."""
    before = {"used_at": None, "outcome": held.outcome_before}
    try:
        FaceChallenge.update(**before).where(_is(held)).execute()
    except DatabaseUnavailable:
        # Do not lose the known outcome: the lease ends the claim.
        log.warning("challenge not given back")


def remove_old() -> int:
    """Delete face checks past their retention and return their number."""
    return remove_before(FaceChallenge.created_at, Kept.FACE_CHALLENGES.cutoff())


def _has_passed(challenge: FaceChallenge) -> bool:
    return challenge.bound is not None and challenge.outcome == PASSED


def _is(held: Claim) -> Expression:
    return (
        (FaceChallenge.id == held.challenge_id)
        & (FaceChallenge.used_at == held.claimed_at)
        & FaceChallenge.outcome.is_null()
    )
