"""Redis limits over several moving windows; each decision is one atomic script.

Every time is an argument: no rule relies on the server's clock or on a TTL.
"""

import os
from collections import deque
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from miniprogram_api.clients.inquiries import Inquiry, Result
from miniprogram_api.clients.redis_server import RedisServer
from miniprogram_api.clients.redis_server import StoreUnavailable as StoreUnavailable
from miniprogram_api.retention import Kept

# Calls without an answer that are remembered until the next answered call.
MAX_UNANSWERED = 1000
# First value of count_attempt's answer when a gate is full.
_GATE_FULL = 2
# First value of take's answer when the epoch is not earlier than the call.
_EMPTIED = 2
LATEST_MS = 2**53
"""A time later than every other, in milliseconds."""


class Window(NamedTuple):
    """Allow at most ``limit`` entries in a moving window of ``seconds``."""

    name: str
    seconds: int
    limit: int


class Limit(NamedTuple):
    """Count under one Redis key; all windows must have room.

    A ``distinct`` member counts once and is never refused while it is in the window; each further
    entry renews its time.
    """

    key: str
    windows: tuple[Window, ...]
    distinct: str | None = None


class Taken(NamedTuple):
    """Report a place taken in every window of every limit (by ``peek``: available)."""

    token: str
    keys: tuple[str, ...]
    remaining: dict[str, int]
    """Window name of the first limit → places left."""
    undo: Sequence[str | int] = ()
    """Arguments of the script ``give_back``; empty when nothing was taken."""

    @property
    def is_renewal(self) -> bool:
        """Return whether the distinct member of the first limit had an entry before."""
        return bool(self.undo) and self.undo[3] != -1


class Full(NamedTuple):
    """Report that at least one window is full; nothing was consumed."""

    key: str
    window: str
    """The full window that frees last."""
    retry_after: int
    """Whole seconds, rounded up, until a place is free in all windows."""
    remaining: dict[str, int]


class Emptied(NamedTuple):
    """Report that the server lost its data, and with them perhaps entries of these limits."""

    since_ms: int | None
    """The epoch, which is not earlier than the call; None when there is none."""


class Entries(NamedTuple):
    """List all entries of a limit, to be written anew: member → milliseconds."""

    key: str
    longest_seconds: int
    times: Mapping[str, int]


class LockRule(NamedTuple):
    """Define how many attempts lock, and for how long.

    Attempts of a pair (an account and an address) lock the pair; attempts of all pairs
    together lock the account.
    """

    attempts: int
    """Attempts of a pair before each lock."""
    lock_seconds: tuple[int, ...]
    """Length of a pair's first, second … lock; the last one repeats."""
    attempts_a_day: int
    """Attempts of an account in 24 hours from all pairs."""


class AttemptCounted(NamedTuple):
    """Report an allowed attempt, counted before its result is known."""

    attempts_left: int
    """Attempts left before the pair is locked if this one fails (0: it locks)."""


class Locked(NamedTuple):
    """Refuse attempts for ``retry_after`` seconds."""

    retry_after: int
    is_whole_account: bool = False
    """Whether the daily attempts of all pairs together are used up."""


