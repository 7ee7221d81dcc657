"""How a request for a code is refused, for whoever asks and for the bot that explains it."""

from typing import Any

from typing_extensions import TypedDict

from miniprogram_api.access import attempts
from miniprogram_api.clients.redis import Full, Limit
from miniprogram_api.reasons import Reason, Refused

# The purposes of codes that are refused in ways of their own.
ACTIVATE = "activate"
CONFIRM = "confirm"
RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose.


class Remaining(TypedDict):
    """Codes that still fit into a window."""

    hour: int
    day: int


def limited(full: Full, codes: Limit) -> Refused:
    """The refusal of a request when a window is full; ``codes`` as ``limit_of``."""
    if full.key != codes.key:
        return attempts.too_many(full, scope="phones")
    return Refused(
        Reason.SMS_RATE_LIMITED,
        retry_after=full.retry_after,
        window=full.window,
        remaining=remaining(full.remaining),
    )


def phone_refusal(
    phone: str, recorded: str | None, purpose: str, account_id: int | None = None
) -> Refused | None:
    """Why a canonical phone cannot stand for the one on record of an account; None when it is."""
    if phone == recorded:
        return None
    # Only a ticket helps somebody whose account was synced with a number that is not his.
    ticket: dict[str, Any] = {"ticket": "activation_phone"} if purpose == ACTIVATE else {}
    hint = recorded[-2:] if recorded else None
    return Refused(Reason.PHONE_NOT_ON_RECORD, account_id=account_id, phone_hint=hint, **ticket)


def of_closed_range(refused: Refused, purpose: str, *, is_on_record: bool) -> Refused:
    """The refusal of a number range for whom another number does not help.

    ``is_on_record``: the phone is the one that the code for this purpose must go to. Whoever
    activates or forgot his password needs the people who can change it; who is signed in changes it
    himself.
    """
    ticket = {ACTIVATE: "activation_phone", RESET_PASSWORD: "phone_change"}.get(purpose)
    if ticket is not None and is_on_record:
        return Refused(refused.reason, **refused.details, ticket=ticket)
    if purpose == CONFIRM:
        return Refused(refused.reason, **refused.details, purpose=purpose)
    return refused


def unavailable(purpose: str, report_number: str = "") -> Refused:
    """The refusal when the gateway did not take a message."""
    if purpose != ACTIVATE:
        return Refused(Reason.SMS_UNAVAILABLE)
    return Refused(Reason.SMS_UNAVAILABLE, case=11, purpose=purpose, report_number=report_number)


def remaining(places: dict[str, int]) -> Remaining:
    """Of the places in the windows those that a caller is told."""
    return {"hour": places["hour"], "day": places["day"]}
