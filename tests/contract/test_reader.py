"""The reader's client: a number, none, or no answer."""

import json
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from miniprogram_api.clients import Clients, reader
from miniprogram_api.clients.reader import ReaderAnswer, ReaderOutcome
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build
from tests.support.service.sandbox import SandboxServer

CANDIDATES = ("登录密码忘了", "收不到验证码", "换手机号")
PATH = "/v1/chat/completions"
NO_ANSWER = ReaderAnswer(ReaderOutcome.NO_ANSWER)


@pytest.fixture
def outside(build: Build, sandbox: SandboxServer) -> Clients:
    return build(faq_reader_url=f"{sandbox.url}/v1", faq_reader_model="qwen-test")


def choose(outside: Clients, question: str = "短信没来") -> ReaderAnswer:
    return outside.reader.choose(question, ("在吗",), CANDIDATES)


def completion(content: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("短信没来", ReaderAnswer(ReaderOutcome.CHOSE, 0)),
        ("短信没来 sandbox-3", ReaderAnswer(ReaderOutcome.CHOSE, 2)),
        ("短信没来 sandbox-0", ReaderAnswer(ReaderOutcome.NONE)),
        ("短信没来 sandbox-4", NO_ANSWER),
        ("短信没来 sandbox-nonsense", NO_ANSWER),
    ],
)
def test_number_chooses(outside: Clients, question: str, answer: ReaderAnswer) -> None:
    assert choose(outside, question) == answer


def test_request_is_a_closed_question(build: Build, canned: CannedServer) -> None:
    canned.answer(PATH, completion('{"number": 2}'))
    outside = build(
        faq_reader_url=f"{canned.url}/v1/",
        faq_reader_model="qwen-test",
        faq_reader_key=SecretStr("sk-1"),
    )
    assert choose(outside) == ReaderAnswer(ReaderOutcome.CHOSE, 1)
    (request,) = canned.requests
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert (request.method, request.path) == ("POST", PATH)
    assert headers["authorization"] == "Bearer sk-1"
    body = json.loads(request.body)
    assert (body["model"], body["temperature"]) == ("qwen-test", 0)
    schema = body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["properties"] == {"number": {"type": "integer", "enum": [0, 1, 2, 3]}}
    assert json.loads(body["messages"][-1]["content"]) == {
        "question": "短信没来",
        "before": ["在吗"],
        "candidates": {"1": "登录密码忘了", "2": "收不到验证码", "3": "换手机号"},
    }


def test_log_line_has_no_text(outside: Clients) -> None:
    with structlog.testing.capture_logs() as lines:
        choose(outside)
    (line,) = lines
    assert line.pop("milliseconds") >= 0
    assert line == {
        "event": "reader_asked",
        "outcome": "chose",
        "candidates": 3,
        "log_level": "info",
    }


@pytest.mark.parametrize("mode", ["busy", "limit", "error", "reset"])
def test_faults_are_no_answer_and_not_retried(
    outside: Clients, sandbox: SandboxServer, mode: str
) -> None:
    sandbox.fault("reader", mode, 5)
    assert choose(outside) == NO_ANSWER
    assert len(sandbox.calls("chat/completions")) == 1


def test_slow_answer_is_given_up(
    build: Build, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reader.TIMEOUT_SECONDS == 2
    monkeypatch.setattr(reader, "TIMEOUT_SECONDS", 0.3)
    outside = build(faq_reader_url=f"{sandbox.url}/v1", faq_reader_model="qwen-test")
    sandbox.fault("reader", "slow", seconds=1)
    assert choose(outside) == ReaderAnswer(ReaderOutcome.TIMED_OUT)


def test_failures_open_the_breaker(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("reader", "error", 10)
    for _ in range(10):
        assert choose(outside) == NO_ANSWER
    assert choose(outside) == ReaderAnswer(ReaderOutcome.NOT_ASKED)
    assert len(sandbox.calls("chat/completions")) == 10


def test_closed_port_is_no_answer(build: Build, closed_port: str) -> None:
    assert choose(build(faq_reader_url=f"http://{closed_port}/v1")) == NO_ANSWER


def test_production_rejects_sandbox_answers(build: Build, sandbox: SandboxServer) -> None:
    outside = build(
        profile="production", faq_reader_url=f"{sandbox.url}/v1", faq_reader_model="qwen-test"
    )
    assert choose(outside) == NO_ANSWER


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, "[]"),
        (200, {"choices": []}),
        (200, {"choices": [{"message": None}]}),
        (200, completion(None)),
        (200, completion("2")),
        (200, completion('"2"')),
        (200, completion('{"number": "2"}')),
        (200, completion('{"number": true}')),
        (200, completion('{"number": 2.0}')),
        (200, completion('{"number": -1}')),
        (200, completion('{"number": 4}')),
        (200, completion("[" * 100_000)),
        (302, completion('{"number": 2}')),
        (401, completion('{"number": 2}')),
        (500, completion('{"number": 2}')),
    ],
)
def test_only_an_allowed_number_counts(
    build: Build, canned: CannedServer, status: int, body: object
) -> None:
    canned.answer(PATH, body, status)
    outside = build(faq_reader_url=f"{canned.url}/v1", faq_reader_model="qwen-test")
    assert choose(outside) == NO_ANSWER
