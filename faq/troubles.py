"""What somebody means who says no more than that something is wrong, just after it went wrong."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from faq.diagnosis import Diagnosis
from faq.entries import Entry
from faq.help import GUIDES
from faq.matches import certainly
from faq.matching import MOST_OPTIONS
from faq.turn import Turn
from miniprogram_api import clock, refusals
from miniprogram_api.reasons import Reason

# Whoever asks later than this may be about something else by now.
STILL_BEFORE_HIM = timedelta(hours=1)
_LIMITS = frozenset(
    {
        Reason.SMS_RATE_LIMITED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_DAILY_LIMIT,
        Reason.ACCOUNT_LOCKED,
    }
)


def in_his_way(turn: Turn) -> tuple[Entry, Diagnosis] | None:
    """The entry of what was refused to the asker a moment ago, if it still stands in his way.

    None also where that is the matter that is open: it was told already.
    """
    entry = _latest(turn)
    if entry is None or entry.slug == turn.memory.slug:
        return None
    found = turn.look(certainly(entry))
    if all(finding.severity == "info" for finding in found.findings):
        return None
    return entry, found


def first(turn: Turn, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries that he may mean, before them that of his trouble; three at most."""
    trouble = in_his_way(turn)
    if trouble is None:
        return tuple(entries)
    entry, _ = trouble
    others = [other for other in entries if other is not entry]
    return (entry, *others)[:MOST_OPTIONS]


def limit(turn: Turn) -> Entry | None:
    """The entry of the limit at which the asker was refused last, whether it holds yet or not."""
    return _latest(turn, _LIMITS)


def _latest(turn: Turn, reasons: Collection[Reason] = frozenset(Reason)) -> Entry | None:
    """The entry that explains the last refusal, by the API, of what the asker did just now.

    None of a visitor, of whom nothing is kept, and where he asks for somebody else.
    """
    asker, content = turn.asker, turn.published.content
    if asker.is_anonymous or turn.is_about_another:
        return None
    notes = [n for n in refusals.last(asker.openid, asker.account_id) if n.reason in reasons]
    last = max(notes, key=lambda note: note.at, default=None)
    if last is None or clock.now() - last.at > STILL_BEFORE_HIM:
        return None
    return content.by_case.get(last.case) or content.by_slug.get(GUIDES.get(last.reason, ""))
