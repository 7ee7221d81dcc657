"""How long a failed attempt waits for the next one: twice as long each time, up to a limit."""

from datetime import timedelta
from typing import NamedTuple


class Backoff(NamedTuple):
    """The waits after failed attempts."""

    first: timedelta
    longest: timedelta

    def after(self, attempts: int) -> timedelta:
        """Return the wait after this number of failed attempts; after none, the first wait."""
        return min(self.first * 2 ** max(attempts - 1, 0), self.longest)
