"""Use what stands open for the asker as the subject of messages that name none."""

from collections.abc import Sequence

from faq.content.entries import Entry
from faq.conversation.turns.turn import Turn
from faq.diagnosis.pending import Pending
from faq.matching.matcher import MOST_OPTIONS


def pending(turn: Turn) -> Pending | None:
    """Return what stands open, unless that is the open subject."""
    subject = turn.pending_subjects.pending
    return None if subject is None or subject.entry.slug == turn.memory.slug else subject


def put_first(turn: Turn, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Put the entry of what stands open first; returns three at most."""
    subject = pending(turn)
    if subject is None:
        return tuple(entries)
    others = [other for other in entries if other is not subject.entry]
    return (subject.entry, *others)[:MOST_OPTIONS]
