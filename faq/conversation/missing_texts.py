"""Count the short texts that users asked for and that entries lack, for their editors."""

from collections import Counter
from datetime import timedelta

from faq.content.talk import TextName
from faq.conversation.conversations import load_memory
from miniprogram_api import clock
from models.faq import messages as table

SINCE = timedelta(days=30)


def counts() -> dict[tuple[str, TextName], int]:
    """Return how often each entry (by slug) was asked for each text that it lacks, lately."""
    memories = map(load_memory, table.memories_naming("missing", clock.now() - SINCE))
    return dict(Counter((m.slug, m.missing) for m in memories if m.slug and m.missing))
