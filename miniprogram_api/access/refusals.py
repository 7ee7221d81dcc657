"""What the API refused to somebody lately, so that the bot knows why he is stuck.

A refusal by which a problem case is met is often the only trace of it: a number range that is not
supported, a phone that is not the one on record, a name that cannot be sent. Noted is what the
caller was told anyway, so repeating it to him gives nothing away.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import NO_CASE, Reason, Refused
from miniprogram_api.retention import Kept
from models.accounts import refusals as table
from models.storage import canonical
from models.storage.database import DatabaseUnavailable, instant

# What is over as soon as somebody registers, activates, resets his password or signs in.
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
    # Whatever phone or code was refused, he got in with another one or without any.
    Reason.PHONE_SEGMENT_UNSUPPORTED,
    Reason.PHONE_NOT_ON_RECORD,
    Reason.PHONE_ACCOUNT_LIMIT,
    Reason.SMS_RATE_LIMITED,
    Reason.SMS_CODE_WRONG,
    Reason.SMS_CODE_EXPIRED,
    Reason.SMS_CODE_USED,
)
# What the bot explains though no problem case does, or not always.
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
# What a list in the details may keep: the rest is a sentence or a value that was typed.
_KEPT_OF_FIELDS = ("field", "code")

log = structlog.get_logger("refusals")


@dataclass(frozen=True, slots=True)
class Note:
    """One refusal, the last of its kind."""

    reason: Reason
    case: int
    """The problem case that explained it; `NO_CASE` where an entry of another kind does."""
    at: datetime
    phone: str | None = field(repr=False)
    """The phone that the caller had typed, in its canonical form."""
    details: dict[str, Any]
    """As in ``Refused.details``; of fields and warnings only their names and codes."""
    account_id: int | None = None
    """The account that he had named, which need not be his: to ask the rule again, not to tell."""

    def refused(self, now: datetime) -> Refused:
        """The refusal as it reads now: of ``retry_after``, if it has one, what is left of it.

        Whole seconds, rounded up; 0 when it is over.
        """
        details = self.details
        if "retry_after" in details:
            until = self.at + timedelta(seconds=int(details["retry_after"]))
            left = max(0, -((now - until) // timedelta(seconds=1)))
            details = {**details, "retry_after": left}
        return Refused(self.reason, case=self.case, **details)


def note(session: SessionInfo | None, refused: Refused, phone_text: object) -> None:
    """Keep a refusal that the bot can explain; nothing is kept of strangers.

    ``phone_text`` is the phone that came with the call, if any. What was decided must reach the
    caller, so a database that does not answer is only logged.
    """
    if session is None or not (refused.case or refused.reason in _EXPLAINED):
        return
    phone = None
    if isinstance(phone_text, str):
        try:
            phone = canonical.phone(phone_text)
        except ValueError:
            phone = None
    try:
        table.put(
            name_of(session.openid, session.account_id),
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
    """What was refused to a WeChat user, or without one to an account; newest first."""
    since_ms = clock.milliseconds(Kept.REFUSALS.cutoff())
    return [
        Note(
            Reason[row.reason],
            row.problem_case,
            instant(row.refused_at),
            row.phone,
            json.loads(row.details),
            row.account_id,
        )
        for row in table.of(name_of(openid, account_id), since_ms)
        # A newer version may have known more reasons.
        if row.reason in Reason.__members__
    ]


def forget_sign_in(openid: str | None) -> None:
    """Forget what kept a WeChat user from signing in; in the transaction in which he got there."""
    if openid is not None:
        table.remove(name_of(openid, None), [reason.name for reason in SIGN_IN])


def name_of(openid: str | None, account_id: int | None) -> str:
    """Under what the notes of somebody are kept."""
    return openid or f"account:{account_id}"


def remove_old() -> int:
    """Delete the notes that are older than a week; returns how many."""
    too_old = table.RefusalNote.refused_at < Kept.REFUSALS.cutoff()
    return int(table.RefusalNote.delete().where(too_old).execute())


def _harmless(details: dict[str, Any]) -> dict[str, Any]:
    """The details without sentences and suggested values, which may hold what was typed."""
    return {
        name: [{k: entry[k] for k in _KEPT_OF_FIELDS if k in entry} for entry in value]
        if name in ("fields", "warnings")
        else value
        for name, value in details.items()
    }
