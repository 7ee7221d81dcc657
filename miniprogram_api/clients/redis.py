"""Redis: limits over several moving windows, each decision one atomic script.

Every time is an argument; no rule trusts the server's clock or a TTL (a TTL only deletes what no
rule reads any more). After a failed connection StoreUnavailable is raised.
"""

import os
from collections import deque
from collections.abc import Sequence
from math import ceil
from typing import Any, NamedTuple, Protocol

from miniprogram_api.clients.inquiries import Inquiry, Result
from miniprogram_api.clients.redis_server import RedisServer, StoreUnavailable
from miniprogram_api.retention import Kept

__all__ = [
    "AttemptCounted",
    "Full",
    "Limit",
    "LockRule",
    "Locked",
    "RedisStore",
    "Store",
    "StoreUnavailable",
    "Taken",
    "Window",
]

# Calls without an answer that are remembered until the next call that gets one.
MOST_IN_DOUBT = 1000
# The first value of count_attempt's answer when a gate is full.
_GATE_FULL = 2


class Window(NamedTuple):
    """At most ``limit`` entries in ``seconds`` (a moving window)."""

    name: str
    seconds: int
    limit: int


class Limit(NamedTuple):
    """One counter: its key in Redis and the windows that all must have room.

    With ``distinct`` set the entry is that member and counts once however often it comes; while it
    is in a window it is never refused there, and its latest time is the one that counts.
    """

    key: str
    windows: tuple[Window, ...]
    distinct: str | None = None


class Taken(NamedTuple):
    """A place was taken in every window of every limit (by ``peek``: would have been)."""

    token: str
    keys: tuple[str, ...]
    remaining: dict[str, int]
    """Window name of the first limit → how many more fit now."""
    undo: Sequence[str | int] = ()
    """The arguments of the script ``give_back``; empty when nothing was taken."""


class Full(NamedTuple):
    """At least one window is full; nothing was used up."""

    key: str
    window: str
    """The full window that frees last."""
    retry_after: int
    """Whole seconds, rounded up, until a place is free in all windows."""
    remaining: dict[str, int]


class LockRule(NamedTuple):
    """When attempts lock, and for how long.

    The attempts of a pair (an account and an address) lock the pair, those of all pairs together
    lock the account.
    """

    attempts: int
    """Each time a pair has made so many attempts, it is locked."""
    lock_seconds: tuple[int, ...]
    """How long the first, second … lock of a pair lasts; the last length repeats."""
    attempts_a_day: int
    """Attempts of an account in 24 hours, from all pairs."""


class AttemptCounted(NamedTuple):
    """An attempt was allowed, and counted before it is known whether it succeeds."""

    attempts_left: int
    """Attempts left before the pair is locked when this one fails (0: it locks)."""


class Locked(NamedTuple):
    """No attempt is allowed for ``retry_after`` seconds."""

    retry_after: int
    is_whole_account: bool = False
    """Whether the attempts of all pairs together are used up."""


class Store(Protocol):
    """All methods raise StoreUnavailable when Redis does not answer."""

    def ping(self) -> None: ...

    def take(self, limits: Sequence[Limit], now_ms: int) -> Taken | Full:
        """Take one place in all windows of all limits at once, or none."""

    def peek(self, limits: Sequence[Limit], now_ms: int) -> Taken | Full:
        """Whether ``take`` would succeed, with nothing consumed; ``remaining`` is what fits now."""

    def look(self, inquiries: Sequence[Inquiry[Any]]) -> list[Any]:
        """What each inquiry finds, in their order and in one round trip; nothing is consumed."""

    def give_back(self, taken: Taken) -> None:
        """Free the places again: the act did not count."""

    def count_attempt(
        self, rule: LockRule, pair_key: str, account_key: str, now_ms: int
    ) -> AttemptCounted | Locked:
        """Count one attempt of a pair and of its account, or refuse it."""

    def count_attempt_behind(
        self, gates: Sequence[Limit], rule: LockRule, pair_key: str, account_key: str, now_ms: int
    ) -> AttemptCounted | Locked | Full:
        """``count_attempt`` if the gates (limits of one window each) have room, else Full.

        No place is taken in a gate; ``remaining`` of Full is empty.
        """

    def peek_attempt(
        self, rule: LockRule, pair_key: str, account_key: str, now_ms: int
    ) -> AttemptCounted | Locked:
        """Whether ``count_attempt`` would allow an attempt, with nothing counted."""

    def forget_pair(self, pair_key: str, account_key: str) -> None:
        """Forget the attempts of a pair, and of its account the one that the pair made last."""

    def forget_attempts(self, account_key: str) -> None:
        """Forget all attempts of an account and of its pairs."""

    def note_distinct(self, key: str, members: Sequence[str]) -> None:
        """Add ``members`` to a set of which only the size is stored, for some days."""

    def count_distinct(self, key: str) -> int:
        """Return the size of the set of ``note_distinct``, as an estimate (within a hundredth)."""


