"""Redis: limits over several moving windows, each decision one atomic script.

Every time is an argument; nothing here trusts the server's clock or a TTL for a rule (a TTL only
clears away what no rule looks at any more). After a failed connection StoreUnavailable is raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class StoreUnavailable(Exception):
    """Redis does not answer; whatever limits cannot be judged and must be refused."""


@dataclass(frozen=True)
class Window:
    """At most ``limit`` entries in ``seconds`` (a moving window)."""

    name: str
    seconds: int
    limit: int


@dataclass(frozen=True)
class Limit:
    """One counter: its key in Redis and the windows that all must have room.

    With ``distinct`` set the entry is that member and counts once however often it comes.
    """

    key: str
    windows: tuple[Window, ...]
    distinct: str | None = None


@dataclass(frozen=True)
class Taken:
    """A place was taken in every window of every limit."""

    token: str
    keys: tuple[str, ...]
    remaining: dict[str, int]
    """Window name of the first limit → how many more fit now."""


@dataclass(frozen=True)
class Full:
    """At least one window is full; nothing was used up."""

    key: str
    window: str
    """The full window that frees last."""
    retry_after: int
    """Whole seconds, rounded up, until a place is free in all windows."""
    remaining: dict[str, int]


@dataclass(frozen=True)
class PasswordTry:
    """A try was counted before the password is looked at, so parallel guesses cannot exceed it."""

    attempts_left: int


@dataclass(frozen=True)
class Locked:
    """No try is allowed before ``retry_after`` seconds; ``needs_code``: only with an SMS code."""

    retry_after: int
    needs_code: bool = False


class Store(Protocol):
    """All methods raise StoreUnavailable when Redis does not answer."""

    def ping(self) -> None: ...

    def take(self, limits: Sequence[Limit], now_ms: int) -> Taken | Full:
        """Take one place in all windows of all limits at once, or none."""

    def peek(self, limits: Sequence[Limit], now_ms: int) -> Taken | Full:
        """What ``take`` would say, with nothing consumed."""

    def give_back(self, taken: Taken) -> None:
        """Free the places again: the act did not count."""

    def try_password(self, pair_key: str, account_key: str, now_ms: int) -> PasswordTry | Locked:
        """Count one try of a password for (account, address) and for the account, or refuse."""

    def peek_password(self, pair_key: str, account_key: str, now_ms: int) -> PasswordTry | Locked:
        """What ``try_password`` would say, with nothing consumed."""

    def password_was_right(self, pair_key: str, account_key: str) -> None:
        """Forget the wrong tries of the pair, and the try just counted for the account."""

    def unlock(self, account_key: str) -> None:
        """Forget all wrong tries of an account, from every address (unlock, password reset)."""
