"""The HTTP server: unread bodies, invalid requests, idle and lost connections."""

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
import requests

from handlers import http_worker
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import Service, free_port
from tests.support.service.waiting import eventually

TOKEN = "a-token-that-no-log-may-hold-1234567890"
NUMBER = "110101199001019910"


def exchange(service: Service, sent: bytes) -> bytes:
    """Send bytes and return the answer; the server may close the connection early."""
    received = b""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(sent)
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65536):
                received += chunk
    return received


def web_log(service: Service) -> str:
    return (service.settings.var_dir / "log" / "web.log").read_text()


@pytest.mark.parametrize(("length", "chunked"), [(20_000_000, False), (20_000_000, True)])
def test_large_body_is_answered_before_the_connection_closes(
    service: Service, length: int, chunked: bool
) -> None:
    head = b"POST /api/v1/identity-checks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    if chunked:
        head += b"Transfer-Encoding: chunked\r\n\r\n" + f"{length:x}\r\n".encode()
    else:
        head += f"Content-Length: {length}\r\n\r\n".encode()
    received = exchange(service, head + b"x" * length)

    assert received.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"BODY_TOO_LARGE"' in received


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/identity-checks", 413),
        ("/api/v1/face-verifications", 401),
        ("/api/v1/nothing", 404),
        ("/", 405),
    ],
)
def test_connection_is_kept_after_an_unread_body(service: Service, path: str, status: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, body=b"x" * 11_000_000, headers=headers)
        answer = connection.getresponse()
        assert answer.status == status
        answer.read()
        used = connection.sock
        connection.request("GET", "/api/v1/consent")
        assert connection.getresponse().status == 200
        # http.client opens another one silently.
        assert connection.sock is used


def test_idle_connections_occupy_no_thread(service: Service) -> None:
    with ExitStack() as exits:
        for _ in range(64):
            exits.enter_context(socket.create_connection(("127.0.0.1", service.port)))
        for _ in range(20):
            began = time.monotonic()
            assert requests.get(f"{service.url}/healthz", timeout=30).status_code == 200
            assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        f"GET /{NUMBER}\r\n\r\n".encode(),
        f"GET /{NUMBER}?a={TOKEN} HTTP/9.9\r\nHost: x\r\n\r\n".encode(),
        f"GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization Bearer {TOKEN}\r\n\r\n".encode(),
        f"GET /healthz HTTP/1.1\r\nHost: x\r\nA b: {TOKEN}\r\n\r\n".encode(),
        f"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\r\n {TOKEN}\r\n\r\n".encode(),
        f"GET /healthz HTTP/1.1\r\nHost: x\r\nA: \x00{TOKEN}\r\n\r\n".encode(),
        f"GET /healthz HTTP/1.1\r\nHost: x\r\nA: {TOKEN}{'x' * 9000}\r\n\r\n".encode(),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 150 + b"\r\n",
        f"GET /{NUMBER}{'x' * 5000} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        f"POST /{NUMBER} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {TOKEN}\r\n\r\n".encode(),
        f"POST /{NUMBER} HTTP/1.1\r\nHost: x\r\nContent-Length: -{NUMBER}\r\n\r\n".encode(),
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0",
        f"POST / HTTP/1.1\r\nHost: x\r\nExpect: {TOKEN}\r\n\r\n".encode(),
    ],
)
def test_invalid_request_is_refused_as_json_and_not_logged(service: Service, sent: bytes) -> None:
    received = exchange(service, sent)

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 "), received
    content = json.loads(body)
    assert content["code"] == "MALFORMED_JSON"
    assert re.search(r"[\u4e00-\u9fff]", content["message"])
    assert content["help"] is None
    assert f"X-Request-ID: {content['request_id']}".encode() in head
    log = web_log(service)
    assert content["request_id"] in log
    assert TOKEN not in log
    assert NUMBER not in log


@pytest.mark.parametrize(
    "body", [b"zz\r\nabc\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"3;=\r\nabc\r\n0\r\n\r\n"]
)
def test_broken_chunks_are_refused(service: Service, body: bytes) -> None:
    head = (
        b"POST /api/v1/identity-checks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    received = exchange(service, head + body)

    assert received.startswith(b"HTTP/1.1 400 "), received
    assert b'"code":"MALFORMED_JSON"' in received


def test_silent_client_occupies_no_thread(service: Service, tmp_path: Path) -> None:
    """Half of a request is sent and then nothing more."""
    assert http_worker.SILENCE_SECONDS == 20
    # The same server with a shorter time-out.
    conf = tmp_path / "impatient.conf.py"
    conf.write_text(
        (REPOSITORY / "gunicorn.conf.py").read_text()
        + "\nfrom handlers import http_worker\nhttp_worker.SILENCE_SECONDS = 2\n"
    )
    port, threads = free_port(), 4
    settings = {
        "VAR_DIR": str(service.settings.var_dir),
        "DATABASE_URL": service.settings.database_address,
        "REDIS_URL": service.settings.redis_address,
        "PORT": str(port),
        "WEB_WORKERS": "1",
        "WEB_THREADS": str(threads),
    }
    head = (
        b"POST /api/v1/identity-checks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n\r\n"
    )
    with ExitStack() as exits:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", str(conf)],
            cwd=REPOSITORY,
            env={**service.environment, **settings},
            stdin=subprocess.DEVNULL,
        )
        exits.callback(server.wait)
        exits.callback(server.terminate)
        assert eventually(lambda: is_open(port))
        lost = [
            exits.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(threads)
        ]
        for connection in lost:
            connection.sendall(head + b'{"name": "')
            connection.settimeout(15)
        received = [connection.recv(65536) for connection in lost]
        assert all(answer.startswith(b"HTTP/1.1 400 ") for answer in received)
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 200


def is_open(port: int) -> bool:
    """Return whether the port is open."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
