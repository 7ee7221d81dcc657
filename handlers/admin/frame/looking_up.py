"""Forms that look for a person by ID number: the reason, and a refusal beside the number."""

from typing import NamedTuple

from flask import request

from handlers.admin.frame import form_values
from handlers.admin.frame.rendering import field_errors, message_of
from miniprogram_api.desks import lookups
from miniprogram_api.reasons import Reason, Refused

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
        if refused.reason is Reason.LOOKUP_LIMIT:
            errors = {"id_number": message_of(refused)}
        else:
            errors = field_errors(refused)
        return self._replace(errors=errors, status=refused.reason.status)


def typed(usual: str) -> Typed:
    """Read the form; ``usual`` is the reason that is chosen beforehand."""
    form = request.form
    return Typed(
        id_number=form_values.text(form, "id_number"),
        reason=form.get("reason", usual),
        note=form_values.text(form, "note", lookups.LONGEST_NOTE),
        errors={},
    )
