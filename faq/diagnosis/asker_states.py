"""The states of an asker or of the tables that change the advice, and texts written for them.

An entry has a text of its own for a state in `Entry.variants`, with placeholders for what the
record knows. The locale file names states (`states.titles`) and placeholders
(`states.placeholders`) for editors.
"""

import re
from collections.abc import Mapping
from typing import Any

from faq.content import markup
from faq.content.entries import Content, Entry, Variant
from faq.diagnosis import refusal_buttons
from faq.diagnosis.findings import Instead
from miniprogram_api.access.refusals import Note
from miniprogram_api.identity.refused_fields import GENERAL_CASE
from miniprogram_api.phones.sms_code_refusals import RATE
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import words

STATES: dict[str, tuple[str, ...]] = {
    # Phones and codes.
    "range_closed": ("segment", "day"),
    "range_open": ("segment",),
    "gateway_down": ("time",),
    "number_blocked": (),
    "network_failed": ("time",),
    "code_sent": ("time", "tail"),
    "code_delivered": ("time", "tail", "reason"),
    "code_undelivered": ("time", "tail", "reason"),
    "code_wrong": ("count",),
    "code_void": (),
    "code_spent": (),
    "no_code": (),
    "limit_reached": ("time",),
    "phone_account_limit": (),
    "phone_differs": (),
    "phone_owner_checked": (),
    # The account.
    "locked": ("time",),
    "code_needed": ("time",),
    "password_reset": ("time",),
    "cancelled": ("day",),
    "frozen": (),
    "registered": (),
    # Activation.
    "activating": ("tail",),
    "password_step_left": (),
    "nothing_to_activate": (),
    # The four elements.
    "to_confirm": (),
    "long_term_in_doubt": (),
    "identity_invalid": (),
    "needs_guardian": (),
    "card_expired": (),
    "card_expires_soon": ("day",),
    "attempts_used_up": ("time",),
    "source_busy": ("time", "again"),
    "source_daily_limit": ("again",),
    # Level 4.
    "to_verify": (),
    "verified": (),
    "no_photo": (),
    "face_used_up": ("time",),
    "face_and_ctid_used_up": ("time",),
    "dates_in_doubt": ("count",),
    "dates_limit": ("time",),
    # The authorisation.
    "to_authorise": ("day",),
    "switch_closed": (),
    "authorised": ("day",),
    "authorisation_ended": ("day",),
    # Matters to confirm.
    "matter_to_confirm": ("number", "day"),
    "matter_lost": ("reason",),
    "matter_others": ("number",),
    "matter_confirmed": (),
    "matter_refused": (),
    "matter_overdue": (),
    "matter_withdrawn": (),
    "matter_accepted": (),
    "matter_none": (),
}
"""Name → the placeholders that it fills in, where their values are known."""

RANGE_CLOSED, RANGE_OPEN = "range_closed", "range_open"

# Where the entry or the text of a refusal is another than the Reason's; by cause, step or the name
# of a detail first.
_OF_REFUSAL: dict[Reason | tuple[Reason, Any], str | None] = {
    Reason.ACCOUNT_CANCELLED: "cancelled",
    Reason.ACCOUNT_FROZEN: "frozen",
    Reason.ACCOUNT_LOCKED: "locked",
    (Reason.ACCOUNT_LOCKED, "needs_code"): "code_needed",
    Reason.FACE_NO_PHOTO: "no_photo",
    Reason.IDENTITY_DAILY_LIMIT: "source_daily_limit",
    Reason.IDENTITY_DATES_LIMIT: "dates_limit",
    Reason.IDENTITY_INVALID: "identity_invalid",
    Reason.IDENTITY_NEEDS_CONFIRMATION: "to_confirm",
    Reason.IDENTITY_SOURCE_BUSY: "source_busy",
    # The general text is about faces.
    (Reason.IDENTITY_SOURCE_BUSY, "face"): None,
    Reason.LEVEL_TOO_LOW: "to_verify",
    (Reason.LEVEL_TOO_LOW, "card_expired"): "card_expired",
    (Reason.LEVEL_TOO_LOW, "reset"): "switch_closed",
    Reason.PHONE_ACCOUNT_LIMIT: "phone_account_limit",
    Reason.PHONE_SEGMENT_UNSUPPORTED: RANGE_CLOSED,
    Reason.SMS_NUMBER_BLOCKED: "number_blocked",
    Reason.SMS_UNAVAILABLE: "gateway_down",
    (Reason.SMS_UNAVAILABLE, RATE): "limit_reached",
}

_NAMED = ("needs_code", "retry_after")

# The steps of the entry that explains them are about other subjects: beside the sentence of a wrong
# field, checking all four elements; after a rejected CTID, the face check.
_WITHOUT_STEPS = (
    Reason.CONSENT_REQUIRED,
    Reason.CONSENT_OUTDATED,
    Reason.CTID_REJECTED,
    Reason.LOGIN_AMBIGUOUS,
    Reason.REMINDER_LIMIT,
    Reason.TICKET_CLOSED,
    (Reason.INVALID_INPUT, GENERAL_CASE),
)

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def state_of(refused: Refused | Note) -> str | None:
    """Return the state that a refusal means, for the bot and for the help of the API."""
    if refusal_buttons.is_account_phone_mismatch(refused):
        return "phone_differs"
    if refused.reason is Reason.DOCUMENT_NEEDS_WINDOW and not refused.case:
        return "needs_guardian"
    if refusal_buttons.are_faces_used_up(refused):
        return "face_and_ctid_used_up" if refusal_buttons.is_clearing(refused) else "face_used_up"
    details = refused.details
    named = filter(None, map(details.get, ("cause", "step", "side")))
    where = next(named, None) or next(filter(details.get, _NAMED), None)
    return _OF_REFUSAL.get((refused.reason, where), _OF_REFUSAL.get(refused.reason))


def entry_of(refused: Refused, state: str | None, content: Content) -> Entry | None:
    """Return the entry that explains a refusal: its own if it has a text for the state."""
    own = content.explaining(refused)
    if state is None or (own is not None and state in own.variants):
        return own
    return content.explaining(state) or own


def has_steps(refused: Refused | Note) -> bool:
    """Return whether the steps of the entry that explains a refusal fit it."""
    return not {refused.reason, (refused.reason, refused.case)} & set(_WITHOUT_STEPS)


def placeholders(text: str) -> list[str]:
    """Return the names in braces."""
    return _PLACEHOLDER.findall(text)


def names_of(state: str) -> list[str]:
    """Return the placeholders of a state as editors write them."""
    return [words("states.placeholders")[name] for name in STATES.get(state, ())]


def filled(text: str, values: Mapping[str, str]) -> str | None:
    """Return the text with its placeholders replaced; None if a value is unknown."""
    by_name = {words("states.placeholders")[name]: value for name, value in values.items()}
    if any(name not in by_name for name in placeholders(text)):
        return None
    return _PLACEHOLDER.sub(lambda placeholder: by_name[placeholder[1]], text)


def instead_of(variant: Variant | None, values: Mapping[str, str]) -> Instead | None:
    """Return answer and steps as plain text, without the steps whose values are unknown.

    None without a variant, or if a value of the answer is unknown.
    """
    answer = None if variant is None else filled(variant.answer, values)
    return None if answer is None else Instead(markup.plain(answer), steps_said(variant, values))


def steps_said(variant: Variant | None, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the steps as plain text, without those whose values are unknown."""
    steps = (filled(step, values) for step in (() if variant is None else variant.steps))
    return tuple(markup.plain_line(step) for step in steps if step is not None)
