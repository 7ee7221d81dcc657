"""Describe past checks of the four elements and of the face, and remaining attempts.

Refusals come from the rules themselves; nothing is consumed.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from miniprogram_api import clock
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.face import FaceAnswer
from miniprogram_api.clients.face import FaceOutcome as FaceOutcome
from miniprogram_api.clients.guards.breaker import SourceState as SourceState
from miniprogram_api.clients.identity import IdentityOutcome as IdentityOutcome
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.redis import Full, Limit, Taken, take_inquiry
from miniprogram_api.identity import limits as identity_limits
from miniprogram_api.identity import verification
from miniprogram_api.proofing import faces, limits
from miniprogram_api.proofing.face_challenges import Mode
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts import verifications as table

# Covers questions after a weekend.
LOOKED_BACK = timedelta(days=7)
MOST = 10


@dataclass(frozen=True, slots=True)
class PastIdentityCheck:
    """Describe one check of the four elements at the source."""

    at: datetime
    purpose: str
    refusal: Refused | None
    """None for a match; without ``attempts_left``."""
    is_no: bool
    """Whether it was a real refusal, which counts as an attempt."""
    long_term: bool
    name_has_dot: bool
    confirmed: tuple[str, ...]
    """Codes of the warnings that the person confirmed."""
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PastFaceCheck:
    """Describe one finished face check."""

    at: datetime
    outcome: FaceOutcome
    mode: Mode
    refusal: Refused | None


@dataclass(frozen=True, slots=True)
class AttemptsLeft:
    """Describe what one more check would return."""

    refusal: Refused | None
    """TOO_MANY_ATTEMPTS with ``retry_after``, or None."""
    left: int
    """Refusals left in this moving day, or checks left in this hour."""


def past_identity_checks(openid: str | None, account_id: int | None) -> list[PastIdentityCheck]:
    """Return the checks of the last week, newest first."""
    rows = table.last_checks(openid, account_id, _since(), MOST)
    return [_past_identity_check(row) for row in rows]


def past_face_checks(account_id: int | None) -> list[PastFaceCheck]:
    """Return the finished face checks of the last week, newest first."""
    if account_id is None:
        return []
    checks = []
    for row in table.last_faces(account_id, _since(), MOST):
        checks.append(past_face_check(row.ended_at, FaceOutcome(row.outcome), _mode(row.mode)))
    return checks


def past_face_check(at: datetime, outcome: FaceOutcome, mode: Mode = "wechat") -> PastFaceCheck:
    """Describe a face check with this outcome."""
    refusal = None
    if outcome is not FaceOutcome.PASSED:
        refusal = faces.refusal(FaceAnswer(outcome), mode, attempts_left=None)
    return PastFaceCheck(at, outcome, mode, refusal)


def identity_attempts(
    services: Services, id_number: str, asker: SessionInfo, purpose: str
) -> Inquiry[AttemptsLeft]:
    """Inquire the attempts left for a person's four elements."""
    inquiry = _left(*identity_limits.limits(services, id_number, asker, purpose))

    def read(answer: list[int]) -> AttemptsLeft:
        places = inquiry.read(answer)
        if places.refusal is not None:
            identity_limits.name_way(places.refusal, asker)
        return places

    return Inquiry(inquiry.script, inquiry.keys, inquiry.arguments, read)


def face_attempts(services: Services, id_number: str) -> Inquiry[AttemptsLeft]:
    """Inquire the attempts left for a person's face."""
    return _left(limits.faces_of_person(services.settings, id_number), scope="faces")


def ctid_attempts(services: Services, id_number: str) -> Inquiry[AttemptsLeft]:
    """Inquire the attempts left for a person at CTID."""
    return _left(limits.ctid_of_person(services.settings, id_number))


def face_checks(services: Services, account_id: int) -> Inquiry[AttemptsLeft]:
    """Inquire how many face checks an account may open."""
    limit = limits.face_checks_of(services.settings, account_id)
    return _left(limit, scope="face_checks")


def is_unanswered(refusal: Refused | None) -> bool:
    """Return whether a check ended without an answer of the source."""
    return refusal is not None and refusal.reason is Reason.IDENTITY_SOURCE_BUSY


def identity_source(services: Services) -> Inquiry[SourceState]:
    """Inquire the state of the source of the four elements."""
    return services.clients.identity.state_inquiry()


def face_source(services: Services) -> Inquiry[SourceState]:
    """Inquire the state of the source of faces."""
    return services.clients.face.state_inquiry(services.settings.face_mode)


def _past_identity_check(row: table.CheckRow) -> PastIdentityCheck:
    return past_identity_check(
        row.checked_at,
        IdentityOutcome[row.outcome.upper()],
        id_number=row.id_number,
        purpose=row.purpose,
        long_term=row.long_term,
        name_has_dot=row.name_has_dot,
        confirmed=tuple(code for code in row.warnings.split(",") if code),
    )


def past_identity_check(
    at: datetime,
    outcome: IdentityOutcome,
    *,
    id_number: str,
    purpose: str = "register",
    long_term: bool = False,
    name_has_dot: bool = False,
    confirmed: tuple[str, ...] = (),
) -> PastIdentityCheck:
    """Describe a check of the four elements with this outcome."""
    refusal = verification.refusal(
        outcome,
        long_term=long_term,
        name_has_dot=name_has_dot,
        purpose=purpose,
    )
    is_no = outcome.is_real_answer and refusal is not None
    return PastIdentityCheck(
        at, purpose, refusal, is_no, long_term, name_has_dot, confirmed, id_number
    )


def _left(limit: Limit, *others: Limit, **details: Any) -> Inquiry[AttemptsLeft]:
    inquiry = take_inquiry([limit, *others], clock.milliseconds(clock.now()))

    def read(answer: list[int]) -> AttemptsLeft:
        places: Taken | Full = inquiry.read(answer)
        if isinstance(places, Taken):
            return AttemptsLeft(None, places.remaining[limit.windows[0].name])
        return AttemptsLeft(attempts.too_many(places, **details), 0)

    return Inquiry(inquiry.script, inquiry.keys, inquiry.arguments, read)


def _since() -> int:
    return clock.milliseconds(clock.now() - LOOKED_BACK)


def _mode(text: str) -> Mode:
    return "photo" if text == "photo" else "wechat"
