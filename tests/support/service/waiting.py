"""Wait for another process."""

import time
from collections.abc import Callable


def eventually(what: Callable[[], object], seconds: float = 60) -> bool:
    """Return whether the condition becomes true; the limit is for what never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return bool(what())
