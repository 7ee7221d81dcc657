"""Stop the learning of a process that is about to end.

The interpreter does not wait for background threads and frees memory that numpy still uses: the
process would crash.
"""

import threading


class Interrupted(Exception):
    """Signal that the process is ending and learning was abandoned."""


_ending = threading.Event()


def interrupt() -> None:
    """Make `check` raise from now on, in every thread."""
    _ending.set()


def check() -> None:
    """Raise Interrupted after `interrupt`; call it every few tenths of a second of work."""
    if _ending.is_set():
        raise Interrupted
