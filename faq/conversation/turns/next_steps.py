"""The next step for messages that only ask for it: 然后呢."""

from faq.content.entries import Entry
from faq.conversation.turns.turn import Turn
from faq.diagnosis.findings import Diagnosis


def next_step(turn: Turn) -> tuple[Entry, Diagnosis] | None:
    """Return the entry of the asker's next step with its diagnosis; None if unknown."""
    found = turn.matters.next_step
    return None if found is None else (found.entry, found.found)
