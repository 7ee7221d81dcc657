"""Connections to vendors: the proxy and the certificates of the machine, and the total time-out."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from miniprogram_api.clients.redis_server import RedisServer
from miniprogram_api.clients.upstream import (
    NoResponse,
    Reply,
    TimedOut,
    Upstream,
    json_object,
    told_by_status,
)
from miniprogram_api.clients.watching.answers import Recorder, VendorAnswers
from tests.support.service.waiting import eventually


class Proxy(BaseHTTPRequestHandler):
    """Answer with the request line and some headers."""

    was_cut = False

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        answer = f'{{"line": "{self.requestline}", "body": {body}}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@pytest.fixture
def proxy() -> Iterator[str]:
    """Return the address of a proxy."""
    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def recorder() -> Recorder[Reply]:
    # Without Redis, which is asked for nothing but the last success.
    return VendorAnswers(RedisServer("redis://127.0.0.1:1")).of("vendor", told_by_status)


def upstream(base: str) -> Upstream:
    return Upstream(recorder(), base, timeout=5, connections=1, production=False)


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


def test_proxy_of_the_environment_is_used(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    answer = json_object(
        upstream("http://vendor.invalid/api/").send(
            "POST", "/sms", params={"a": "1 2"}, json={"x": "中"}
        )
    )
    assert answer == {
        "line": "POST http://vendor.invalid/api/sms?a=1+2 HTTP/1.1",
        "body": {"x": "中"},
    }


def test_no_proxy_host_is_called_directly(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    reply = upstream(proxy).send("POST", "/sms", data="{}")
    assert json_object(reply)["line"] == "POST /sms HTTP/1.1"


def test_unreachable_proxy_is_no_response(
    closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether the proxy forwarded the request is unknown.
    monkeypatch.setenv("https_proxy", f"http://{closed_port}")
    with pytest.raises(NoResponse):
        upstream("https://vendor.invalid").send("POST", "/", data="{}")


class Trickle(BaseHTTPRequestHandler):
    """Announce a long body and send single bytes, each within the time-out."""

    was_cut = False

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        try:
            for _ in range(1200):
                self.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            Trickle.was_cut = True

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


def test_trickling_answer_times_out() -> None:
    with HTTPServer(("127.0.0.1", 0), Trickle) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        vendor = Upstream(
            recorder(),
            f"http://127.0.0.1:{server.server_port}",
            timeout=0.5,
            connections=1,
            production=False,
        )
        try:
            with pytest.raises(TimedOut):
                vendor.send("POST", "/", data="{}")
            assert eventually(lambda: Trickle.was_cut, seconds=40)
        finally:
            server.shutdown()
            thread.join()
