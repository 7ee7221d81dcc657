"""The help of an API error: steps and buttons of the published entry that explains it."""

from contextlib import suppress
from typing import Any, TypedDict

from faq.content.entries import Action, Entry, distinct, without
from faq.content.window_lookup import finder, with_windows
from faq.diagnosis import refusal_buttons
from faq.diagnosis.asker_states import RANGE_CLOSED, entry_of, has_steps, state_of, steps_said
from faq.diagnosis.observations import values_of
from faq.diagnosis.range_claims import closed_range, variant_for
from faq.release.publishing import Published, current, last_used
from miniprogram_api import clock
from miniprogram_api.reasons import Refused
from models.storage.database import DatabaseUnavailable

_REGISTER_PAGE = "pages/register/index"


class Help(TypedDict):
    """Help in the form of the API; `actions`: see `Action.as_json`, `window_lookup`."""

    case: int | None
    slug: str
    title: str
    steps: list[str]
    actions: list[dict[str, Any]]


def help_of(refused: Refused) -> Help | None:
    """Return the help of the entry that explains a refusal; None without such an entry.

    The button of the `ticket` in its details comes first; buttons that would be refused are hidden.
    """
    advice = find_help(refused)
    if advice is None:
        return None
    hidden = refusal_buttons.hidden_after(refused)
    if hidden:
        advice["actions"] = without(advice["actions"], hidden)
    ticket = refused.details.get("ticket")
    if ticket is not None:
        advice["actions"] = _with_ticket(advice["actions"], ticket)
    first = without(refusal_buttons.first_after(refused), hidden)
    if first:
        advice["actions"] = distinct(with_windows(map(dict, first), finder()), advice["actions"])
    return advice


def _with_ticket(actions: list[dict[str, Any]], ticket: str) -> list[dict[str, Any]]:
    published = _published()
    buttons = (
        button
        for entry in (published.content.entries if published is not None else ())
        for button in entry.buttons
        if button.get("ticket") == ticket
    )
    button = next(buttons, None)
    # Any account, even an inactive one, excludes registering.
    others = [a for a in actions if a.get("ticket") != ticket and a.get("page") != _REGISTER_PAGE]
    return actions if button is None else [dict(button), *others]


def find_help(refused: Refused) -> Help | None:
    """Return the published help of a refusal, with all buttons of the entry."""
    published = _published()
    if published is None:
        return None
    entry = entry_of(refused, state_of(refused), published.content)
    if entry is None:
        return None
    return {
        "case": refused.case,
        "slug": entry.slug,
        "title": entry.title,
        "steps": _steps(entry, refused),
        "actions": with_windows(map(Action.as_json, entry.actions), finder()),
    }


def _steps(entry: Entry, refused: Refused) -> list[str]:
    steps = _published_steps(entry, refused)
    return [refused.known, *steps] if refused.known else steps


def _published_steps(entry: Entry, refused: Refused) -> list[str]:
    if not has_steps(refused):
        return []
    state = state_of(refused) or ""
    values = closed_range(refused) if state == RANGE_CLOSED else values_of(refused)
    with suppress(*DatabaseUnavailable):
        variant = variant_for(entry, state, values, clock.today())
        return list(steps_said(variant, values) or entry.plain_steps)
    return list(entry.plain_steps)


def _published() -> Published | None:
    """Return the release without raising: missing help must not replace the error."""
    try:
        return current()
    except Refused:
        return None
    except (*DatabaseUnavailable, ValueError):
        # ValueError: the release was written by another version and cannot be read.
        return last_used()
