"""Count the short texts that users asked for and that entries lack, for their editors."""

from datetime import timedelta

from faq.content.talk import TEXT_NAMES, TextName
from miniprogram_api import clock
from models.faq import messages

SINCE = timedelta(days=30)


def counts() -> dict[tuple[str, TextName], int]:
    """Return how often each entry (by slug) was asked for each text that it lacks, lately."""
    found = {(slug, name): n for slug, name, n in messages.lacking(TEXT_NAMES, clock.now() - SINCE)}
    return {(slug, name): n for (slug, name), n in found.items() if name in TEXT_NAMES}
