"""What is made once for all test processes of a run: whoever comes first makes it."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_directory: Path | None = None


def use(base: Path) -> None:
    """Share below ``base``, the directory of this process's own files.

    pytest-xdist gives each of its processes a directory below one that they have in common.
    """
    global _directory
    _directory = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def lock(name: str) -> Iterator[Path]:
    """Hold the lock ``name`` against the other processes; gives the directory of the run."""
    base = _directory or Path(tempfile.gettempdir())
    with open(base / f"{name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield base


def once(name: str, make: Callable[[Path], None]) -> Path:
    """The directory ``name``, filled by ``make(directory)`` in the first process that asks for it.

    The others wait. When ``make`` fails, the next one who asks tries again.
    """
    with lock(name) as base:
        wanted = base / name
        if not wanted.exists():
            unfinished = Path(tempfile.mkdtemp(dir=base))
            make(unfinished)
            unfinished.rename(wanted)
    return wanted
