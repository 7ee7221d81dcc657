"""Messages on their way into the database: append-only files on this machine's disk.

Appending a line costs a question some microseconds; a round trip to Redis or a commit would cost it
more than finding the answer (docs/adr/0008-questions-are-kept-in-two-steps.md). What was appended
outlives the process, however that ends. Every process writes segments of its own, one after the
other, and holds the lock of the present one; a finished segment is deleted once everything in it
was handed on.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

SEGMENT_BYTES = 256 * 1024
# What was handed on stays on the disk until its segment is finished.
SEGMENT_MS = 3600 * 1000
# More segments than that wait only when nobody empties the spool.
MANY_SEGMENTS = 32

_SUFFIX = ".spool"
# More than the length of a line, so that a batch has about as many lines as it may have.
_LINE_BYTES = 1500


class Entry(NamedTuple):
    """A line: when it was added (ms), under which two keys, and what it holds (no line feed)."""

    keys: tuple[str, str]
    at_ms: int
    content: bytes


class Spool:
    """The segments in one directory; safe to share between threads, and over a fork."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._writing = Lock()
        self._file: int | None = None
        self._size, self._begun_ms = 0, 0
        self._handed_on: dict[str, int] = {}
        os.register_at_fork(after_in_child=self._begin_anew)

    def append(self, entry: Entry) -> bool:
        """Add a line; the keys have no white space. Returns whether too many segments wait.

        Raises OSError.
        """
        first, second = entry.keys
        line = f"{first} {second} {entry.at_ms} ".encode() + entry.content + b"\n"
        many = False
        with self._writing:
            file = self._file
            if file is None or self._size > SEGMENT_BYTES or self._is_old(entry):
                file = self._begin(entry)
                many = len(self._segments()) > MANY_SEGMENTS
            written = os.write(file, line)
            self._size += written
            if written < len(line):
                # The disk is full; the next line must not be taken for the rest of this one.
                self._size = SEGMENT_BYTES + 1
                raise OSError("A message was not written whole.")
        return many

    def latest(self, key: str) -> Entry | None:
        """The line that was added last under a key, if it is still here."""
        newest: Entry | None = None
        for path in self._segments():
            try:
                found = _last_of(path.read_bytes(), key)
            except FileNotFoundError:
                continue
            if found is not None and (newest is None or found.at_ms >= newest.at_ms):
                newest = found
        return newest

    def hand_on(self, take: Callable[[Sequence[Entry]], None], most: int) -> int:
        """Give `take` the lines that wait, at most `most`; returns how many it got.

        A line counts as handed on when `take` returns; whoever is killed before that, or starts
        anew, hands it on again. Nothing is done while another thread or process is at it.
        """
        try:
            directory = os.open(self._directory, os.O_RDONLY)
        except FileNotFoundError:
            return 0
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return self._hand_on(take, most)
        except BlockingIOError:
            return 0
        finally:
            os.close(directory)

    def _hand_on(self, take: Callable[[Sequence[Entry]], None], most: int) -> int:
        segments = self._segments()
        entries: list[Entry] = []
        reached: dict[Path, int] = {}
        for path in segments:
            if len(entries) >= most:
                break
            reached[path] = self._read(path, most - len(entries), entries)
        if entries:
            take(entries)
        self._handed_on = {
            path.name: reached.get(path, self._handed_on.get(path.name, 0)) for path in segments
        }
        for path, end in reached.items():
            _delete_if_finished(path, end)
        return len(entries)

    def _read(self, path: Path, most: int, entries: list[Entry]) -> int:
        """Add up to `most` lines that wait in a segment to `entries`; returns where they end."""
        start = self._handed_on.get(path.name, 0)
        try:
            with path.open("rb") as file:
                file.seek(start)
                lines = file.readlines(most * _LINE_BYTES)[:most]
        except FileNotFoundError:
            return start
        for line in lines:
            if not line.endswith(b"\n"):
                break
            start += len(line)
            entry = _parsed(line)
            if entry is not None:
                entries.append(entry)
        return start

    def _is_old(self, entry: Entry) -> bool:
        return entry.at_ms - self._begun_ms > SEGMENT_MS

    def _begin(self, entry: Entry) -> int:
        """Finish the present segment and open the next, which nobody sees before it is locked."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        path = self._directory / name
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        path.rename(path.with_suffix(_SUFFIX))
        self._file, self._size, self._begun_ms = file, 0, entry.at_ms
        return file

    def _begin_anew(self) -> None:
        """In a child: write segments of its own, and leave the parent's to the parent."""
        if self._file is not None:
            os.close(self._file)
        self._writing = Lock()
        self._file, self._handed_on = None, {}

    def _segments(self) -> list[Path]:
        return sorted(self._directory.glob(f"*{_SUFFIX}"))


@cache
def under(directory: Path) -> Spool:
    """The spool of this process under a directory, made when something is added."""
    return Spool(directory / "questions")


def _parsed(line: bytes) -> Entry | None:
    """A line's entry; None for what is left of a write that a full disk cut off."""
    try:
        first, second, at_ms, content = line.rstrip(b"\n").split(b" ", 3)
        return Entry((first.decode(), second.decode()), int(at_ms), content)
    except ValueError:
        return None


def _last_of(data: bytes, key: str) -> Entry | None:
    """The last line of a segment with this key."""
    needle = key.encode() + b" "
    end = len(data)
    while (place := data.rfind(needle, 0, end)) >= 0:
        begin = data.rfind(b"\n", 0, place) + 1
        entry = _parsed(data[begin : data.find(b"\n", place)])
        if entry is not None and key in entry.keys:
            return entry
        end = place
    return None


def _delete_if_finished(path: Path, end: int) -> None:
    """Delete a segment whose process finished it or died, if nothing beyond `end` can come."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.seek(end)
            if b"\n" not in file.read():
                path.unlink(missing_ok=True)
    except (BlockingIOError, FileNotFoundError):
        return
