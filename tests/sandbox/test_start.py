"""The sandbox process: settings, start and stop."""

import os
import signal
import subprocess
import sys

import pytest
import requests

from tests.support.service.sandbox import CREDENTIALS, REPOSITORY, SandboxServer


def _run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )


def _clean_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in CREDENTIALS}


def test_start_requires_the_signature_key() -> None:
    ended = _run(["--port", "0"], _clean_environment())
    assert ended.returncode == 2
    assert ended.stderr == "The sandbox cannot start: TENCENTCLOUD_SECRET_KEY is not set.\n"


@pytest.mark.parametrize("seconds", ["0", "-1", "soon"])
def test_start_refuses_a_token_life_of_zero(seconds: str) -> None:
    environment = {**_clean_environment(), **CREDENTIALS, "SANDBOX_TOKEN_SECONDS": seconds}
    assert _run(["--port", "0"], environment).returncode == 2


def test_unset_credentials_are_not_checked() -> None:
    with SandboxServer({"WECHAT_APPID": "", "WECHAT_SECRET": ""}) as server:
        query = {
            "appid": "wxanything",
            "secret": "anything",
            "js_code": "wx-alice",
            "grant_type": "authorization_code",
        }
        answer = requests.get(f"{server.url}/sns/jscode2session", query, timeout=5).json()
        assert answer["openid"] == "o-alice"


def test_taken_port_is_reported_in_one_line() -> None:
    with SandboxServer() as server:
        port = server.url.rpartition(":")[2]
        environment = {**_clean_environment(), **CREDENTIALS}
        ended = _run(["--port", port], environment)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"The sandbox cannot listen on 127.0.0.1:{port}: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_it_without_waiting_for_calls(number: signal.Signals) -> None:
    server = SandboxServer().start()
    process = server._process
    assert process is not None
    try:
        server.fault("wechat", "slow", seconds=60)
        with pytest.raises(requests.Timeout):
            requests.post(f"{server.url}/cgi-bin/stable_token", json={}, timeout=0.2)
        process.send_signal(number)
        process.wait(timeout=40)
        with pytest.raises(requests.ConnectionError):
            requests.get(server.url, timeout=1)
    finally:
        server.stop()