class RedisStore:
    """The Store on a real server: each decision is one script, one round trip.

    Keys: a limit is a sorted set under its own key (entry → milliseconds); an account's attempts
    are a sorted set under ``account_key``, its pairs a hash under ``account_key`` + ``:pairs``.
    """

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        # Keys and arguments of ``give_back`` for each ``take`` without an answer: a server that was
        # only suspended takes those places later, although the caller was refused.
        self._in_doubt: deque[tuple[list[str], list[str | int]]] = deque(maxlen=MOST_IN_DOUBT)

    def ping(self) -> None:
        """Raise StoreUnavailable unless the server answers."""
        self._server.call(lambda client: client.ping())

    def take(self, limits: Sequence[Limit], now_ms: int) -> Taken | Full:
        """Take one place in all windows of all limits at once, or none."""
        self._settle()
        # The caller's own token makes it harmless to run the script again after a lost answer.
        token = _token()
        keys, arguments = _take_call("take", token, limits, now_ms)
        try:
            answer = self._server.run("take", keys, arguments)
        except StoreUnavailable:
            # A distinct member may be the entry of other calls, too.
            own = [limit.key for limit in limits if limit.distinct is None]
            self._in_doubt.append((own, [token, 0, 0, -1] * len(own)))
            raise
        return _read_take(limits, keys, token, answer)

    def peek(self, limits: Sequence[Limit], now_ms: int) -> Taken | Full:
        """Whether ``take`` would succeed, with nothing consumed; ``remaining`` is what fits now."""
        return self._ask(peeking(limits, now_ms))

    def look(self, inquiries: Sequence[Inquiry[Any]]) -> list[Any]:
        """What each inquiry finds, in their order and in one round trip; nothing is consumed."""
        self._settle()
        answers = self._server.run_all([(i.script, i.keys, i.arguments) for i in inquiries])
        return [i.read(answer) for i, answer in zip(inquiries, answers, strict=True)]

    def give_back(self, taken: Taken) -> None:
        """Free the places again: the act did not count. Does nothing for what ``peek`` said."""
        if taken.undo:
            self._server.run("give_back", taken.keys, taken.undo)

    def count_attempt(
        self, rule: LockRule, pair_key: str, account_key: str, now_ms: int
    ) -> AttemptCounted | Locked:
        """Count one attempt of a pair and of its account, or refuse it."""
        arguments = _attempt_call("count", _token(), rule, pair_key, now_ms)
        return _read_attempt(
            self._server.run("count_attempt", _account_keys(account_key), arguments)
        )

    def count_attempt_behind(
        self, gates: Sequence[Limit], rule: LockRule, pair_key: str, account_key: str, now_ms: int
    ) -> AttemptCounted | Locked | Full:
        """``count_attempt`` if the gates have room, else Full; all in one step."""
        names = (*_account_keys(account_key), *[gate.key for gate in gates])
        arguments = _attempt_call("count", _token(), rule, pair_key, now_ms, gates)
        answer = self._server.run("count_attempt", names, arguments)
        if answer[0] == _GATE_FULL:
            gate = gates[answer[1] - 1]
            return Full(gate.key, gate.windows[0].name, ceil(answer[2] / 1000), {})
        return _read_attempt(answer)

    def peek_attempt(
        self, rule: LockRule, pair_key: str, account_key: str, now_ms: int
    ) -> AttemptCounted | Locked:
        """Whether ``count_attempt`` would allow an attempt, with nothing counted."""
        return self._ask(peeking_attempt(rule, pair_key, account_key, now_ms))

    def forget_pair(self, pair_key: str, account_key: str) -> None:
        """Forget the attempts of a pair, and of its account the one that the pair made last."""
        self._server.run("forget_pair", _account_keys(account_key), [pair_key])

    def forget_attempts(self, account_key: str) -> None:
        """Forget all attempts of an account and of its pairs."""
        self._server.call(lambda client: client.delete(*_account_keys(account_key)))

    def note_distinct(self, key: str, members: Sequence[str]) -> None:
        """Add ``members`` to a set of which only the size is stored, for some days."""
        self._server.call(lambda client: client.pfadd(key, *members))
        self._server.call(lambda client: client.expire(key, Kept.DISTINCT_VISITORS.time))

    def count_distinct(self, key: str) -> int:
        """Return the size of the set of ``note_distinct``, as an estimate (within a hundredth)."""
        return int(self._server.call(lambda client: client.pfcount(key)))

    def _settle(self) -> None:
        """Give back the places of calls without an answer; harmless where none was taken.

        If the server runs such a call later than this, its place stays used: the limit is stricter.
        """
        while self._in_doubt:
            try:
                keys, undo = self._in_doubt.popleft()
            except IndexError:
                # Another thread took the last one.
                return
            try:
                self._server.run("give_back", keys, undo)
            except StoreUnavailable:
                self._in_doubt.appendleft((keys, undo))
                raise

    def _ask(self, inquiry: Inquiry[Result]) -> Result:
        self._settle()
        return inquiry.read(self._server.run(inquiry.script, inquiry.keys, inquiry.arguments))


