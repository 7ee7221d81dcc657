"""Pages for editors: entries, question sets, inbox, review, publication."""

from handlers.admin.content import (
    catalogue,
    entries,
    entry_editor,
    entry_history,
    entry_trial,
    inbox,
    lists,
    overlaps,
    points,
    question_sets,
    spot_checks,
    transfer,
)
from handlers.admin.content.blueprint import pages
from handlers.admin.content.publishing import one_entry, publications, reviews
