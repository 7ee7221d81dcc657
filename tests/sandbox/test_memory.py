"""The sandbox's bounded stores."""

import pytest

from sandbox.memory import KeyedLog, Store


def test_oldest_entries_are_dropped() -> None:
    log: KeyedLog[int] = KeyedLog(3)
    for number in range(5):
        log.append("even" if number % 2 == 0 else "odd", number)
    assert log.newest() == [4, 3, 2]
    assert log.newest(key="even") == [4, 2]
    assert log.newest(key="odd") == [3]
    assert log.newest(1) == [4]
    assert log.newest(1, "even") == [4]
    assert log.newest(key="none") == []
    log.clear()
    assert log.newest() == log.newest(key="even") == []


def test_key_without_entries_is_dropped() -> None:
    log: KeyedLog[int] = KeyedLog(1)
    for number in range(3):
        log.append(str(number), number)
    assert list(log._by_key) == ["2"]


def test_store_keeps_the_newest() -> None:
    store: Store[int] = Store(2)
    assert store.add("a", 1)
    assert not store.add("a", 2)
    assert store.get("a") == 1
    store.put("b", 2)
    store.put("c", 3)
    assert store.get("a") is None
    assert store.take("b") == 2
    assert store.take("b") is None
    assert store.get("c") == 3


@pytest.mark.parametrize("limit", [1, 100])
def test_overwritten_key_counts_once(limit: int) -> None:
    store: Store[int] = Store(limit)
    store.put("a", 1)
    store.put("a", 2)
    assert store.get("a") == 2