def peeking(limits: Sequence[Limit], now_ms: int) -> Inquiry[Taken | Full]:
    """Whether ``Store.take`` would succeed; ``remaining`` is what fits now."""
    keys, arguments = _take_call("peek", "", limits, now_ms)
    return Inquiry("take", keys, arguments, lambda answer: _read_take(limits, keys, "", answer))


def peeking_attempt(
    rule: LockRule, pair_key: str, account_key: str, now_ms: int
) -> Inquiry[AttemptCounted | Locked]:
    """Whether ``Store.count_attempt`` would allow an attempt."""
    arguments = _attempt_call("peek", "", rule, pair_key, now_ms)
    return Inquiry("count_attempt", _account_keys(account_key), arguments, _read_attempt)


def peeking_longest_lock(account_key: str) -> Inquiry[int]:
    """Until when (milliseconds, 0: never locked) the longest lock of an account's pairs holds."""
    return Inquiry("longest_lock", _account_keys(account_key)[1:], (), int)


def _token() -> str:
    """Return a random name of this call, by which a script recognises a repetition."""
    return os.urandom(12).hex()


def _take_call(
    mode: str, token: str, limits: Sequence[Limit], now_ms: int
) -> tuple[tuple[str, ...], tuple[str | int, ...]]:
    arguments: list[str | int] = [mode, now_ms, token]
    for limit in limits:
        arguments += [limit.distinct or "", len(limit.windows)]
        for window in limit.windows:
            arguments += [window.seconds * 1000, window.limit]
    return tuple([limit.key for limit in limits]), tuple(arguments)


def _read_take(
    limits: Sequence[Limit], keys: tuple[str, ...], token: str, answer: list[int]
) -> Taken | Full:
    """``token`` is empty when the script only looked."""
    names = [window.name for window in limits[0].windows]
    if answer[0] == 0:
        _, limit_index, window_index, wait_ms, *free = answer
        full = limits[limit_index - 1]
        return Full(
            key=full.key,
            window=full.windows[window_index - 1].name,
            retry_after=ceil(wait_ms / 1000),
            remaining=dict(zip(names, free, strict=True)),
        )
    remaining = dict(zip(names, answer[1 : 1 + len(names)], strict=True))
    if not token:
        return Taken(token, keys, remaining)
    times = answer[1 + len(names) :]
    undo: list[str | int] = []
    for limit, entered, before in zip(limits, times[::2], times[1::2], strict=True):
        undo += (limit.distinct or token, int(limit.distinct is not None), entered, before)
    return Taken(token, keys, remaining, undo)


def _attempt_call(
    mode: str,
    token: str,
    rule: LockRule,
    pair_key: str,
    now_ms: int,
    gates: Sequence[Limit] = (),
) -> tuple[str | int, ...]:
    arguments: list[str | int] = [mode, now_ms, pair_key, token, rule.attempts, rule.attempts_a_day]
    for gate in gates:
        [window] = gate.windows
        arguments += [window.seconds * 1000, window.limit]
    arguments += [seconds * 1000 for seconds in rule.lock_seconds]
    return tuple(arguments)


def _read_attempt(answer: list[Any]) -> AttemptCounted | Locked:
    if answer[0] == 1:
        return AttemptCounted(attempts_left=answer[1])
    return Locked(retry_after=ceil(answer[1] / 1000), is_whole_account=answer[2] == 1)


def _account_keys(account_key: str) -> tuple[str, str]:
    return account_key, f"{account_key}:pairs"
