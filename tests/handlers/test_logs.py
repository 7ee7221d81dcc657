"""Log lines on standard error: JSON without values."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.people.persons import person
from tests.support.service.sandbox import REPOSITORY

SOMEONE = person("欧阳测试", number=71)

PROGRAM = """
import logging, sys
import structlog
from handlers.logs import configure_logs
name, number = sys.argv[1:3]
configure_logs(sys.argv[3])
log = structlog.get_logger("test")
log.debug("at debug")
log.info("at info", route="/account", answered="好")
def fail():
    raise ValueError(f"{name} {number}")
try:
    fail()
except ValueError as error:
    log.error("failed", exc_info=error)
    logging.getLogger("library").exception("the library failed for %s", number)
library = logging.getLogger("library")
library.warning("no place for %s: %r", name, {"number": number})
library.info("not told %s", name)
for verbose in ("peewee", "urllib3.connectionpool", "redis.connection", "psycopg.pool"):
    logging.getLogger(verbose).debug(("SELECT ?", [name, number]))
    logging.getLogger(verbose).info("%s", number)
"""


def lines(level: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, SOMEONE.name, SOMEONE.id_number, level],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert SOMEONE.name not in done.stderr
    assert SOMEONE.id_number not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "ERROR"])
def test_no_level_logs_a_value(level: str) -> None:
    events = [line["event"] for line in lines(level)]
    expected = [
        "at debug", "at info", "failed", "the library failed for %s", "no place for %s: %r",
    ]  # fmt: skip
    assert events == {"DEBUG": expected, "INFO": expected[1:], "ERROR": expected[2:]}[level]


def test_error_is_logged_by_type_and_frames() -> None:
    failed, library = (line for line in lines("ERROR") if "failed" in line["event"])
    for line in (failed, library):
        assert line["error"] == "ValueError"
        assert [frame.rpartition(" ")[2] for frame in line["frames"]] == ["<module>", "fail"]
        assert line["level"] == "error"
        assert line["timestamp"]


IN_VAIN = """
import logging
import structlog
from handlers import logs
logs.configure_logs("INFO")
for _ in range(100):
    structlog.get_logger("test").error("failed " + "x" * 1000)
    logging.getLogger("library").error("failed " + "x" * 1000)
print("went on", flush=True)
"""


def test_full_disk_does_not_stop_the_program() -> None:
    # Every write to this device fails like a full disk.
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", IN_VAIN],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
        )
    assert done.stdout == "went on\n"


WITH_STATE = """
import peewee, psycopg, structlog
from handlers.logs import configure_logs
configure_logs("INFO")
try:
    try:
        raise psycopg.errors.DeadlockDetected("with values")
    except psycopg.Error as inner:
        raise peewee.OperationalError("with values") from inner
except peewee.OperationalError as error:
    structlog.get_logger("test").error("store unavailable", failure=error)
"""


def test_sqlstate_of_the_database_is_logged() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITH_STATE],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    line = json.loads(done.stderr)
    assert (line["error"], line["sqlstate"]) == ("OperationalError", "40P01")
    assert "with values" not in done.stderr
