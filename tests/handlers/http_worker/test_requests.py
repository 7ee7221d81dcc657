"""Requests over real connections: in pieces, unread, invalid and idle."""

import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
import requests

from tests.handlers.http_worker.server import Server, read_all
from tests.support.service.service import Service

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345"
CHUNKS = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKS += b"4;a=b\r\n1\r\n2\r\n2\r\n34\r\n0\r\n\r\n"
LAST_GET, LAST_POST, LAST_CHUNKS = (
    sent.replace(b"Host", b"Connection: close\r\nHost") for sent in (GET, POST, CHUNKS)
)

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
def test_large_body_is_answered(service: Service, length: int, chunked: bool) -> None:
    head = b"POST /api/v1/identity-checks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += b"Content-Type: application/json\r\n"
    if chunked:
        head += b"Transfer-Encoding: chunked\r\n\r\n" + f"{length:x}\r\n".encode()
    else:
        head += f"Content-Length: {length}\r\n\r\n".encode()
    received = exchange(service, head + b"x" * length + b"\r\n0\r\n\r\n" * chunked)

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
        # More than there are threads.
        for _ in range(20):
            assert requests.get(f"{service.url}/healthz", timeout=30).status_code == 200


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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


def in_bytes(sent: bytes) -> list[bytes]:
    return [sent[place : place + 1] for place in range(len(sent))]


@pytest.mark.parametrize(
    ("sent", "length"),
    [
        (LAST_GET, 0),
        (LAST_POST, 5),
        (LAST_CHUNKS, 6),
        (LAST_CHUNKS[:-2] + b"Sum: x\r\n\r\n", 6),
        (b"\r\n" + LAST_GET, 0),
        (b"GET / HTTP/1.0\r\n\r\n", 0),
        (b"POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n12345", 5),
    ],
)
def test_request_in_single_bytes_is_answered(server: Server, sent: bytes, length: int) -> None:
    received = server.exchange(*in_bytes(sent))
    assert received.startswith((b"HTTP/1.1 200 ", b"HTTP/1.0 200 "))
    assert received.endswith(b"\r\n\r\n%d" % length)


@pytest.mark.parametrize("first", [GET, POST, CHUNKS])
def test_requests_in_one_packet_are_answered_in_order(server: Server, first: bytes) -> None:
    received = server.exchange(first + POST + GET + LAST_POST)
    bodies = [part[:1] for part in received.split(b"\r\n\r\n")[1:]]
    assert bodies == [{GET: b"0", POST: b"5", CHUNKS: b"6"}[first], b"5", b"0", b"5"]


def test_two_requests_split_anywhere_are_answered(server: Server) -> None:
    sent = CHUNKS + LAST_POST
    for place in range(1, len(sent), 3):
        received = server.exchange(sent[:place], sent[place:])
        assert [part[:1] for part in received.split(b"\r\n\r\n")[1:]] == [b"6", b"5"]


def test_large_body_arrives_whole(server: Server) -> None:
    body = b"x" * 30_000_000
    received = server.exchange(LAST_POST.replace(b"5\r\n\r\n12345", b"30000000\r\n\r\n"), body)
    assert received.endswith(b"\r\n\r\n30000000")


def test_unread_body_is_no_request(server: Server) -> None:
    """The rest of a body that the application did not read is never parsed."""
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    for body in (hidden, hidden * 10_000):
        head = f"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        received = server.exchange(head + body + LAST_GET)
        assert received.count(b"HTTP/1.1 ") <= 2
        assert received.partition(b"\r\n\r\n")[2].startswith(b"unread")


@pytest.mark.parametrize("whole", [LAST_POST, LAST_CHUNKS])
def test_client_is_told_to_continue_once(server: Server, whole: bytes) -> None:
    head, _, body = whole.partition(b"\r\n\r\n")
    with server.connect() as connection:
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 200 ")
    # A body that came at once needs none, and may get one.
    at_once = server.exchange(head + b"\r\nExpect: 100-continue\r\n\r\n" + body)
    assert at_once.count(b" 100 ") <= 1
    assert b"HTTP/1.1 200 " in at_once


@pytest.mark.parametrize(
    "sent", [POST[:-1], CHUNKS[:-1], GET + POST[:-2]], ids=["length", "chunks", "second"]
)
def test_half_a_request_ends_the_connection(server: Server, sent: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = read_all(connection)
    assert received.count(b"HTTP/1.1 ") >= sent.count(GET)
    # The next client is served as before.
    assert server.get().endswith(b"\r\n\r\n0")


def test_end_after_a_whole_request_is_answered(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(GET)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection).endswith(b"\r\n\r\n0")


def test_too_long_head_is_refused(server: Server) -> None:
    received = server.exchange(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b'"code": "MALFORMED_JSON"' in received


def test_unix_socket_is_served(tmp_path: Path) -> None:
    with Server(tmp_path, bind=f"unix:{tmp_path}/socket") as server:
        assert server.exchange(*in_bytes(LAST_POST)).endswith(b"\r\n\r\n5")


def test_half_a_body_is_refused_by_the_service(service: Service) -> None:
    head = (
        b"POST /api/v1/identity-checks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(head + b'{"name": "')
        connection.shutdown(socket.SHUT_WR)
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in received
    assert b'"code":"MALFORMED_JSON"' in received
