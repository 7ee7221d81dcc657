"""Lets a process that is about to end give up what it is learning.

The interpreter does not wait for a thread in the background, and takes away the memory under the
feet of the arithmetic that it is in the middle of: the process would end by a fault.
"""

import threading


class Interrupted(Exception):
    """The process is ending; what was being learnt is given up."""


_ending = threading.Event()


def interrupt() -> None:
    """From now on `check` raises, in every thread."""
    _ending.set()


def check() -> None:
    """To be called every few tenths of a second of work; raises Interrupted after `interrupt`."""
    if _ending.is_set():
        raise Interrupted
