"""Recent refusals of a user, by which the bot diagnoses a problem.

A refusal often is the only trace of a problem: an unsupported number range, a wrong phone, a name
that cannot be sent. Only what the user was told is stored.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import NO_CASE, Reason, Refused
from miniprogram_api.retention import Kept
from models.accounts import refusals
from models.storage import canonical
from models.storage.database import DatabaseUnavailable
from models.storage.removal import remove_before

# Obsolete after a registration, an activation, a password reset or a sign-in.
SIGN_IN = (
    Reason.USER_NOT_FOUND,
    Reason.LOGIN_AMBIGUOUS,
    Reason.WRONG_PASSWORD,
    Reason.ACCOUNT_LOCKED,
    Reason.ACCOUNT_CANCELLED,
    Reason.ACTIVATION_REQUIRED,
    Reason.ALREADY_REGISTERED,
    Reason.ALREADY_ACTIVE,
    Reason.ACTIVATION_EXPIRED,
    Reason.CONSENT_REQUIRED,
    Reason.CONSENT_OUTDATED,
    Reason.PHONE_SEGMENT_UNSUPPORTED,
    Reason.PHONE_NOT_ON_RECORD,
    Reason.PHONE_ACCOUNT_LIMIT,
    Reason.SMS_RATE_LIMITED,
    Reason.SMS_NUMBER_BLOCKED,
    Reason.SMS_CODE_WRONG,
    Reason.SMS_CODE_EXPIRED,
    Reason.SMS_CODE_USED,
)
# Explained by the bot though no problem case does, or not always.
_EXPLAINED = frozenset(
    {
        Reason.ALREADY_REGISTERED,
        Reason.ALREADY_ACTIVE,
        Reason.ACCOUNT_CANCELLED,
        Reason.ACCOUNT_FROZEN,
        Reason.CONSENT_REQUIRED,
        Reason.CONSENT_OUTDATED,
        Reason.CANCELLATION_REQUIRED,
        Reason.DOCUMENT_NEEDS_WINDOW,
        Reason.LEVEL_TOO_LOW,
    }
)
# The keys stored of a list in the details; the others are sentences and typed values.
_KEPT_OF_FIELDS = ("field", "code")

log = structlog.get_logger("refusals")


@dataclass(frozen=True, slots=True)
class Note:
    """The last refusal of one kind."""

    reason: Reason
    case: int
    """The problem case that explained it; `NO_CASE` where another kind of entry does."""
    at: datetime
    phone: str | None = field(repr=False)
    """The phone that the caller typed, in its canonical form."""
    details: dict[str, Any]
    """As in ``Refused.details``; of fields and warnings only names and codes."""
    account_id: int | None = None
    """The account that the caller named, for asking the rule again; never to be disclosed."""

    def refused(self, now: datetime) -> Refused:
        """Return the refusal with the rest of its ``retry_after``: whole seconds, rounded up."""
        details = self.details
        if "retry_after" in details:
            until = self.at + timedelta(seconds=int(details["retry_after"]))
            left = max(0, -((now - until) // timedelta(seconds=1)))
            details = {**details, "retry_after": left}
        return Refused(self.reason, case=self.case, **details)


def note(session: SessionInfo | None, refused: Refused, phone_text: object) -> None:
    """Store a refusal that the bot can explain; callers without a session are ignored.

    ``phone_text`` is the phone in the call, if any. An unavailable database is only logged: the
    refusal must reach the caller.
    """
    if session is None or not (refused.case or refused.reason in _EXPLAINED):
        return
    phone = None
    if isinstance(phone_text, str):
        with suppress(ValueError):
            phone = canonical.phone(phone_text)
    try:
        refusals.put(
            session.asker,
            refused.reason.name,
            refused.case or NO_CASE,
            clock.milliseconds(clock.now()),
            phone,
            json.dumps(_harmless(refused.details), ensure_ascii=False, default=str),
            refused.account_id,
        )
    except DatabaseUnavailable:
        log.warning("refusal not noted")


def last(openid: str | None, account_id: int | None) -> list[Note]:
    """Return the refusals of a WeChat user, or without one of an account, newest first."""
    since_ms = clock.milliseconds(Kept.REFUSALS.cutoff())
    return [
        Note(
            Reason[row.reason],
            row.problem_case,
            row.refused_at,
            row.phone,
            json.loads(row.details),
            row.account_id,
        )
        for row in refusals.of(sessions.asker(openid, account_id), since_ms)
        # A newer version may have stored other reasons.
        if row.reason in Reason.__members__
    ]


def forget_sign_in(openid: str | None) -> None:
    """Delete the refusals that a sign-in makes obsolete; in the transaction of the sign-in."""
    if openid is not None:
        refusals.remove(sessions.asker(openid, None), [reason.name for reason in SIGN_IN])


def forget_limits(openid: str) -> None:
    """Delete the refusals that a passed face check makes obsolete, in its transaction."""
    refusals.remove(
        sessions.asker(openid, None), [Reason.TOO_MANY_ATTEMPTS.name, Reason.ACCOUNT_LOCKED.name]
    )


def remove_old() -> int:
    """Delete expired notes; return how many."""
    return remove_before(refusals.RefusalNote.refused_at, Kept.REFUSALS.cutoff())


def _harmless(details: dict[str, Any]) -> dict[str, Any]:
    """Return the details without sentences and suggestions, which may contain typed values."""
    return {
        name: [{k: entry[k] for k in _KEPT_OF_FIELDS if k in entry} for entry in value]
        if name in ("fields", "warnings")
        else value
        for name, value in details.items()
    }
