"""The CTID client: passed, rejected, or no answer."""

import pytest

from miniprogram_api.clients import Clients
from miniprogram_api.clients.ctid import CtidAnswer, CtidOutcome, CtidSerial
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build
from tests.support.people.persons import person
from tests.support.service.sandbox import SandboxServer

MAN, OTHER = person("张三"), person("李四", sequence=991)
TOKEN = f"ctid-ok-{MAN.id_number}"


def verify(outside: Clients, token: str = TOKEN) -> CtidAnswer:
    return outside.ctid.verify(token, MAN.name, MAN.id_number)


def test_token_of_the_person_passes(outside: Clients) -> None:
    answer = verify(outside)
    assert answer.outcome is CtidOutcome.PASSED
    assert answer.request_id


@pytest.mark.parametrize("token", ["nonsense", f"ctid-ok-{OTHER.id_number}"])
def test_token_of_another_person_is_rejected(outside: Clients, token: str) -> None:
    assert verify(outside, token).outcome is CtidOutcome.REJECTED


def test_token_belongs_to_its_serial(outside: Clients) -> None:
    first, second = outside.ctid.open(), outside.ctid.open()
    assert isinstance(first, CtidSerial)
    assert isinstance(second, CtidSerial)
    assert first.serial != second.serial
    assert first.expires_in == 600

    def ask(token: str, serial: str) -> CtidOutcome:
        return outside.ctid.verify(token, MAN.name, MAN.id_number, serial).outcome

    assert ask("nonsense", first.serial) is CtidOutcome.REJECTED
    # The same question again has the same answer; another token finds the serial used.
    assert [ask(TOKEN, first.serial) for _ in range(2)] == [CtidOutcome.PASSED] * 2
    assert ask(f"ctid-ok-{OTHER.id_number}", first.serial) is CtidOutcome.REJECTED
    assert ask(TOKEN, "made-up") is CtidOutcome.REJECTED


@pytest.mark.parametrize("mode", ["busy", "limit", "error", "reset"])
def test_serial_is_no_answer_after_a_fault(
    outside: Clients, sandbox: SandboxServer, mode: str
) -> None:
    sandbox.fault("ctid", mode, 5)
    answer = outside.ctid.open()
    assert isinstance(answer, CtidAnswer)
    assert answer.outcome is CtidOutcome.NO_ANSWER


@pytest.mark.parametrize("mode", ["busy", "limit", "error", "reset"])
def test_faults_are_no_answer_and_not_retried(
    outside: Clients, sandbox: SandboxServer, mode: str
) -> None:
    sandbox.fault("ctid", mode, 5)
    assert verify(outside).outcome is CtidOutcome.NO_ANSWER
    assert len(sandbox.calls("ctid/verifications")) == 1


def test_slow_answer_is_no_answer(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("ctid", "slow", seconds=2)
    assert verify(outside).outcome is CtidOutcome.NO_ANSWER


def test_closed_port_is_no_answer(build: Build, closed_port: str) -> None:
    outside = build(ctid_base=f"http://{closed_port}")
    assert verify(outside).outcome is CtidOutcome.NO_ANSWER


def test_vendor_busy_does_not_open_the_breaker(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("ctid", "busy", 12)
    for _ in range(12):
        verify(outside)
    assert verify(outside).outcome is CtidOutcome.PASSED


def test_server_errors_open_the_breaker(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("ctid", "error", 10)
    for _ in range(11):
        assert verify(outside).outcome is CtidOutcome.NO_ANSWER
    assert len(sandbox.calls("ctid/verifications")) == 10


def test_production_rejects_sandbox_answers(build: Build) -> None:
    assert verify(build(profile="production")).outcome is CtidOutcome.NO_ANSWER


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, "[true]"),
        (200, {}),
        (200, {"verified": "true"}),
        (200, {"verified": 1}),
        (400, {"verified": True}),
        (302, {"verified": True}),
        (500, {"verified": True}),
        (503, {"error": "busy", "verified": True}),
    ],
)
def test_only_an_explicit_yes_passes(
    build: Build, canned: CannedServer, status: int, body: object
) -> None:
    canned.answer("/ctid/verifications", body, status)
    assert verify(build(ctid_base=canned.url)).outcome is CtidOutcome.NO_ANSWER
