"""A refusal with 503 is one error line a minute and cause."""

import time

import peewee
import psycopg
import pytest
from structlog.testing import capture_logs

from handlers import unavailable
from miniprogram_api.reasons import Reason, Refused

BUSY = Refused(Reason.SMS_UNAVAILABLE, side="gateway")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(unavailable, "_told", {})
    return now


def causes(lines: list[object]) -> list[tuple[str, int]]:
    return [(line["cause"], line["since_last"]) for line in lines]  # type: ignore[index]


def test_each_cause_is_told_once_a_minute(clock: list[float]) -> None:
    with capture_logs() as lines:
        for _ in range(5):
            unavailable.note(BUSY)
        unavailable.note(Refused(Reason.SMS_UNAVAILABLE, side="rate"))
        clock[0] += 59
        unavailable.note(BUSY)
        clock[0] += 1
        unavailable.note(BUSY)
    assert {line["log_level"] for line in lines} == {"error"}
    assert causes([*lines]) == [
        ("SMS_UNAVAILABLE:gateway", 0),
        ("SMS_UNAVAILABLE:rate", 0),
        ("SMS_UNAVAILABLE:gateway", 5),
    ]


def test_cause_names_the_error_and_its_sqlstate(clock: list[float]) -> None:
    try:
        try:
            raise psycopg.errors.TooManyConnections("secret")
        except psycopg.Error as error:
            raise peewee.OperationalError("secret") from error
    except peewee.OperationalError as error:
        with capture_logs() as lines:
            unavailable.note(Refused(Reason.SERVICE_UNAVAILABLE), error)
            unavailable.note(Refused(Reason.SERVICE_UNAVAILABLE, failing=["disk"]))
    assert causes([*lines]) == [
        ("SERVICE_UNAVAILABLE:OperationalError:53300", 0),
        ("SERVICE_UNAVAILABLE:disk", 0),
    ]
