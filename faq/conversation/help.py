"""What an API error says beyond its sentence: the steps and actions of the entry that explains it.

Taken from the release in force, so an editor's change shows in API errors too.
"""

from typing import Any, TypedDict

from faq.content.entries import Action, Entry, distinct, without
from faq.content.window_lookup import finder, with_windows
from faq.diagnosis import observations as says
from faq.release.publishing import Published, current, last_used
from miniprogram_api.access import password_attempts
from miniprogram_api.phones.sms_code_refusals import CONFIRM
from miniprogram_api.reasons import Reason, Refused
from models.storage.database import DatabaseUnavailable

_REGISTER_PAGE = "pages/register/index"
_SOURCE_SILENT = (Reason.IDENTITY_SOURCE_BUSY, Reason.IDENTITY_DAILY_LIMIT)
_NO_OF_SOURCE = (
    Reason.FOUR_ELEMENTS_MISMATCH,
    Reason.IDENTITY_NO_RECORD,
    Reason.IDENTITY_INVALID,
)
# What only somebody without an account needs, or with one, or at another step than this one.
_NO_WAY_ON: dict[Reason, tuple[says.Button, ...]] = {
    Reason.ACCOUNT_REQUIRED: says.FACING,
    Reason.ACCOUNT_CANCELLED: says.FACING,
    Reason.LEVEL_TOO_LOW: (says.REGISTER,),
    Reason.IDENTITY_DATES_LIMIT: (says.CORRECT_DATES,),
    Reason.IDENTITY_INVALID: (says.REGISTER,),
    Reason.FACE_NO_PHOTO: says.FACING,
}
# What the sentence of the refusal tells to do, where the entry speaks of more than that.
_FIRST: dict[Reason, tuple[says.Button, ...]] = {
    Reason.ACCOUNT_REQUIRED: (says.SIGN_IN,),
    Reason.ALREADY_ACTIVE: (says.SIGN_IN,),
    Reason.LEVEL_TOO_LOW: (says.FACE, says.CTID),
    Reason.IDENTITY_INVALID: (says.WINDOWS,),
    # Whoever comes to CTID may have no face check left.
    Reason.CTID_REJECTED: (says.CTID, says.WINDOWS),
}
# What a source that an operator switched off would be asked for again.
_OF_SOURCE_OFF: dict[Reason, tuple[says.Button, ...]] = {
    Reason.SMS_UNAVAILABLE: (says.SEND_AGAIN,),
    Reason.IDENTITY_SOURCE_BUSY: says.FACING,
    Reason.CTID_UNAVAILABLE: (says.CTID,),
}
# Where the four elements are asked for and nobody registers himself (``verification.Purpose``).
_NO_REGISTRATION = ("activate", "dates", "window")


class Help(TypedDict):
    """The form in which clients get it. `actions`: see `as_json`, `window_lookup`."""

    case: int | None
    slug: str
    title: str
    steps: list[str]
    actions: list[dict[str, Any]]


def help_of(refused: Refused) -> Help | None:
    """The help of the entry that explains a refusal; None when nothing published is about it.

    Where only a ticket of some kind helps (``ticket`` of its details), its button comes first.
    Buttons that lead to another no are left out, as in the bot's answers.
    """
    if refused.case is not None:
        found = help_for_case(refused.case)
    else:
        found = help_for_slug(refused.reason.guide or "")
    if found is None:
        return None
    closed = closed_by(refused)
    if closed:
        found["actions"] = without(found["actions"], closed)
    ticket = "phone_change" if _has_other_phone(refused) else refused.details.get("ticket")
    if ticket is not None:
        found["actions"] = _with_ticket(found["actions"], ticket)
    first = without(first_of(refused), closed)
    if first:
        found["actions"] = distinct(with_windows(map(dict, first), finder()), found["actions"])
    return found


