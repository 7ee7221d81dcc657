"""What is looked up before every message by SMS, in one statement: it is half of what two cost."""

from typing import NamedTuple

from models.database import all_rows, is_sqlite
from models.number_ranges import LONGEST_PREFIX, SHORTEST_PREFIX


class Gates(NamedTuple):
    """What stands in a message's way."""

    listed: tuple[str, str | None] | None
    """Prefix and first supported day (``YYYY-MM-DD``) of the phone's listed range, the longest."""
    off: tuple[str, int | None] | None
    """Notice and end (ms) of the source's outage."""


def look(phone: str, source: str, now_ms: int) -> Gates:
    """As ``number_ranges.longest_match`` and ``announcements.outage_of`` would say."""
    prefixes = [phone[:length] for length in range(SHORTEST_PREFIX, LONGEST_PREFIX + 1)]
    listed: tuple[str, str | None] | None = None
    off = None
    for is_range, text, day, until in all_rows(_LOOK[is_sqlite()], (*prefixes, source, now_ms)):
        if not is_range:
            off = text, until
        elif listed is None or len(text) > len(listed[0]):
            listed = text, day
    return Gates(listed, off)


_PLACES = LONGEST_PREFIX - SHORTEST_PREFIX + 1
_LOOK = {
    is_sqlite: (
        "SELECT 1, prefix, supported_from, CAST(NULL AS BIGINT) FROM number_range "  # noqa: S608
        f"WHERE prefix IN ({', '.join([place] * _PLACES)}) "
        "UNION ALL SELECT 0, notice, CAST(NULL AS VARCHAR(10)), until FROM source_outage "
        f"WHERE source = {place} AND (until IS NULL OR until > {place})"
    )
    for is_sqlite, place in ((True, "?"), (False, "%s"))
}
