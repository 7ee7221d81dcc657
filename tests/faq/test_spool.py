import os
import resource
import signal
from collections.abc import Sequence
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from faq import spool
from faq.spool import Entry, Spool

fork = get_context("fork")


def entry(number: int, key: str = "talk", content: bytes | None = None) -> Entry:
    return Entry((key, f"message{number}"), 1_000 + number, content or b"%d" % number)


def handed_on(waiting: Spool, most: int = 100) -> list[bytes]:
    """What the spool gives when it is asked once."""
    taken: list[bytes] = []
    waiting.hand_on(lambda entries: taken.extend(e.content for e in entries), most)
    return taken


@pytest.fixture
def waiting(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def test_what_is_added_is_handed_on_once_and_in_order(waiting: Spool) -> None:
    for number in range(5):
        waiting.append(entry(number, content=b"%d \t \xff \0 " % number))
    assert handed_on(waiting, 3) == [b"%d \t \xff \0 " % n for n in range(3)]
    assert handed_on(waiting) == [b"%d \t \xff \0 " % n for n in range(3, 5)]
    assert handed_on(waiting) == []


def test_an_empty_spool_is_no_error(waiting: Spool) -> None:
    assert handed_on(waiting) == []
    assert waiting.latest("talk") is None


def test_the_latest_line_is_found_under_either_key(waiting: Spool) -> None:
    for number in range(50):
        waiting.append(entry(number, key=f"talk{number % 2}"))
    found = waiting.latest("talk0")
    assert found == entry(48, "talk0")
    assert waiting.latest("message7") == entry(7, "talk1")
    assert waiting.latest("talk") is None
    assert waiting.latest("message") is None


def test_what_could_not_be_taken_is_handed_on_again(waiting: Spool) -> None:
    waiting.append(entry(1))

    def refuse(_entries: Sequence[Entry]) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        waiting.hand_on(refuse, 10)
    assert handed_on(waiting) == [b"1"]


def test_the_latest_line_may_be_another_process_s(waiting: Spool, tmp_path: Path) -> None:
    waiting.append(entry(1))
    child = fork.Process(target=waiting.append, args=(entry(2),))
    child.start()
    child.join(timeout=20)
    assert child.exitcode == 0
    found = waiting.latest("talk")
    assert found is not None
    assert found.content == b"2"
    # Both wrote segments of their own.
    assert len(list((tmp_path / "spool").iterdir())) == 2
    assert sorted(handed_on(waiting)) == [b"1", b"2"]


def _add_for_ever(waiting: Spool, told: Connection) -> None:
    for number in count():
        waiting.append(entry(number))
        told.send(number)


def test_a_killed_process_leaves_what_it_added(waiting: Spool, tmp_path: Path) -> None:
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_add_for_ever, args=(waiting, theirs))
    child.start()
    while ours.recv() < 200:
        pass
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join(timeout=20)
    found = handed_on(Spool(tmp_path / "spool"), 1_000_000)
    assert len(found) > 200
    assert found == [b"%d" % number for number in range(len(found))]
    # Nobody can add to it any more, so it is gone.
    assert list((tmp_path / "spool").iterdir()) == []


def test_full_segments_go_when_they_are_handed_on(
    waiting: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "SEGMENT_BYTES", 1_000)
    monkeypatch.setattr(spool, "MANY_SEGMENTS", 12)
    many = [waiting.append(entry(number, content=b"x" * 600)) for number in range(60)]
    assert not any(many[:20])
    assert any(many)
    assert len(list((tmp_path / "spool").iterdir())) == 30
    assert len(handed_on(waiting)) == 60
    # The one in use stays.
    assert len(list((tmp_path / "spool").iterdir())) == 1


def test_a_segment_ends_after_an_hour(waiting: Spool, tmp_path: Path) -> None:
    waiting.append(entry(1))
    assert handed_on(waiting) == [b"1"]
    waiting.append(entry(spool.SEGMENT_MS + 2))
    handed_on(waiting)
    assert len(list((tmp_path / "spool").iterdir())) == 1
    assert waiting.latest("message1") is None


def _add_to_a_full_disk(waiting: Spool, answers: Connection) -> None:
    """A limit on the size of files looks to the process like a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    waiting.append(entry(1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, resource.RLIM_INFINITY))
    refused = 0
    for number in range(2, 5):
        try:
            waiting.append(entry(number, content=b"x" * 600))
        except OSError:
            refused += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    waiting.append(entry(5))
    answers.send(refused)


def test_a_full_disk_is_told_and_costs_no_other_line(waiting: Spool, tmp_path: Path) -> None:
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_add_to_a_full_disk, args=(waiting, theirs))
    child.start()
    assert ours.recv() == 3
    child.join(timeout=20)
    assert handed_on(waiting) == [b"1", b"5"]
    assert list((tmp_path / "spool").iterdir()) == []


def test_only_one_at_a_time_hands_on(waiting: Spool, tmp_path: Path) -> None:
    waiting.append(entry(1))
    other = Spool(tmp_path / "spool")
    meanwhile: list[bytes] = [b"not asked"]

    def take(_entries: Sequence[Entry]) -> None:
        meanwhile[:] = handed_on(other)

    assert waiting.hand_on(take, 10) == 1
    assert meanwhile == []
    assert handed_on(other) == [b"1"]


def test_the_spool_is_nobody_else_s(waiting: Spool, tmp_path: Path) -> None:
    waiting.append(entry(1))
    directory = tmp_path / "spool"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in directory.iterdir()] == [0o600]
