"""The hook of commits refuses subjects that a list of commits would cut."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import REPOSITORY
from tools.commit_subject import LONGEST, trouble


@pytest.mark.parametrize(
    "message",
    [
        "phones: codes end after five tries",
        "models/storage, tests: one pool a process\n\nBecause two were slower.",
        "x: " + "y" * (LONGEST - 3),
        "Merge branch 'main'",
        'Revert "phones: codes end after five tries"',
        "phones: codes\n# Please enter the commit message",
    ],
)
def test_usual_messages_pass(message: str) -> None:
    assert trouble(message) == ""


@pytest.mark.parametrize(
    "message",
    ["x: " + "y" * (LONGEST - 2), "changes", "phones:no blank", "phones: codes\nno empty line", ""],
)
def test_other_messages_are_refused(message: str) -> None:
    assert trouble(message)


@pytest.mark.parametrize(("subject", "status"), [("phones: codes", 0), ("y" * 73, 1)])
def test_hook_of_a_commit(tmp_path: Path, subject: str, status: int) -> None:
    """The command of .pre-commit-config.yaml, in a repository of its own."""
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text(subject)
    command = [sys.executable, "tools/commit_subject.py", str(file)]
    assert subprocess.run(command, cwd=REPOSITORY, capture_output=True).returncode == status
    assert "entry: .venv/bin/python tools/commit_subject.py" in (
        REPOSITORY / ".pre-commit-config.yaml"
    ).read_text(encoding="utf-8")
