"""Texts about tickets that depend on their state."""

from datetime import datetime

from miniprogram_api.texts import text
from miniprogram_api.texts.sentences import moment_in_words


def next_step(
    kind: str, state: str, due_at: datetime, *, answered: bool = False, estimated: bool = False
) -> str:
    """Return the next step.

    ``answered``: resolved by an answer instead of an act. ``estimated``: the due time is from
    Monday to Friday alone.
    """
    if state == "resolved" and not answered:
        return text(f"tickets.resolved.{kind}")
    name = "answered" if state == "resolved" else state
    note = text("calendar.estimated") if estimated else ""
    return text(f"tickets.next.{name}", due=moment_in_words(due_at) + note)
