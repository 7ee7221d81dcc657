"""Forms that look for a person or a ticket by number, with a refusal beside the number."""

from collections.abc import Callable
from typing import NamedTuple

from flask import request

from handlers.admin.frame.form import Form
from miniprogram_api.desks import lookups
from miniprogram_api.desks.ticket_acts import OpenedTicket
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text

REASONS = {**lookups.PRESET_REASONS, lookups.OTHER: lookups.WORDS[lookups.OTHER]}


FIELDS = {Reason.LOOKUP_LIMIT: "id_number", Reason.DESK_CODE_INVALID: "id_number"}


def person_form(usual: str) -> Form:
    """Return the form with ``id_number``, ``reason`` and ``note``; ``usual``: the preset reason."""
    shown = {"reason": usual}
    return Form(shown, typed={**shown, **request.form.to_dict()}, at=FIELDS)


def search_form(usual: str) -> Form:
    """Return the form with ``phone``, ``name``, ``document``, ``reason`` and ``note``."""
    shown = {"reason": usual}
    at = {Reason.LOOKUP_LIMIT: "reason"}
    return Form(shown, typed={**shown, **request.form.to_dict()}, at=at)


class Number(NamedTuple):
    """A ticket number as typed: the public number found, or a sentence and the page's status."""

    text: str
    found: str = ""
    error: str = ""
    status: int = 200


def ticket(get: Callable[[str], OpenedTicket]) -> Number:
    """Look for the ticket whose number is in the address, if any. Raises other refusals of get."""
    typed = Number(request.args.get("number", "").strip())
    if not typed.text:
        return typed
    try:
        return typed._replace(found=get(typed.text).queued.id)
    except Refused as refused:
        if refused.reason is not Reason.NOT_FOUND:
            raise
        return typed._replace(error=text("tickets.no_such_number"), status=refused.reason.status)
