"""The command line as an operator types it."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from handlers import commands
from tests.support.service.sandbox import REPOSITORY

LONGEST_SECONDS = 120


def outcome(
    command: str, capsys: pytest.CaptureFixture[str], *words: str | Path
) -> tuple[int, str]:
    """Run a command in this process and return exit status and output."""
    status = commands.main([command, *map(str, words)])
    printed = capsys.readouterr()
    return status, printed.out + printed.err


def manage(
    environment: Mapping[str, str], *words: str | Path, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a ``manage.py`` command to its end, with these variables added to the environment.

    ``before`` is called in the new process before the command.
    """
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, words)],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        preexec_fn=before,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )
