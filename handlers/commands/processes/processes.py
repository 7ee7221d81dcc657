"""Child processes that end with their parent and are restarted when they die.

On Linux the kernel kills a part when its parent dies. macOS has no such call: there kill -9 of the
parent leaves the embedded Valkey and gunicorn's master running.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
# A part that dies sooner after its start is restarted after a pause.
HEALTHY_SECONDS = 3.0
PAUSE_SECONDS = 0.5
LARGEST_LOG = 10 * 1024 * 1024

_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Make the kernel signal this process, a child, when ``parent`` dies; exit if it is dead."""
    if _prctl is None:
        return
    _prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


class Part:
    """One child process, with its command line and its log file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        inherited: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._inherited = tuple(inherited)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def start(self) -> None:
        """Start it in its own process group, so that Ctrl-C reaches only the parent."""
        parent = os.getpid()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._rotate_log()
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs only
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                pass_fds=self._inherited,
                process_group=0,
                preexec_fn=lambda: die_with_parent(parent),
            )
        self._started = time.monotonic()

    def ended(self) -> str | None:
        """Describe how it ended; None while it runs."""
        status = None if self._process is None else self._process.poll()
        if status is None:
            return None
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"ended with status {status}"

    def maintain(self, say: Callable[[str], None]) -> None:
        """Restart it when it died, and rotate its log."""
        self._rotate_log()
        how = self.ended()
        if how is None:
            return
        say(f"{self.name} {how}; starting it again (log: {self.log})")
        if time.monotonic() - self._started < HEALTHY_SECONDS:
            time.sleep(PAUSE_SECONDS)
        self.start()

    def _rotate_log(self) -> None:
        """Copy a large log to .log.1 and truncate it; lines written in between are lost.

        The part keeps the file open, so it cannot be renamed.
        """
        # A full disk must neither end the supervisor nor prevent the truncation.
        with suppress(OSError):
            if self.log.stat().st_size > LARGEST_LOG:
                with suppress(OSError):
                    shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
                os.truncate(self.log, 0)

    def terminate(self) -> None:
        """Send SIGTERM: the part finishes its requests, then ends."""
        if self._process is not None:
            self._process.terminate()

    def is_running(self) -> bool:
        """Return whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill it and all its children."""
        if self._process is None:
            return
        # The group is empty; macOS raises PermissionError.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def last_lines(self, count: int = 15) -> str:
        """Return the end of its log."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-count:])
