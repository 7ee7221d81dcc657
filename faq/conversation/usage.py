"""Usage and ratings of entries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from miniprogram_api import clock
from models.faq import messages as table

DAYS = 30


@dataclass(frozen=True, slots=True)
class Usage:
    """Answers and ratings of an entry in the last 30 days."""

    hits: int = 0
    helpful: int = 0
    unhelpful: int = 0

    @property
    def rate(self) -> int | None:
        """Return the percentage of helpful ratings, None without ratings."""
        rated = self.helpful + self.unhelpful
        return None if rated == 0 else round(100 * self.helpful / rated)


def of_entries(slugs: Collection[str]) -> dict[str, Usage]:
    """Map each slug to its usage."""
    since = clock.now() - timedelta(days=DAYS)
    found = {row[0]: Usage(*map(int, row[1:])) for row in table.usage(slugs, since)}
    return {slug: found.get(slug, Usage()) for slug in slugs}