class RedisStore:
    """Decide limits, each by one script; all methods raise StoreUnavailable.

    A limit is a sorted set under its key (entry → milliseconds); an account's attempts are a sorted
    set under ``account_key``, its pairs a hash under ``account_key`` + ``:pairs``.
    """

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        # Keys and arguments of ``give_back`` for each unanswered ``take``, which a suspended server
        # may still run later.
        self._unanswered: deque[tuple[list[str], list[str | int]]] = deque(maxlen=MAX_UNANSWERED)

    def take(self, limits: Sequence[Limit], now_ms: int) -> Taken | Full:
        """Take one place in all windows of all limits at once, or none."""
        answer = self._take(limits, now_ms)
        assert not isinstance(answer, Emptied)  # noqa: S101 - without an epoch.
        return answer

    def take_since(
        self, limits: Sequence[Limit], now_ms: int, epoch: str, asked_ms: int = LATEST_MS
    ) -> Taken | Full | Emptied:
        """As ``take``, unless the data were lost since the time of the call.

        ``epoch``: a key that is lost with the data; its value is earlier than the call's time.
        """
        return self._take(limits, now_ms, (epoch, asked_ms))

    def _take(
        self, limits: Sequence[Limit], now_ms: int, since: tuple[str, int] | None = None
    ) -> Taken | Full | Emptied:
        self._release_unanswered()
        # The token makes the script idempotent when it is repeated after a lost answer.
        token = _token()
        keys, arguments = _take_call("take", token, limits, now_ms, since)
        try:
            answer = self._server.run("take", keys, arguments)
        except StoreUnavailable:
            # Other calls may share a distinct member.
            own = [limit.key for limit in limits if limit.distinct is None]
            self._unanswered.append((own, [token, 0, 0, -1] * len(own)))
            raise
        return _read_take(limits, token, answer)

    def holds(self, taken: Taken) -> bool:
        """Return whether the place in the first limit still exists: the data may have been lost."""
        key = taken.keys[0]
        return self._server.call(lambda client: client.zscore(key, taken.token)) is not None

    def begin_epoch(self, key: str, now_ms: int) -> None:
        """Set the epoch unless it is there."""
        self._server.call(lambda client: client.set(key, now_ms, nx=True))

    def begin_rebuilding(self, epoch: str, caller: str, lease_ms: int, now_ms: int) -> bool | None:
        """Claim the right to write the limits of an epoch anew.

        False: another caller holds it. None: the epoch is there, nothing need be done.
        """
        arguments: tuple[str | int, ...] = ("begin", now_ms, caller, lease_ms)
        answer: int = self._server.run("rebuild", _rebuild_keys(epoch), arguments)
        return (False, True, None)[answer]

    def rebuild(self, epoch: str, caller: str, limits: Sequence[Entries], now_ms: int) -> bool:
        """Write all entries of these limits; return False when the claim is lost."""
        arguments: list[str | int] = ["write", now_ms, caller]
        for limit in limits:
            arguments += [limit.longest_seconds * 1000, len(limit.times)]
            for member, at_ms in limit.times.items():
                arguments += [member, at_ms]
        keys = (*_rebuild_keys(epoch), *[limit.key for limit in limits])
        return bool(self._server.run("rebuild", keys, arguments))

    def end_rebuilding(self, epoch: str, caller: str, now_ms: int, *, is_complete: bool) -> bool:
        """Set the epoch if the limits are complete; return False when the claim is lost."""
        mode = "end" if is_complete else "leave"
        return bool(self._server.run("rebuild", _rebuild_keys(epoch), [mode, now_ms, caller]))

    def peek(self, limits: Sequence[Limit], now_ms: int) -> Taken | Full:
        """Return what ``take`` would, without consuming; ``remaining`` is the current room."""
        return self._inquire(take_inquiry(limits, now_ms))

    def inquire(self, inquiries: Sequence[Inquiry[Any]]) -> list[Any]:
        """Return the results of all inquiries in one round trip, without consuming."""
        self._release_unanswered()
        answers = self._server.run_all([(i.script, i.keys, i.arguments) for i in inquiries])
        return [i.read(answer) for i, answer in zip(inquiries, answers, strict=True)]

    def give_back(self, taken: Taken) -> None:
        """Free the places of a call that does not count; do nothing for the result of ``peek``."""
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
        """Count an attempt if the gates (limits of one window each) have room, else return Full.

        No place is taken in a gate; ``remaining`` of Full is empty.
        """
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
        """Return what ``count_attempt`` would, without counting."""
        return self._inquire(attempt_inquiry(rule, pair_key, account_key, now_ms))

    def forget_pair(self, pair_key: str, account_key: str) -> None:
        """Delete the attempts of a pair and the last of them from its account."""
        self._server.run("forget_pair", _account_keys(account_key), [pair_key])

    def forget_attempts(self, account_key: str) -> None:
        """Delete all attempts of an account and of its pairs."""
        self._server.call(lambda client: client.delete(*_account_keys(account_key)))

    def clear(self, limit: Limit) -> None:
        """Free all places of a limit."""
        self._server.call(lambda client: client.delete(limit.key))

    def note_distinct(self, key: str, members: Sequence[str]) -> None:
        """Add ``members`` to a set that stores only its size, for some days."""
        self._server.call(lambda client: client.pfadd(key, *members))
        self._server.call(lambda client: client.expire(key, Kept.DISTINCT_VISITORS.time))

    def count_distinct(self, key: str) -> int:
        """Return the size of the set of ``note_distinct``, estimated within 1 %."""
        return int(self._server.call(lambda client: client.pfcount(key)))

    def _release_unanswered(self) -> None:
        """Give back the places of unanswered calls; harmless where none was taken.

        If the server runs such a call later still, its place stays used: the limit is stricter.
        """
        while self._unanswered:
            try:
                keys, undo = self._unanswered.popleft()
            except IndexError:
                # Another thread took the last one.
                return
            try:
                self._server.run("give_back", keys, undo)
            except StoreUnavailable:
                self._unanswered.appendleft((keys, undo))
                raise

    def _inquire(self, inquiry: Inquiry[Result]) -> Result:
        self._release_unanswered()
        return inquiry.read(self._server.run(inquiry.script, inquiry.keys, inquiry.arguments))


