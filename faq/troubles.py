"""What somebody means who says no more than that something is wrong, just after it went wrong."""

from datetime import timedelta

from faq.asker import Asker
from faq.entries import Content, Entry
from faq.help import GUIDES
from miniprogram_api import clock, refusals

# Whoever asks later than this may be about something else by now.
STILL_BEFORE_HIM = timedelta(hours=1)


def latest_trouble(asker: Asker, content: Content) -> Entry | None:
    """The entry that explains the last refusal, by the API, of what the asker did just now.

    Whether it stands in his way yet is not asked. None of a visitor, of whom nothing is kept.
    """
    if asker.is_anonymous:
        return None
    notes = refusals.last(asker.openid, asker.account_id)
    last = max(notes, key=lambda note: note.at, default=None)
    if last is None or clock.now() - last.at > STILL_BEFORE_HIM:
        return None
    return content.by_case.get(last.case) or content.by_slug.get(GUIDES.get(last.reason, ""))
