"""Resources made once for all test processes of a run."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_directory: Path | None = None


def use(base: Path) -> None:
    """Share below ``base``, the directory of this process's files.

    pytest-xdist gives each process a directory below a common one.
    """
    global _directory
    _directory = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def lock(name: str) -> Iterator[Path]:
    """Hold the lock ``name`` against the other processes; yield the directory of the run."""
    base = _directory or Path(tempfile.gettempdir())
    with open(base / f"{name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield base


def once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the directory ``name``, filled by ``make(directory)`` in the first process.

    The others wait. When ``make`` fails, the next caller tries again.
    """
    with lock(name) as base:
        wanted = base / name
        if not wanted.exists():
            unfinished = Path(tempfile.mkdtemp(dir=base))
            make(unfinished)
            unfinished.rename(wanted)
    return wanted
