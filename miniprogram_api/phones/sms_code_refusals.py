"""Refusals of requests for a code, for the API and for the bot that explains them."""

from typing import Any

from typing_extensions import TypedDict

from miniprogram_api.access import attempts
from miniprogram_api.clients.guards.slots import RETRY_AFTER_SECONDS
from miniprogram_api.clients.redis import Full, Limit
from miniprogram_api.clients.sms.gateway import OF_NUMBER, SmsOutcome, SmsResult
from miniprogram_api.reasons import Reason, Refused

# Purposes with refusals of their own.
ACTIVATE = "activate"
CONFIRM = "confirm"
CHANGE_PHONE = "change_phone"
RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose.

# The ``side`` of SMS_UNAVAILABLE: the gateway failed; a limit, the vendor's or ours on all codes of
# an hour; balance, template, signature or authorisation.
GATEWAY = "gateway"
RATE = "rate"
OPERATOR = "operator"
# The ``cause`` of SMS_NUMBER_BLOCKED: on a list of vendor or carrier; no number of the mainland.
BLOCKED = "blocked"
WRONG = "wrong"
# The ticket for a phone on record that cannot be changed otherwise.
_TICKETS = {ACTIVATE: "activation_phone", RESET_PASSWORD: "phone_change"}


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
    ticket = _TICKETS.get(purpose)
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


def of_gateway(result: SmsResult, purpose: str, report_number: str = "") -> Refused:
    """Build the refusal for a message that was not accepted, by who can help: three kinds."""
    if result.outcome in OF_NUMBER:
        return number_blocked(purpose, is_wrong=result.outcome is SmsOutcome.NUMBER_WRONG)
    refused = unavailable(purpose, report_number)
    if result.outcome is SmsOutcome.RATE:
        refused.details.update(side=RATE, retry_after=result.retry_after)
    elif result.outcome is SmsOutcome.OPERATOR:
        refused.details["side"] = OPERATOR
    elif result.outcome is SmsOutcome.NO_SLOT:
        refused.details["retry_after"] = RETRY_AFTER_SECONDS
    return refused


def number_blocked(purpose: str, *, is_wrong: bool = False) -> Refused:
    """Build the refusal of a number that no vendor sends to.

    ``is_wrong``: no number of the mainland; else it is on a list. Where the code must go to the
    phone on record, another number does not help; see ``for_closed_range``.
    """
    details: dict[str, Any] = {"cause": WRONG if is_wrong else BLOCKED}
    if purpose in _TICKETS:
        details["ticket"] = _TICKETS[purpose]
    if purpose in (CONFIRM, CHANGE_PHONE):
        details["purpose"] = purpose
    return Refused(Reason.SMS_NUMBER_BLOCKED, **details)


def remaining(places: dict[str, int]) -> Remaining:
    """Select the windows that a caller sees."""
    return {"hour": places["hour"], "day": places["day"]}
