"""Use what stands open for the asker as the subject of messages that name none."""

from collections.abc import Sequence

from faq.content.entries import Entry
from faq.conversation.turns.turn import Turn
from faq.diagnosis.pending import Pending
from faq.matching.matcher import MOST_OPTIONS


def pending(turn: Turn) -> Pending | None:
    """Return what stands open, unless that is the open matter."""
    found = turn.matters.pending
    return None if found is None or found.entry.slug == turn.memory.slug else found


def put_first(turn: Turn, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Put the entry of what stands open first; returns three at most."""
    found = pending(turn)
    if found is None:
        return tuple(entries)
    others = [other for other in entries if other is not found.entry]
    return (found.entry, *others)[:MOST_OPTIONS]
