"""The CheckIdNameDate client: its nine results, faults, retries and the circuit breaker."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from config import Settings
from miniprogram_api import clients, clock
from miniprogram_api.clients import Clients
from miniprogram_api.clients.identity import IdentityAnswer, IdentityOutcome
from models.storage.database import SHANGHAI
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build
from tests.support.people.persons import Person, person
from tests.support.service.processes import in_processes
from tests.support.service.sandbox import SandboxServer

MAN = person("张三")


def check(outside: Clients, who: Person = MAN) -> IdentityAnswer:
    return outside.identity.check(who.name, who.id_number, who.valid_from, who.valid_until)


def calls(sandbox: SandboxServer) -> int:
    return len(sandbox.calls("CheckIdNameDate"))


@pytest.mark.parametrize(
    ("who", "outcome"),
    [
        (MAN, IdentityOutcome.MATCH),
        (replace(MAN, valid_until=None), IdentityOutcome.MATCH),
        (person("王不符"), IdentityOutcome.MISMATCH),
        (replace(MAN, id_number=MAN.id_number[:-1]), IdentityOutcome.BAD_NUMBER),
        (replace(MAN, name="张3"), IdentityOutcome.BAD_NAME),
        (replace(MAN, valid_until=date(2001, 1, 1)), IdentityOutcome.BAD_PERIOD),
        (person("王无效"), IdentityOutcome.INVALID),
        (person("王源忙"), IdentityOutcome.SOURCE_ERROR),
        (person("王无记录"), IdentityOutcome.NO_RECORD),
        (person("王限次"), IdentityOutcome.DAILY_LIMIT),
        (replace(MAN, id_number="11010119900307001X"), IdentityOutcome.BAD_NUMBER),
        (replace(MAN, id_number="110101199003070134"), IdentityOutcome.NO_RECORD),
    ],
)
def test_nine_results_are_distinguished(
    outside: Clients, who: Person, outcome: IdentityOutcome
) -> None:
    answer = check(outside, who)
    assert answer.outcome is outcome
    assert answer.request_id


def test_request_fields(outside: Clients, sandbox: SandboxServer) -> None:
    check(outside, replace(MAN, valid_from=date(2014, 3, 7), valid_until=None))
    [call] = sandbox.calls("CheckIdNameDate")
    sent = call["request"]
    assert (json.loads(sent) if isinstance(sent, str) else sent) == {
        "Name": MAN.name,
        "IdCard": MAN.id_number,
        "ValidityBegin": "20140307",
        "ValidityEnd": "00000000",
    }


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("busy", IdentityOutcome.SOURCE_ERROR),
        ("limit", IdentityOutcome.DAILY_LIMIT),
        ("error", IdentityOutcome.NO_ANSWER),
        ("reset", IdentityOutcome.NO_ANSWER),
    ],
)
def test_faults_are_not_retried(
    outside: Clients, sandbox: SandboxServer, mode: str, outcome: IdentityOutcome
) -> None:
    sandbox.fault("identity", mode, 5)
    assert check(outside).outcome is outcome
    assert calls(sandbox) == 1


def test_slow_answer_is_no_answer(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("identity", "slow", seconds=2)
    assert check(outside) == IdentityAnswer(IdentityOutcome.NO_ANSWER)
    assert calls(sandbox) == 1


def test_unreached_source_is_retried_once(
    build: Build, sandbox: SandboxServer, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from miniprogram_api.clients.tencent import told
    from miniprogram_api.clients.upstream import Upstream

    nowhere = Upstream(
        build().guards.answers.of("identity", told),
        f"http://{closed_port}",
        timeout=1,
        connections=1,
        production=False,
    )
    send = Upstream.send
    senders = [lambda _self, *arguments, **more: send(nowhere, *arguments, **more), send]

    def send_elsewhere(self: Upstream, *arguments: str, **more: object) -> object:
        return senders.pop(0)(self, *arguments, **more)  # type: ignore[no-any-return, operator]

    monkeypatch.setattr(Upstream, "send", send_elsewhere)
    assert check(build()).outcome is IdentityOutcome.MATCH
    assert senders == []


def test_closed_port_is_no_answer(build: Build, closed_port: str) -> None:
    outside = build(tencentcloud_faceid_endpoint=closed_port)
    assert check(outside) == IdentityAnswer(IdentityOutcome.NO_ANSWER)


def test_production_rejects_sandbox_answers(build: Build, sandbox: SandboxServer) -> None:
    assert check(build(profile="production")).outcome is IdentityOutcome.NO_ANSWER
    assert calls(sandbox) == 1


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("FailedOperation.IdFormatError", IdentityOutcome.BAD_NUMBER),
        ("FailedOperation.UnKnown", IdentityOutcome.SOURCE_ERROR),
        ("RequestLimitExceeded", IdentityOutcome.SOURCE_ERROR),
        ("UnauthorizedOperation.Arrears", IdentityOutcome.NO_ANSWER),
        ("AuthFailure.SignatureFailure", IdentityOutcome.NO_ANSWER),
    ],
)
def test_call_errors_have_their_outcome(
    build: Build, canned: CannedServer, code: str, outcome: IdentityOutcome
) -> None:
    canned.answer("/", {"Response": {"Error": {"Code": code, "Message": ""}, "RequestId": "r-1"}})
    outside = build(tencentcloud_faceid_endpoint=canned.endpoint)
    assert check(outside) == IdentityAnswer(outcome, "r-1")


@pytest.mark.parametrize(
    "body",
    ["", "null", {"Response": {"RequestId": "r"}}, {"Response": {"Result": "-9"}},
     {"Response": {"Result": "-99"}}, {"Response": {"Result": None}}],
)  # fmt: skip
def test_unknown_result_is_no_answer(build: Build, canned: CannedServer, body: object) -> None:
    canned.answer("/", body)
    outside = build(tencentcloud_faceid_endpoint=canned.endpoint)
    assert check(outside).outcome is IdentityOutcome.NO_ANSWER


# The breaker -----------------------------------------------------------------------------------


@pytest.fixture
def wall() -> Iterator[list[datetime]]:
    """Replace the wall clock; the last instant of the list is now."""
    instants = [datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)]
    with clock.replaced(lambda: instants[-1]):
        yield instants


@pytest.mark.parametrize("mode", ["error", "reset"])
def test_ten_consecutive_failures_open_the_breaker_for_30_s(
    outside: Clients, sandbox: SandboxServer, wall: list[datetime], mode: str
) -> None:
    sandbox.fault("identity", mode, 10)
    for _ in range(12):
        assert check(outside).outcome is IdentityOutcome.NO_ANSWER
    assert calls(sandbox) == 10
    wall.append(wall[-1] + timedelta(seconds=30))
    assert check(outside).outcome is IdentityOutcome.MATCH
    assert check(outside).outcome is IdentityOutcome.MATCH
    assert calls(sandbox) == 12


@pytest.mark.parametrize("mode", ["busy", "limit"])
def test_vendor_busy_does_not_open_the_breaker(
    outside: Clients, sandbox: SandboxServer, mode: str
) -> None:
    sandbox.fault("identity", mode, 30)
    for _ in range(30):
        assert check(outside).outcome is not IdentityOutcome.NO_ANSWER
    assert check(outside).outcome is IdentityOutcome.MATCH


def test_face_source_has_its_own_breaker(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("identity", "error", 10)
    for _ in range(11):
        check(outside)
    answer = outside.face.compare_photo(b"\xff\xd8\xff\xe0", MAN.name, MAN.id_number)
    assert answer.outcome.value == "passed"


def test_breaker_is_shared_by_two_processes(settings: Settings, sandbox: SandboxServer) -> None:
    sandbox.fault("identity", "error", 10)
    in_processes(1, check_five_times, settings)
    outside = clients.build(settings)
    for _ in range(7):
        check(outside)
    assert calls(sandbox) == 10


def check_five_times(_number: int, _meet: Callable[[], None], settings: Settings) -> None:
    """Call the source five times in a separate process."""
    outside = clients.build(settings)
    for _ in range(5):
        assert check(outside).outcome is IdentityOutcome.NO_ANSWER


def test_breaker_is_closed_without_redis(
    build: Build, sandbox: SandboxServer, tmp_path: Path
) -> None:
    outside = build(redis_url=f"unix://{tmp_path}/none.sock")
    sandbox.fault("identity", "error", 11)
    for _ in range(11):
        check(outside)
    assert check(outside).outcome is IdentityOutcome.MATCH


def test_logs_contain_no_personal_data(
    build: Build, sandbox: SandboxServer, closed_port: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        for mode in ("ok", "busy", "error", "reset"):
            sandbox.fault("identity", mode)
            check(build())
        check(build(tencentcloud_secret_id="sandbox-other-id"))
        check(build(tencentcloud_faceid_endpoint=closed_port))
    text = caplog.text + json.dumps(logs, ensure_ascii=False)
    assert logs
    assert MAN.name not in text
    assert MAN.id_number not in text
