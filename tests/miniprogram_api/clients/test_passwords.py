"""Wrong passwords are counted per account and address."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from miniprogram_api.clients.redis import (
    AttemptCounted,
    Full,
    Limit,
    Locked,
    LockRule,
    RedisStore,
    Taken,
    Window,
)
from miniprogram_api.clients.redis_server import RedisServer

RULE = LockRule(5, (60, 300, 1_800, 7_200), 30)
NOON = 1_793_851_200_000
MINUTE = 60_000
DAY = 86_400_000
HOME, STRANGER, ACCOUNT = "account-1:192.0.2.1", "account-1:198.51.100.9", "tries:account-1"


def attempts(
    store: RedisStore, count: int, at: int, pair: str = HOME
) -> list[AttemptCounted | Locked]:
    return [store.count_attempt(RULE, pair, ACCOUNT, at) for _ in range(count)]


def allowed(*attempts_left: int) -> list[AttemptCounted]:
    return [AttemptCounted(left) for left in attempts_left]


def test_five_wrong_tries_lock_for_a_minute(store: RedisStore) -> None:
    assert attempts(store, 5, NOON) == allowed(4, 3, 2, 1, 0)
    assert attempts(store, 1, NOON) == [Locked(60)]
    assert attempts(store, 1, NOON + MINUTE - 1) == [Locked(1)]
    assert attempts(store, 1, NOON + MINUTE) == allowed(4)


def test_locks_grow_and_the_longest_repeats(store: RedisStore) -> None:
    now = NOON
    for minutes in (1, 5, 30, 120, 120):
        assert attempts(store, 5, now)[-1] == AttemptCounted(0)
        assert attempts(store, 1, now) == [Locked(minutes * 60)]
        now += minutes * MINUTE


def test_refused_tries_are_not_counted(store: RedisStore) -> None:
    attempts(store, 5 + 40, NOON)
    assert attempts(store, 5, NOON + MINUTE) == allowed(4, 3, 2, 1, 0)


def test_another_address_is_not_locked(store: RedisStore) -> None:
    attempts(store, 6, NOON, STRANGER)
    assert attempts(store, 1, NOON, HOME) == allowed(4)


def test_pair_expires_a_day_after_its_last_try(store: RedisStore) -> None:
    attempts(store, 4, NOON)
    assert store.peek_attempt(RULE, HOME, ACCOUNT, NOON + DAY - 1) == AttemptCounted(1)
    assert attempts(store, 1, NOON + DAY) == allowed(4)


def test_account_allows_30_tries_a_day_over_all_addresses(store: RedisStore) -> None:
    for number in range(10):
        attempts(store, 3, NOON + number * 1000, f"account-1:203.0.113.{number}")
    full = store.count_attempt(RULE, HOME, ACCOUNT, NOON + 20_000)
    assert full == Locked(86_400 - 20, is_whole_account=True)
    assert store.peek_attempt(RULE, HOME, ACCOUNT, NOON + 20_000) == full
    # Three attempts leave the moving day at once, so three come in.
    assert attempts(store, 3, NOON + DAY) == allowed(4, 3, 2)
    assert attempts(store, 1, NOON + DAY) == [Locked(1, is_whole_account=True)]


def test_longer_lock_of_pair_and_account_is_returned(store: RedisStore) -> None:
    now = NOON
    for minutes in (1, 5, 30, 120, 120):
        attempts(store, 5, now)
        now += minutes * MINUTE
    attempts(store, 5, now)
    locked = store.count_attempt(RULE, HOME, ACCOUNT, now)
    assert locked == Locked(86_400 - 276 * 60, is_whole_account=True)


def test_right_password_clears_the_pair_and_its_own_try(store: RedisStore) -> None:
    for number in range(100):
        assert store.count_attempt(RULE, HOME, ACCOUNT, NOON + number) == AttemptCounted(4)
        store.forget_pair(HOME, ACCOUNT)
    assert store.peek_attempt(RULE, HOME, ACCOUNT, NOON + 100) == AttemptCounted(5)


def test_earlier_wrong_tries_of_the_account_stay_counted(store: RedisStore) -> None:
    attempts(store, 4, NOON)
    store.count_attempt(RULE, HOME, ACCOUNT, NOON)
    store.forget_pair(HOME, ACCOUNT)
    for number in range(26):
        store.count_attempt(RULE, f"account-1:203.0.113.{number}", ACCOUNT, NOON)
    assert store.count_attempt(RULE, STRANGER, ACCOUNT, NOON) == Locked(
        86_400, is_whole_account=True
    )


def test_a_right_password_for_an_unknown_pair_changes_nothing(store: RedisStore) -> None:
    attempts(store, 1, NOON, STRANGER)
    store.forget_pair(HOME, ACCOUNT)
    assert store.peek_attempt(RULE, STRANGER, ACCOUNT, NOON) == AttemptCounted(4)


def test_peeking_counts_nothing(store: RedisStore) -> None:
    assert store.peek_attempt(RULE, HOME, ACCOUNT, NOON) == AttemptCounted(5)
    attempts(store, 5, NOON)
    assert [store.peek_attempt(RULE, HOME, ACCOUNT, NOON) for _ in range(9)] == [Locked(60)] * 9
    assert store.peek_attempt(RULE, HOME, ACCOUNT, NOON + MINUTE) == AttemptCounted(5)


def test_unlocking_clears_every_address(store: RedisStore) -> None:
    attempts(store, 6, NOON, HOME)
    attempts(store, 6, NOON, STRANGER)
    store.forget_attempts(ACCOUNT)
    for pair in (HOME, STRANGER):
        assert store.peek_attempt(RULE, pair, ACCOUNT, NOON) == AttemptCounted(5)


def test_accounts_are_counted_separately(store: RedisStore) -> None:
    attempts(store, 6, NOON)
    assert store.count_attempt(
        RULE, "account-2:192.0.2.1", "tries:account-2", NOON
    ) == AttemptCounted(4)


def test_parallel_guesses_get_no_more_than_five(store: RedisStore) -> None:
    all_there = threading.Barrier(40)

    def guess(_: int) -> AttemptCounted | Locked:
        all_there.wait(timeout=30)
        return store.count_attempt(RULE, HOME, ACCOUNT, NOON)

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(guess, range(40)))
    assert sum(isinstance(answer, AttemptCounted) for answer in answers) == 5


@pytest.mark.parametrize("back", [2_000, 3_600_000, 30 * DAY])
def test_lock_set_in_the_future_lasts_at_most_its_length(store: RedisStore, back: int) -> None:
    attempts(store, 5, NOON)
    assert attempts(store, 1, NOON - back) == [Locked(60)]
    assert attempts(store, 1, NOON - back + MINUTE) == allowed(4)


def test_account_counted_in_the_future_unlocks_after_a_day(store: RedisStore) -> None:
    for number in range(30):
        store.count_attempt(RULE, f"account-1:203.0.113.{number}", ACCOUNT, NOON)
    earlier = NOON - 10 * DAY
    assert attempts(store, 1, earlier) == [Locked(86_400, is_whole_account=True)]
    assert attempts(store, 1, earlier + DAY) == allowed(4)


def test_a_repeated_call_is_counted_once(server: RedisServer, store: RedisStore) -> None:
    keys = [ACCOUNT, f"{ACCOUNT}:pairs"]
    arguments: list[str | int] = ["count", NOON, HOME, "token", 5, 30, MINUTE, 5 * MINUTE]
    assert server.run("count_attempt", keys, arguments) == [1, 4]
    assert server.run("count_attempt", keys, arguments) == [1, 4]
    assert attempts(store, 1, NOON) == allowed(3)


def test_old_pairs_are_deleted(server: RedisServer, store: RedisStore) -> None:
    for number in range(90):
        store.count_attempt(RULE, f"account-1:{number}", ACCOUNT, NOON + number * DAY)
    kept: int = server.call(lambda client: client.hlen(f"{ACCOUNT}:pairs"))
    assert kept <= 61


def test_a_full_gate_refuses_before_the_try_counts(store: RedisStore) -> None:
    gate = Limit("gate", (Window("minute", 60, 2),))
    wider = Limit("wider", (Window("hour", 3_600, 1),))
    for number in range(2):
        store.take([gate], NOON + number)
    behind = store.count_attempt_behind([gate, wider], RULE, HOME, ACCOUNT, NOON + 1_000)
    assert behind == Full("gate", "minute", 59, {})
    store.take([wider], NOON + 1_000)
    behind = store.count_attempt_behind([gate, wider], RULE, HOME, ACCOUNT, NOON + 1_000)
    assert behind == Full("wider", "hour", 3_600, {})
    # Nothing was counted, neither the attempts nor in a gate.
    assert attempts(store, 1, NOON + 2_000) == allowed(4)
    assert store.count_attempt_behind([gate], RULE, HOME, ACCOUNT, NOON + MINUTE) == AttemptCounted(
        3
    )
    assert isinstance(store.take([gate], NOON + MINUTE), Taken)


def test_gates_do_not_change_how_long_a_lock_is(store: RedisStore) -> None:
    gates = [Limit(f"gate {number}", (Window("minute", 60, 9),)) for number in range(2)]
    for left in (4, 3, 2, 1, 0):
        assert store.count_attempt_behind(gates, RULE, HOME, ACCOUNT, NOON) == AttemptCounted(left)
    assert store.count_attempt_behind(gates, RULE, HOME, ACCOUNT, NOON) == Locked(60)
