"""Child processes that end with their parent and are started again when they die.

On Linux the kernel kills a part at the moment its parent dies, however it died. macOS has no such
call: there Ctrl-C, SIGTERM and SIGHUP leave no orphan, but kill -9 of the parent leaves the
embedded Valkey and gunicorn's master running.
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
# A part that died sooner than this after its start is started again only after a pause.
HEALTHY_SECONDS = 3.0
PAUSE_SECONDS = 0.5
LARGEST_LOG = 10 * 1024 * 1024

_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Make the kernel send this process the signal when ``parent``, which forked it, dies.

    Call it in the child. Ends the process when the parent is dead already.
    """
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
        """Start it in a process group of its own, so that Ctrl-C reaches only the parent."""
        parent = os.getpid()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._keep_log_short()
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
        """Return how it ended, in words; None while it runs."""
        status = None if self._process is None else self._process.poll()
        if status is None:
            return None
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"ended with status {status}"

    def tend(self, say: Callable[[str], None]) -> None:
        """Start it again when it died, and keep its log short."""
        self._keep_log_short()
        how = self.ended()
        if how is None:
            return
        say(f"{self.name} {how}; starting it again (log: {self.log})")
        if time.monotonic() - self._started < HEALTHY_SECONDS:
            time.sleep(PAUSE_SECONDS)
        self.start()

    def _keep_log_short(self) -> None:
        """Copy a large log to .log.1 and empty it.

        It is not renamed, because the part goes on writing into the file that it has open. Lines
        written between the two steps are lost.
        """
        # A full disk must not end the supervisor, nor keep the log from being emptied.
        with suppress(OSError):
            if self.log.stat().st_size > LARGEST_LOG:
                with suppress(OSError):
                    shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
                os.truncate(self.log, 0)

    def ask_to_stop(self) -> None:
        """Send SIGTERM: finish the requests in hand, then end."""
        if self._process is not None:
            self._process.terminate()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill it and all its children."""
        if self._process is None:
            return
        # Either error says that the group is empty (the second one on macOS).
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, for a message about a start that failed."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-count:])
