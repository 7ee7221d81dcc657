"""Usage and ratings of entries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from miniprogram_api import clock
from models.faq import messages

DAYS = 30
# An entry is rated badly from so many unhelpful ratings on, unless more of them are helpful.
LEAST_UNHELPFUL = 3


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


Order = Literal["most", "least", "worst", "best"]
"""By answers, the most or the fewest first; by the rate of helpful ratings."""
ORDERS = get_args(Order)


def of_entries(slugs: Collection[str]) -> dict[str, Usage]:
    """Map each slug to its usage."""
    since = clock.now() - timedelta(days=DAYS)
    found = {row[0]: Usage(*map(int, row[1:])) for row in messages.usage(slugs, since)}
    return {slug: found.get(slug, Usage()) for slug in slugs}


def ordered(slugs: Sequence[str], order: Order) -> list[str]:
    """Sort slugs by their usage; unrated ones come last in an order by rate."""
    used = of_entries(slugs)
    if order in ("most", "least"):
        return sorted(slugs, key=lambda s: used[s].hits, reverse=order == "most")
    sign = 1 if order == "worst" else -1

    def key(slug: str) -> tuple[bool, int, int]:
        one = used[slug]
        return one.rate is None, sign * (one.rate or 0), -one.helpful - one.unhelpful

    return sorted(slugs, key=key)


def rated_worst() -> dict[str, Usage]:
    """Map each entry that is rated badly to its ratings in the last 30 days, the worst first."""
    since = clock.now() - timedelta(days=DAYS)
    found = [(slug, Usage(0, good, bad)) for slug, good, bad in messages.ratings(since)]
    bad = [pair for pair in found if pair[1].unhelpful >= max(LEAST_UNHELPFUL, pair[1].helpful)]
    return dict(sorted(bad, key=lambda pair: (pair[1].rate or 0, -pair[1].unhelpful)))
