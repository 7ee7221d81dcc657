"""Wait for another process."""

import time
from collections.abc import Callable


def eventually(what: Callable[[], object], seconds: float = 20) -> bool:
    """Return whether the condition becomes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return bool(what())
