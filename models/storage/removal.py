"""Deletion of old rows in batches, so that a backlog of millions is worked off while serving.

One statement over a backlog would exceed PATIENCE, hold its locks until the end, and on SQLite let
no other transaction write.
"""

import time
from typing import Any

BATCH = 5_000
"""Rows of one transaction."""
LONGEST_PAUSE = 0.5
"""Seconds between two batches at most; shorter batches are followed by as long a pause."""


def remove_before(moment: Any, cutoff: Any, *conditions: Any) -> int:
    """Delete the rows whose indexed column ``moment`` is below ``cutoff``; return how many.

    ``conditions``: what else must hold. Each batch goes on behind the last one, oldest first, so
    that none passes over what those before it left. Rows of the same moment go together.
    """
    table = moment.model
    due = [moment < cutoff, *conditions]
    removed = 0
    while True:
        began = time.monotonic()
        last = table.select(moment).where(*due).order_by(moment).offset(BATCH - 1).limit(1).scalar()
        of_batch = due if last is None else [*due, moment <= last]
        removed += int(table.delete().where(*of_batch).execute())
        if last is None:
            return removed
        due = [moment > last, moment < cutoff, *conditions]
        time.sleep(min(time.monotonic() - began, LONGEST_PAUSE))
