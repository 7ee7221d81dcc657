"""Fixtures: a plain HTTP session and a caller of WeChat's API."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.service.sandbox import CREDENTIALS, SandboxServer


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


class WeChat:
    """Call the WeChat API with an access token."""

    def __init__(self, sandbox: SandboxServer, http: requests.Session) -> None:
        self.sandbox = sandbox
        self.http = http
        self.token: str = self.stable_token()["access_token"]

    def stable_token(
        self, changes: dict[str, str] | None = None, *, force_refresh: bool = False
    ) -> dict[str, Any]:
        body = {
            "grant_type": "client_credential",
            "appid": CREDENTIALS["WECHAT_APPID"],
            "secret": CREDENTIALS["WECHAT_SECRET"],
            "force_refresh": force_refresh,
            **(changes or {}),
        }
        return self.post("/cgi-bin/stable_token", body, token=None)

    def sign_in(self, code: str, **changes: str) -> dict[str, Any]:
        query = {
            "appid": CREDENTIALS["WECHAT_APPID"],
            "secret": CREDENTIALS["WECHAT_SECRET"],
            "js_code": code,
            "grant_type": "authorization_code",
            **changes,
        }
        url = f"{self.sandbox.url}/sns/jscode2session"
        response = self.http.get(url, params=query, timeout=5)
        assert response.status_code == 200
        assert response.headers["X-Sandbox"] == "1"
        answer: dict[str, Any] = response.json()
        return answer

    def post(self, path: str, body: Any, *, token: str | None = "mine") -> dict[str, Any]:
        query = {} if token is None else {"access_token": self.token if token == "mine" else token}
        response = self.http.post(self.sandbox.url + path, params=query, json=body, timeout=5)
        assert response.status_code == 200
        assert response.headers["X-Sandbox"] == "1"
        answer: dict[str, Any] = response.json()
        return answer


@pytest.fixture
def wechat(sandbox: SandboxServer, http: requests.Session) -> WeChat:
    caller = WeChat(sandbox, http)
    sandbox.clear()
    return caller
