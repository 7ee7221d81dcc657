"""The child processes of ``serve``."""

import os
import sys
from pathlib import Path

import pytest

from handlers.commands.processes import processes
from handlers.commands.processes.processes import Part
from tests.support.service.waiting import eventually

# Prints the lines appended to the given file until it is killed.
ECHO = """
import sys, time
with open(sys.argv[1]) as told:
    while True:
        line = told.readline()
        print(line, end="", flush=True) if line else time.sleep(0.01)
"""


def test_log_of_a_running_part_is_truncated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LARGEST_LOG", 1_000)
    told = tmp_path / "told"
    told.write_text("")
    log, before = tmp_path / "part.log", tmp_path / "part.log.1"
    command = [sys.executable, "-c", ECHO, str(told)]
    part = Part("part", command, environment=dict(os.environ), log=log)
    part.start()
    try:
        for text in ("first ", "second "):
            with told.open("a") as file:
                file.write(text * 200 + "\n")
            assert eventually(lambda: log.stat().st_size > 1_000)
            part.maintain(lambda _: pytest.fail("It was started again."))
            assert log.stat().st_size == 0
            assert before.read_text() == text * 200 + "\n"
        with told.open("a") as file:
            file.write("last\n")
        # At the beginning, not behind a hole of the old length.
        assert eventually(lambda: log.read_text() == "last\n")
        part.maintain(lambda _: pytest.fail("It was started again."))
        assert log.read_text() == "last\n"
    finally:
        part.kill()
