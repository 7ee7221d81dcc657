"""A sandbox process for tests, and queries of what it received.

Usage, for example in a ``conftest.py``::

    @pytest.fixture(scope="session")
    def sandbox_process() -> Iterator[SandboxServer]:
        with SandboxServer() as server:
            yield server

    @pytest.fixture
    def sandbox(sandbox_process: SandboxServer) -> SandboxServer:
        sandbox_process.clear()
        return sandbox_process
"""

import os
import subprocess
import sys
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Any, Self

import requests

REPOSITORY = Path(__file__).resolve().parents[3]

# Credentials of the sandbox and its callers.
CREDENTIALS = {
    "WECHAT_APPID": "wx5a4db0c0ffee0001",
    "WECHAT_SECRET": "sandbox-wechat-secret",
    "TENCENTCLOUD_SECRET_ID": "sandbox-secret-id",
    "TENCENTCLOUD_SECRET_KEY": "sandbox-secret-key",
}

READY_PREFIX = "sandbox ready on "


class SandboxServer:
    """Run one sandbox process on a free port of 127.0.0.1.

    ``url`` is its address without a trailing slash, ``endpoint`` the same as ``host:port`` (for
    Tencent's SDK). The other methods call it over HTTP.
    """

    def __init__(self, environment: dict[str, str] | None = None, *, port: int = 0) -> None:
        """Prepare a server; ``environment`` extends ``CREDENTIALS``, port 0 is any."""
        self.credentials = {**CREDENTIALS, **(environment or {})}
        self.url = ""
        self._port = port
        self._process: subprocess.Popen[str] | None = None
        self._session = requests.Session()
        # Loopback calls ignore the machine's proxy settings.
        self._session.trust_env = False

    @classmethod
    def at(cls, url: str) -> Self:
        """Return a sandbox started elsewhere, for queries only."""
        server = cls()
        server.url = url
        return server

    # Life of the process ------------------------------------------------------------------------

    def start(self, timeout_seconds: float = 30) -> Self:
        """Start the process and wait until it serves.

        Raises RuntimeError when it ends early or is not ready in time.
        """
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--port", str(self._port)],
            cwd=REPOSITORY,
            env={**os.environ, **self.credentials},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._process = process
        lines: Queue[str] = Queue()

        def forward_lines() -> None:
            assert process.stdout is not None
            with process.stdout as stdout:
                for line in stdout:
                    lines.put(line)
            lines.put("")

        Thread(target=forward_lines, daemon=True).start()
        try:
            while not (line := lines.get(timeout=timeout_seconds)).startswith(READY_PREFIX):
                if not line:
                    raise RuntimeError(f"the sandbox ended with {process.wait()}")
        except Empty:
            self.stop()
            raise RuntimeError("the sandbox was not ready in time") from None
        self.url = line.removeprefix(READY_PREFIX).strip()
        return self

    def stop(self) -> None:
        """End the process, if it runs."""
        self._session.close()
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """``host:port``."""
        return self.url.removeprefix("http://")

    @property
    def process_id(self) -> int:
        """Return the process id of the running server."""
        assert self._process is not None
        return self._process.pid

    # Recorded calls -----------------------------------------------------------------------------

    def inbox(self, phone: str | None = None) -> list[dict[str, Any]]:
        """Return the SMS of one phone (11 digits) or all: phone, text, code, at; newest first."""
        messages: list[dict[str, Any]] = self._get("/sandbox/inbox", phone=phone)["messages"]
        return messages

    def last_code(self, phone: str) -> str:
        """Return the newest six-digit code of this phone; raises LookupError without one."""
        for message in self.inbox(phone):
            if message["code"] is not None:
                code: str = message["code"]
                return code
        raise LookupError("this phone got no code")

    def wechat_messages(self, openid: str | None = None) -> list[dict[str, Any]]:
        """Return the messages sent to this WeChat user (or all), newest first."""
        path = "/sandbox/wechat/messages"
        messages: list[dict[str, Any]] = self._get(path, openid=openid)["messages"]
        return messages

    def calls(self, action: str | None = None) -> list[dict[str, Any]]:
        """Return the received calls in order; ``action`` such as ``SendSms``."""
        calls: list[dict[str, Any]] = self._get("/sandbox/calls", action=action)["calls"]
        return calls

    def hook_events(self) -> list[dict[str, Any]]:
        """Return the webhook events, oldest first: headers, body (text), at."""
        events: list[dict[str, Any]] = self._get("/sandbox/registrar/events")["events"]
        return events

    def card(self, side: str, **values: str) -> bytes:
        """Return the PNG of a sample card; values as ``sandbox.cards.picture``."""
        url = f"{self.url}/sandbox/cards/{side}.png"
        answer = self._session.get(url, params=values, timeout=10)
        answer.raise_for_status()
        return answer.content

    # Behaviour ----------------------------------------------------------------------------------

    def fault(
        self,
        target: str,
        mode: str,
        count: int = 1,
        *,
        seconds: float | None = None,
        action: str | None = None,
    ) -> None:
        """Make the next ``count`` calls of ``target`` fail.

        target: sms, identity, face, wechat, ctid, registrar; mode: ok, slow, error, busy, reset,
        limit.
        ``seconds`` is the delay of "slow", ``action`` limits the fault to one kind of call.
        """
        fault: dict[str, Any] = {"target": target, "mode": mode, "count": count}
        if seconds is not None:
            fault["seconds"] = seconds
        if action is not None:
            fault["action"] = action
        self._post("/sandbox/faults", fault)

    def face(self, openid: str, ret: int) -> None:
        """Set the ``verify_ret`` of the user's next WeChat face check."""
        self._post("/sandbox/wechat/face", {"openid": openid, "ret": ret})

    def phone(self, phone: str, **plan: str) -> None:
        """Set what becomes of messages to a phone (arguments as ``/sandbox/sms/phones``)."""
        self._post("/sandbox/sms/phones", {"phone": phone, **plan})

    def push_reports(self, url: str, vendor: str = "tencent") -> dict[str, Any]:
        """Push the waiting delivery reports of a vendor to the service; return its answer."""
        return self._post("/sandbox/sms/reports", {"vendor": vendor, "url": url})

    def subscribe(self, openid: str, template_id: str, accepted: int = 1) -> None:
        """Set how often this user accepted a subscription template; 0: rejected."""
        body = {"openid": openid, "template_id": template_id, "accepted": accepted}
        self._post("/sandbox/wechat/subscriptions", body)

    def push(self, openid: str, text: str = "", **body: str) -> dict[str, Any]:
        """Let a user write into the chat (arguments as ``/sandbox/wechat/push``).

        Returns the service's answer. Raises ValueError when the push was not accepted.
        """
        sent = {"openid": openid, **({"text": text} if text else {}), **body}
        return self._post("/sandbox/wechat/push", sent)

    def allow(self, openid: str, messages: int, seconds: float = 3600) -> None:
        """Set how many messages WeChat accepts to this user, and for how long."""
        body = {"openid": openid, "messages": messages, "seconds": seconds}
        self._post("/sandbox/wechat/allowances", body)

    def plant(self, **what: Any) -> None:
        """Plant what is wrong with our account at the vendors; see sandbox/products/account.py."""
        self._post("/sandbox/account", what)

    def clear(self) -> None:
        """Clear inbox, chat messages, calls, faults, used codes and face checks."""
        self._post("/sandbox/clear", {})

    def _get(self, path: str, **query: str | None) -> dict[str, Any]:
        response = self._session.get(
            self.url + path, params=query, headers={"Accept": "application/json"}, timeout=10
        )
        response.raise_for_status()
        body: dict[str, Any] = response.json()
        return body

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self._session.post(self.url + path, json=body, timeout=10)
        if response.status_code != 200:
            raise ValueError(f"the sandbox refused: {response.text}")
        answer: dict[str, Any] = response.json()
        return answer
