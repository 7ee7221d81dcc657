"""What happens below the application: bodies nobody read, requests that are none, lost clients."""

import http.client
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from handlers import http_worker
from tests.support.sandbox import REPOSITORY
from tests.support.service import Service, free_port
from tests.support.waiting import eventually

MEGABYTE = 1024 * 1024
TOKEN = "a-token-that-no-log-may-hold-1234567890"
NUMBER = "110101199001019910"


@contextmanager
def connection_to(service: Service) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


def exchange(service: Service, sent: bytes) -> bytes:
    """What the server answers to these bytes until it closes the connection."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(sent)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def web_log(service: Service) -> str:
    return (service.settings.var_dir / "log" / "web.log").read_text()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/v1/identity-checks", 413),
        ("POST", "/api/v1/sms-codes", 401),
        ("POST", "/api/v1/face-verifications", 401),
        ("POST", "/api/v1/nothing", 404),
        ("PUT", "/api/v1/sms-codes", 405),
        ("GET", "/healthz", 200),
        ("POST", "/", 405),
    ],
)
def test_a_connection_serves_on_after_a_large_body_that_nobody_wanted(
    service: Service, method: str, path: str, status: int
) -> None:
    with connection_to(service) as connection:
        for _ in range(2):
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, body=b"x" * (11 * MEGABYTE), headers=headers)
            answer = connection.getresponse()
            assert (answer.status, answer.getheader("Connection")) == (status, "keep-alive")
            answer.read()
            used = connection.sock
            connection.request("GET", "/api/v1/consent")
            answer = connection.getresponse()
            assert answer.status == 200
            answer.read()
            # http.client would have opened another one without a word.
            assert connection.sock is used


def test_a_body_without_a_length_is_read_to_its_end_too(service: Service) -> None:
    with connection_to(service) as connection:
        parts = (b"x" * 65536 for _ in range(32))
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/identity-checks", parts, headers)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (413, "BODY_TOO_LARGE")
        used = connection.sock
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        assert connection.sock is used


def test_an_enormous_body_ends_the_connection_as_announced(service: Service) -> None:
    head = (
        b"POST /api/v1/identity-checks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000000000\r\n\r\n"
    )
    received = exchange(service, head + b"x" * (12 * MEGABYTE))

    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nConnection: close\r\n" in received
    assert b'"code":"BODY_TOO_LARGE"' in received


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
def test_what_is_no_request_is_refused_in_our_words_and_not_logged(
    service: Service, sent: bytes
) -> None:
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
def test_a_body_in_broken_chunks(service: Service, body: bytes) -> None:
    head = (
        b"POST /api/v1/identity-checks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    received = exchange(service, head + body)

    assert received.startswith(b"HTTP/1.1 400 "), received
    assert b'"code":"MALFORMED_JSON"' in received
    assert b"\r\nConnection: close\r\n" in received


def test_a_phone_that_goes_out_of_reach_holds_no_thread_for_ever(
    service: Service, tmp_path: Path
) -> None:
    """It sends half of its request, and the network never says that it is gone."""
    assert http_worker.SILENCE_SECONDS < 60
    # The same server, only less patient: the test waits that long.
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
        assert all(b"\r\nConnection: close\r\n" in answer for answer in received)
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 200


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