def first_of(refused: Refused) -> tuple[says.Button, ...]:
    """The buttons that stand before the entry's own."""
    if _has_other_phone(refused) and "phone_hint" in refused.details:
        # Only whoever is signed in is told the hint, and he changes the phone himself.
        return (says.CHANGE_PHONE,)
    if _is_closed_range_on_record(refused):
        return (says.CHANGE_PHONE,)
    return _FIRST.get(refused.reason, ())


def _has_other_phone(refused: Refused) -> bool:
    """Whether the phone on record is another at any step but activating, the case's own.

    Activating names the ticket that helps.
    """
    return refused.reason is Reason.PHONE_NOT_ON_RECORD and "ticket" not in refused.details


def _is_closed_range_on_record(refused: Refused) -> bool:
    """Whether codes to the phone of whoever is signed in are refused for its number range."""
    return (
        refused.reason is Reason.PHONE_SEGMENT_UNSUPPORTED
        and refused.details.get("purpose") == CONFIRM
    )


def closed_by(refused: Refused) -> tuple[says.Button, ...]:
    """The case's own buttons that are no way on from this refusal."""
    step, is_last = refused.details.get("step"), refused.details.get("attempts_left") == 0
    closed = _NO_WAY_ON.get(refused.reason, ())
    if step in _NO_REGISTRATION or (is_last and refused.reason in _NO_OF_SOURCE):
        closed += (says.REGISTER,)
    if "notice" in refused.details:
        closed += _OF_SOURCE_OFF.get(refused.reason, ())
    if _has_other_phone(refused):
        closed += (says.ACTIVATE, says.CORRECT_PHONE)
        if "phone_hint" not in refused.details:
            closed += (says.CHANGE_PHONE,)
    elif _is_closed_range_on_record(refused):
        closed += (says.OTHER_NUMBER,)
    elif password_attempts.is_locked(refused):
        closed += (says.SIGN_IN,)
    elif refused.reason in _SOURCE_SILENT and step != "face":
        # The four elements were asked for: there may be no account yet whose face could be.
        closed += says.VERIFYING
    elif (
        refused.reason is Reason.IDENTITY_DAILY_LIMIT
        or (refused.reason is Reason.FACE_MISMATCH and is_last)
        or refused.details.get("scope") == "face_checks"
    ):
        closed += says.FACING
    elif refused.reason is Reason.CTID_REJECTED and is_last:
        closed += (says.CTID,)
    return closed


def _with_ticket(actions: list[dict[str, Any]], ticket: str) -> list[dict[str, Any]]:
    published = _published()
    buttons = (
        button
        for entry in (published.content.entries if published is not None else ())
        for button in entry.buttons
        if button.get("ticket") == ticket
    )
    button = next(buttons, None)
    # Whoever has an account, though not active, cannot register.
    others = [a for a in actions if a.get("ticket") != ticket and a.get("page") != _REGISTER_PAGE]
    return actions if button is None else [dict(button), *others]


def help_for_case(case: int) -> Help | None:
    """The help of problem case `case`; None when no published entry is about it."""
    published = _published()
    return None if published is None else _help_of(published.content.by_case.get(case))


def help_for_slug(slug: str) -> Help | None:
    """The help of the entry `slug`; None when there is no such entry."""
    published = _published()
    return None if published is None else _help_of(published.content.by_slug.get(slug))


def _published() -> Published | None:
    """Help is an addition to an error: what fails here must not make another error of it."""
    try:
        return current()
    except Refused:
        return None
    except (*DatabaseUnavailable, ValueError):
        # ValueError: another version wrote what is in force, and this one cannot read it.
        return last_used()


def _help_of(entry: Entry | None) -> Help | None:
    if entry is None:
        return None
    return {
        "case": entry.case,
        "slug": entry.slug,
        "title": entry.title,
        "steps": list(entry.plain_steps),
        "actions": with_windows(map(Action.as_json, entry.actions), finder()),
    }
