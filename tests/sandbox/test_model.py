"""The sandbox's language model."""

import json
from typing import Any

import pytest
import requests

from tests.support.service.sandbox import SandboxServer


def ask(sandbox: SandboxServer, http: requests.Session, body: Any) -> requests.Response:
    return http.post(f"{sandbox.url}/v1/chat/completions", json=body, timeout=5)


def body_of(text: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"number": {"type": "integer", "enum": [0, 1, 2]}}}
    return {
        "model": "m",
        "messages": [{"role": "user", "content": text}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}},
    }


@pytest.mark.parametrize(("text", "number"), [("问题", 1), ("sandbox-0", 0), ("a sandbox-2 b", 2)])
def test_word_chooses(
    sandbox: SandboxServer, http: requests.Session, text: str, number: int
) -> None:
    response = ask(sandbox, http, body_of(text))
    assert response.status_code == 200
    (choice,) = response.json()["choices"]
    assert json.loads(choice["message"]["content"]) == {"number": number}


@pytest.mark.parametrize("body", [None, [], {}, {**body_of("x"), "messages": [{}]}, {"model": "m"}])
def test_malformed_calls_are_refused(
    sandbox: SandboxServer, http: requests.Session, body: Any
) -> None:
    assert ask(sandbox, http, body).status_code == 400
