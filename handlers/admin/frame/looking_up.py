"""Forms that look for a person or a ticket by number, with a refusal beside the number."""

from collections.abc import Callable
from typing import NamedTuple

from flask import request

from handlers.admin.frame import form_values
from handlers.admin.frame.rendering import field_errors, message_of
from miniprogram_api.desks import lookups
from miniprogram_api.desks.ticket_acts import OpenedTicket
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text

REASONS = {**lookups.PRESET_REASONS, lookups.OTHER: lookups.WORDS[lookups.OTHER]}


class Typed(NamedTuple):
    """What the form says; ``errors`` are sentences by field, ``status`` that of the page."""

    id_number: str
    reason: str
    note: str
    errors: dict[str, str]
    status: int = 200

    @property
    def reasons(self) -> dict[str, str]:
        """Return the choice of reasons."""
        return REASONS

    def refused(self, refused: Refused) -> "Typed":
        """Return the form with a refusal; raise one that is not about the form."""
        if refused.reason in (Reason.LOOKUP_LIMIT, Reason.DESK_CODE_INVALID):
            errors = {"id_number": message_of(refused)}
        else:
            errors = field_errors(refused)
        return self._replace(errors=errors, status=refused.reason.status)


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


def typed(usual: str) -> Typed:
    """Read the form; ``usual`` is the reason that is chosen beforehand."""
    form = request.form
    return Typed(
        id_number=form_values.text(form, "id_number"),
        reason=form.get("reason", usual),
        note=form_values.text(form, "note", lookups.LONGEST_NOTE),
        errors={},
    )
