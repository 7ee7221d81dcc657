"""What limits over moving windows mean, in the plainest Python: the scripts must agree with it."""

from dataclasses import dataclass, field
from math import ceil

from miniprogram_api.clients.redis import Full, Limit, Taken, Window


@dataclass
class LimitModel:
    """Keep every entry and count those inside a window."""

    entries: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def free(self, limit: Limit, window: Window, now: int) -> int:
        """Places left in the window."""
        members = [m for m, t in self.entries.get(limit.key, []) if t + window.seconds * 1000 > now]
        return window.limit - len(members)

    def wait(self, limit: Limit, window: Window, now: int) -> int:
        """Milliseconds until the member of this limit fits, 0 when it does now."""
        length = window.seconds * 1000
        times = [t for _, t in self.entries.get(limit.key, [])]
        known = dict(self.entries.get(limit.key, [])).get(limit.distinct or "")
        if known is not None and known + length > now:
            return 0
        # The answer can only be now, or a moment at which an entry leaves the window.
        moments = sorted({now, *(t + length for t in times if t + length > now)})
        return next(m - now for m in moments if self.free(limit, window, m) > 0)

    def look(self, limits: list[Limit], now: int) -> tuple[str, str, int] | None:
        """Key, window and retry_after of the refusal, or None when there is room everywhere."""
        waits = [
            (self.wait(limit, window, now), limit.key, window.name)
            for limit in limits
            for window in limit.windows
        ]
        longest = max(waits, key=lambda wait: wait[0])
        return None if longest[0] == 0 else (longest[1], longest[2], ceil(longest[0] / 1000))

    def take(self, limits: list[Limit], token: str, now: int) -> None:
        """Make the entries of an act that was allowed."""
        for limit in limits:
            member = limit.distinct or token
            entries = self.entries.setdefault(limit.key, [])
            entries[:] = [entry for entry in entries if entry[0] != member] + [(member, now)]

    def remaining(self, limits: list[Limit], now: int) -> dict[str, int]:
        """What the first limit's windows have left."""
        return {
            window.name: max(0, self.free(limits[0], window, now)) for window in limits[0].windows
        }

    def agrees(self, limits: list[Limit], now: int, said: Taken | Full) -> bool:
        """Whether the answer of a ``peek``, or of a ``take`` before it is noted here, is right."""
        expected = self.look(limits, now)
        if isinstance(said, Full):
            return expected == (said.key, said.window, said.retry_after)
        return expected is None
