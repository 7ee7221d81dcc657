"""What stands open for the asker as the subject of messages that name none."""

from collections.abc import Sequence

from faq.content.entries import Entry
from faq.conversation.turns.turn import Turn
from faq.diagnosis.findings import Diagnosis
from faq.matching.matcher import MOST_OPTIONS


def blocking(turn: Turn) -> tuple[Entry, Diagnosis] | None:
    """Return entry and diagnosis of what stands open, unless that is the current entry."""
    pending = turn.matters.pending
    if pending is None or pending.entry.slug == turn.memory.slug:
        return None
    return pending.entry, pending.found


def put_first(turn: Turn, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Put the entry of what stands open first; returns three at most."""
    pending = blocking(turn)
    if pending is None:
        return tuple(entries)
    entry, _ = pending
    others = [other for other in entries if other is not entry]
    return (entry, *others)[:MOST_OPTIONS]


def limit_entry(turn: Turn) -> Entry | None:
    """Return the entry of the last limit that refused the asker, even if it has passed."""
    return turn.matters.last_limit


def is_new(turn: Turn) -> bool:
    """Return whether something came up after the previous message."""
    last, pending = turn.conversation.last_asked, turn.matters.pending
    since = None if pending is None else pending.since
    return last is not None and since is not None and since > last
