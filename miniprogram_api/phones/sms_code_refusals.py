"""Refusals of requests for a code, for the API and for the bot that explains them."""

from typing import Any

from typing_extensions import TypedDict

from miniprogram_api.access import attempts
from miniprogram_api.clients.redis import Full, Limit
from miniprogram_api.reasons import Reason, Refused

# Purposes with refusals of their own.
ACTIVATE = "activate"
CONFIRM = "confirm"
CHANGE_PHONE = "change_phone"
RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose.

# The ``side`` of SMS_UNAVAILABLE: the gateway, or our limit on all codes of an hour.
GATEWAY = "gateway"
RATE = "rate"


class Remaining(TypedDict):
    """Codes that still fit into a window."""

    hour: int
    day: int


def rate_limited(full: Full, codes: Limit) -> Refused:
    """Build the refusal for a full window; ``codes`` as ``limit_of``."""
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
    """Return the refusal of a canonical phone other than the one on record, or None."""
    if phone == recorded:
        return None
    # A wrong number of a synced account can only be corrected by a ticket.
    ticket: dict[str, Any] = {"ticket": "activation_phone"} if purpose == ACTIVATE else {}
    hint = recorded[-2:] if recorded else None
    return Refused(Reason.PHONE_NOT_ON_RECORD, account_id=account_id, phone_hint=hint, **ticket)


def for_other_phone(recorded: str, purpose: str, account_id: int | None) -> Refused:
    """Build the refusal of a valid proof whose phone is not the one to be proved.

    ``recorded``: empty when the account has none. Only its holder is told the last digits.
    """
    if purpose == CONFIRM:
        hint = recorded[-2:] or None
        return Refused(Reason.PHONE_NOT_ON_RECORD, account_id=account_id, phone_hint=hint)
    if purpose == RESET_PASSWORD:
        return Refused(Reason.PHONE_NOT_ON_RECORD)
    return Refused(Reason.PHONE_PROOF_INVALID)


def for_closed_range(refused: Refused, purpose: str, *, is_on_record: bool) -> Refused:
    """Adapt the refusal of a number range where another number does not help.

    ``is_on_record``: the code for this purpose must go to this phone. Activating and resetting a
    password need a ticket; signed-in users can change the phone.
    """
    ticket = {ACTIVATE: "activation_phone", RESET_PASSWORD: "phone_change"}.get(purpose)
    if ticket is not None and is_on_record:
        return Refused(refused.reason, **refused.details, ticket=ticket)
    if purpose in (CONFIRM, CHANGE_PHONE):
        return Refused(refused.reason, **refused.details, purpose=purpose)
    return refused


def unavailable(purpose: str, report_number: str = "") -> Refused:
    """Build the refusal when the gateway did not take a message."""
    if purpose != ACTIVATE:
        return Refused(Reason.SMS_UNAVAILABLE, side=GATEWAY)
    return Refused(
        Reason.SMS_UNAVAILABLE,
        case=11,
        side=GATEWAY,
        purpose=purpose,
        report_number=report_number,
    )


def remaining(places: dict[str, int]) -> Remaining:
    """Select the windows that a caller sees."""
    return {"hour": places["hour"], "day": places["day"]}
