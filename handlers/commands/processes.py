"""Child processes: started so that they cannot outlive us, watched, and started again.

On Linux the kernel kills a part in the moment in which its parent dies, however it died. Elsewhere
(macOS) there is no such call: there Ctrl-C, SIGTERM and SIGHUP leave no orphan, but kill -9 of the
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
FIRST_DELAY = 0.1
LONGEST_DELAY = 2.0
# A part that lived this long is healthy: its next death is again answered at once.
HEALTHY_SECONDS = 3.0
LARGEST_LOG = 10 * 1024 * 1024

_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Let the kernel send this process the signal when ``parent``, which forked it, dies.

    Call it in the child. Ends the process when the parent is dead already.
    """
    if _prctl is None:
        return
    _prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


class Part:
    """One child process: its command line, its log file, and how it is doing."""

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
        self._delay = FIRST_DELAY
        self._start_at: float | None = None

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process is not None else None

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
        self._start_at = None

    def ended(self) -> str | None:
        """How it ended, in words; None while it runs."""
        status = None if self._process is None else self._process.poll()
        if status is None:
            return None
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"ended with status {status}"

    def tend(self, say: Callable[[str], None]) -> None:
        """Start it again when it died; each death soon after a start doubles the wait.

        And keep its log short: one that runs for months would fill the disk with it.
        """
        self._keep_log_short()
        if self._start_at is None:
            how = self.ended()
            if how is None:
                return
            now = time.monotonic()
            if now - self._started > HEALTHY_SECONDS:
                self._delay = FIRST_DELAY
            self._start_at = now + self._delay
            say(f"{self.name} {how}; starting it again (log: {self.log})")
            self._delay = min(self._delay * 2, LONGEST_DELAY)
        if time.monotonic() >= self._start_at:
            self.start()

    def _keep_log_short(self) -> None:
        """Begin a large log anew; what was in it stands beside it until the next time (.log.1).

        It is copied and emptied, and not renamed, because the part goes on writing into the file
        that it has open, always at its end. What it writes between the two is lost.
        """
        # Nothing about a log may end what watches over the service.
        with suppress(OSError):
            if self.log.stat().st_size <= LARGEST_LOG:
                return
            try:
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            finally:
                # On a full disk, too, which this helps.
                os.truncate(self.log, 0)

    def ask_to_stop(self) -> None:
        """SIGTERM: finish what is being answered, then end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it and whatever it started, now."""
        if self._process is None:
            return
        # Either error says that nobody of the group is left (the second one on macOS).
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