def take_inquiry(limits: Sequence[Limit], now_ms: int) -> Inquiry[Taken | Full]:
    """Return the inquiry for ``RedisStore.peek``."""
    keys, arguments = _take_call("peek", "", limits, now_ms)

    def read(answer: list[int]) -> Taken | Full:
        places = _read_take(limits, "", answer)
        assert not isinstance(places, Emptied)  # noqa: S101 - without an epoch.
        return places

    return Inquiry("take", keys, arguments, read)


def take_since_inquiry(
    limits: Sequence[Limit], now_ms: int, epoch: str
) -> Inquiry[Taken | Full | Emptied]:
    """Inquire what ``take_since`` would return, without consuming."""
    keys, arguments = _take_call("peek", "", limits, now_ms, (epoch, LATEST_MS))
    return Inquiry("take", keys, arguments, lambda answer: _read_take(limits, "", answer))


def attempt_inquiry(
    rule: LockRule, pair_key: str, account_key: str, now_ms: int
) -> Inquiry[AttemptCounted | Locked]:
    """Return the inquiry for ``RedisStore.peek_attempt``."""
    arguments = _attempt_call("peek", "", rule, pair_key, now_ms)
    return Inquiry("count_attempt", _account_keys(account_key), arguments, _read_attempt)


def longest_lock_inquiry(account_key: str) -> Inquiry[int]:
    """Inquire the end (milliseconds, 0: none) of the longest lock of an account's pairs."""
    return Inquiry("longest_lock", _account_keys(account_key)[1:], (), int)


def _token() -> str:
    """Return a random name by which a script recognises a repeated call."""
    return os.urandom(12).hex()


def _rebuild_keys(epoch: str) -> tuple[str, str]:
    return epoch, f"{epoch}:rebuilding"


def _take_call(
    mode: str,
    token: str,
    limits: Sequence[Limit],
    now_ms: int,
    since: tuple[str, int] | None = None,
) -> tuple[tuple[str, ...], tuple[str | int, ...]]:
    keys = [limit.key for limit in limits]
    arguments: list[str | int] = [mode, now_ms, token, ""]
    if since is not None:
        keys.append(since[0])
        arguments[3] = since[1]
    for limit in limits:
        arguments += [limit.distinct or "", len(limit.windows)]
        for window in limit.windows:
            arguments += [window.seconds * 1000, window.limit]
    return tuple(keys), tuple(arguments)


def _read_take(limits: Sequence[Limit], token: str, answer: list[int]) -> Taken | Full | Emptied:
    """Parse the answer of the script; ``token`` is empty for ``peek``."""
    if answer[0] == _EMPTIED:
        return Emptied(None if answer[1] == -1 else answer[1])
    keys = tuple([limit.key for limit in limits])
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
