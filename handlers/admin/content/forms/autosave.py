"""The answers of the forms' autosave, which ``static/autosave.js`` reads."""

from collections.abc import Callable, Sequence

from flask import jsonify
from flask.typing import ResponseReturnValue

from faq.editing.drafts import Draft
from faq.release.faults import faults
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.template_filters import moment
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import words

STATES = words("content.states")


def saved(part: Draft, warnings: Sequence[str] = (), **fields: object) -> ResponseReturnValue:
    """Answer with the state of the saved part and the hidden fields that the form sends next.

    `warnings`: what does not keep the part from being published.
    """
    return jsonify(
        fields=fields or {"revision": part.revision},
        texts={"state": STATES[part.state], "written-by": written_by(part)},
        problems=problems(part),
        warnings=warnings,
        can_discard=part.state == "changed",
    )


def answer(
    save: Callable[[], Draft], warnings: Callable[[Draft], Sequence[str]] = lambda _saved: ()
) -> ResponseReturnValue:
    """Save and answer with the new state, or 409 when another editor saved meanwhile."""
    try:
        part = save()
    except Refused as refused:
        if refused.reason is not Reason.DRAFT_CONFLICT:
            raise
        return conflict(refused.details["editor"])
    return saved(part, warnings(part))


def conflict(editor: str) -> ResponseReturnValue:
    """Answer that this editor has changed the text meanwhile."""
    return jsonify(editor=actor_names({editor})[editor]), 409


def written_by(part: Draft) -> str:
    """Return the author and the time of the draft."""
    return f"{actor_names({part.editor})[part.editor]}，{moment(part.saved_at)}"


def problems(part: Draft) -> list[str]:
    """List the faults that keep the part from being published."""
    return [fault.message for fault in faults(part.key, part.content)]
