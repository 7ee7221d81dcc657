"""Slow clients do not delay others, and are closed in time."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests

from tests.handlers.http_worker.application import BIG
from tests.handlers.http_worker.server import THREADS, Server, read_all
from tests.support.service.service import Service
from tests.support.service.slow_clients import SlowClients
from tests.support.service.waiting import eventually

# So long that nothing ends by itself within a test.
ENDLESS = 3600
LIMITS = ("HEAD_SECONDS", "SILENCE_SECONDS", "CLOSING_SECONDS")
CLIENTS = 200

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
LAST_POST = POST.replace(b"Host", b"Connection: close\r\nHost")
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
KINDS = {
    "silent": {},
    "head": {"opening": HEAD, "drip": b"A: b\r\n"},
    "next head": {"opening": GET + HEAD, "drip": b"A: b\r\n"},
    "body": {"opening": POST, "drip": b"x"},
    "large body": {"opening": POST + b"x" * 300_000, "drip": b"x"},
    "chunks": {"opening": CHUNKED, "drip": b"1\r\nx\r\n"},
    "trailers": {"opening": CHUNKED + b"0\r\n", "drip": b"A: b\r\n"},
    "unread answer": {"opening": b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n", "reads": False},
    "unclosed": {"opening": b"GET / HTTP/1.0\r\n\r\n", "reads": False},
    "unclosed after an error": {"opening": b"GET\r\n\r\n", "reads": False},
}


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server that closes no connection by itself."""
    directory = tmp_path_factory.mktemp("endless")
    with Server(directory, **dict.fromkeys(LIMITS, ENDLESS), MOST_HELD_BYTES=10**10) as server:
        yield server


@pytest.mark.parametrize("kind", KINDS)
def test_answers_do_not_wait_for_slow_clients(endless: Server, kind: str) -> None:
    served = endless.worker.pid
    with SlowClients(endless.port, CLIENTS, **KINDS[kind]) as slow:
        for _ in range(10):
            assert endless.get().endswith(b"\r\n\r\n0")
        # None had to end for it.
        assert slow.closed == 0
        assert slow.open == CLIENTS
    assert endless.worker.pid == served


def slow_lines(server: Server, phase: str) -> int:
    return server.log.count(f'"phase": "{phase}"')


@pytest.mark.parametrize(
    ("kind", "phase"),
    [
        ("head", "head"),
        ("next head", "head"),
        ("body", "body"),
        ("chunks", "body"),
        ("trailers", "body"),
    ],
)
def test_slow_clients_are_closed_with_one_line_of_log(
    tmp_path: Path, kind: str, phase: str
) -> None:
    # So many clients are a crowd.
    limits = {"HEAD_SECONDS": 2, "SILENCE_SECONDS": 2, "worker_connections": 2 * CLIENTS}
    with Server(tmp_path, **limits) as server:
        before = server.worker.num_fds()
        with SlowClients(server.port, CLIENTS, **KINDS[kind]) as slow:
            assert eventually(lambda: slow.closed >= 2 * CLIENTS, 60)
            assert server.get().endswith(b"\r\n\r\n0")
            assert server.worker.num_fds() <= before + 2 * CLIENTS
        assert eventually(lambda: server.worker.num_fds() <= before, 60)
        wrong = [answer for answer in slow.answers if b"HTTP/1.1 408 " not in answer]
        assert wrong == []
        assert all(b'"code": "REQUEST_TIMEOUT"' in answer for answer in slow.answers)
        assert slow_lines(server, phase) == server.log.count("slow client") == slow.closed
        assert "Traceback" not in server.log


def test_silent_connections_are_closed_without_a_line(tmp_path: Path) -> None:
    with Server(tmp_path, HEAD_SECONDS=1) as server:
        with SlowClients(server.port, CLIENTS) as slow:
            assert eventually(lambda: slow.closed >= CLIENTS, 60)
        assert set(slow.answers) == {b""}
        assert "slow client" not in server.log


def test_deadline_of_a_head_counts_from_the_connection(tmp_path: Path) -> None:
    """Bytes that come do not prolong it."""
    with Server(tmp_path, HEAD_SECONDS=2) as server, server.connect() as connection:
        began = time.monotonic()
        connection.settimeout(0.05)
        received = b""
        while not received:
            connection.sendall(b"G")
            try:
                received = connection.recv(1000)
            except TimeoutError:
                continue
        assert received.startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began >= 2


def test_slow_body_may_go_on_until_half_of_the_threads_are_busy(tmp_path: Path) -> None:
    limits = {"SILENCE_SECONDS": 2, "LEAST_BYTES_PER_SECOND": 1000}
    with Server(tmp_path, **limits) as server, ExitStack() as exits:
        slow = exits.enter_context(SlowClients(server.port, 10, **KINDS["body"]))
        # As long as two windows.
        assert not eventually(lambda: slow.closed > 0, 5)
        for number in range(1, THREADS // 2 + 1):
            busy = exits.enter_context(server.connect())
            busy.sendall(GET.replace(b"/ ", b"/hold "))
            assert eventually(lambda number=number: server.held() == number)
        assert eventually(lambda: slow.closed >= 10, 60)
        assert all(b"HTTP/1.1 408 " in answer for answer in slow.answers)
        # One that is fast enough is read to its end all the same.
        with server.connect() as steady:
            steady.sendall(POST.replace(b"1000000", b"400000"))
            for _ in range(40):
                steady.sendall(b"x" * 10_000)
                time.sleep(0.15)
            assert steady.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_silent_body_is_closed_even_when_all_threads_are_free(tmp_path: Path) -> None:
    with Server(tmp_path, SILENCE_SECONDS=1) as server:
        received = server.exchange(POST + b"x")
    assert received.startswith(b"HTTP/1.1 408 ")
    assert received.endswith(b"}")


def test_unread_answer_is_closed(tmp_path: Path) -> None:
    with Server(tmp_path, SILENCE_SECONDS=1) as server:
        with SlowClients(server.port, 20, **KINDS["unread answer"]):
            assert eventually(lambda: slow_lines(server, "answer") == 20, 60)
        assert server.log.count("slow client") == 20


def test_answer_that_is_read_late_is_whole(endless: Server) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", endless.port, timeout=60)) as connection:
        connection.request("GET", "/big")
        # Others are answered meanwhile: the thread does not wait for the reader.
        for _ in range(2 * THREADS):
            assert endless.get().endswith(b"\r\n\r\n0")
        assert len(connection.getresponse().read()) == BIG
        used = connection.sock
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"0"
        assert connection.sock is used


def test_streamed_answer_is_whole(endless: Server) -> None:
    received = endless.get("/stream")
    assert len(received.partition(b"\r\n\r\n")[2]) == BIG


def test_unread_stream_ends_without_a_traceback(tmp_path: Path) -> None:
    with Server(tmp_path, SILENCE_SECONDS=1) as server:
        opening = GET.replace(b"/ ", b"/stream ")
        with SlowClients(server.port, 2 * THREADS, opening, reads=False, reopens=False):
            assert server.get().endswith(b"\r\n\r\n0")
        assert "Traceback" not in server.log


def test_broken_stream_ends_the_connection_alone(endless: Server) -> None:
    served = endless.worker.pid
    assert endless.get("/fail").endswith(b"half")
    assert endless.get().endswith(b"\r\n\r\n0")
    assert endless.worker.pid == served


@pytest.mark.parametrize("kind", ["silent", "head", "body", "unread answer", "unclosed"])
def test_more_clients_than_connections_leave_room(tmp_path: Path, kind: str) -> None:
    limits = {**dict.fromkeys(LIMITS, ENDLESS), "worker_connections": 50}
    with Server(tmp_path, **limits) as server:
        before = server.worker.num_fds()
        with SlowClients(server.port, CLIENTS, **KINDS[kind], reopens=False):
            for _ in range(10):
                assert server.get().endswith(b"\r\n\r\n0")
            # Above it for the moment between accepting one and closing another.
            assert eventually(lambda: server.worker.num_fds() <= before + 50)


def test_connections_closed_while_they_send_are_counted_once(tmp_path: Path) -> None:
    limits = {**dict.fromkeys(LIMITS, ENDLESS), "worker_connections": 2}
    with Server(tmp_path, **limits) as server, ExitStack() as exits:

        def connect() -> socket.socket:
            return exits.enter_context(closing(server.connect()))

        before = server.worker.num_fds()
        for _ in range(20):
            asking = connect()
            asking.sendall(POST.replace(b"Host", b"Expect: 100-continue\r\nHost"))
            assert asking.recv(1000).startswith(b"HTTP/1.1 100")
            # In one turn a new connection closes this one, which has just sent something.
            server.worker.suspend()
            connect()
            asking.sendall(b"x")
            server.worker.resume()
            assert asking.recv(1000).startswith(b"HTTP/1.1 503")
        # Above it for the moment between accepting one and closing another.
        assert eventually(lambda: server.worker.num_fds() <= before + 2)


def test_kept_connections_make_room_for_new_ones(tmp_path: Path) -> None:
    with Server(tmp_path, worker_connections=20) as server, ExitStack() as exits:
        kept = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=60) for _ in range(40)]
        for connection in kept:
            exits.enter_context(closing(connection))
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"0"
        # The newest ones are still open.
        newest = kept[-1].sock
        kept[-1].request("GET", "/")
        assert kept[-1].getresponse().read() == b"0"
        assert kept[-1].sock is newest


def test_lack_of_open_files_ends_no_process(tmp_path: Path) -> None:
    with Server(tmp_path, **dict.fromkeys(LIMITS, ENDLESS), files=64) as server:
        served = server.worker.pid
        with SlowClients(server.port, 100, **KINDS["head"], reopens=False):
            for _ in range(10):
                assert server.get().endswith(b"\r\n\r\n0")
        assert server.worker.pid == served


def test_memory_is_bounded_by_giving_up_the_slowest(tmp_path: Path) -> None:
    limits = {**dict.fromkeys(LIMITS, ENDLESS), "MOST_HELD_BYTES": 3_000_000}
    with Server(tmp_path, **limits) as server:
        with SlowClients(server.port, 20, **KINDS["large body"], reopens=False) as slow:
            assert eventually(lambda: slow.closed >= 10, 60)
            fast = LAST_POST + b"x" * 1_000_000
            for _ in range(5):
                assert server.exchange(fast).endswith(b"\r\n\r\n1000000")
            # Small ones are kept.
            with server.connect() as small:
                small.sendall(LAST_POST.replace(b"1000000", b"2") + b"x")
                for _ in range(5):
                    assert server.exchange(fast).endswith(b"\r\n\r\n1000000")
                small.sendall(b"y")
                assert read_all(small).endswith(b"\r\n\r\n2")
        given_up = [answer for answer in slow.answers if answer]
        assert all(b'"code": "SERVICE_UNAVAILABLE"' in answer for answer in given_up)


def test_service_answers_among_200_slow_clients(service: Service) -> None:
    """The product with its own limits: ten seconds for a head."""
    question = {"question": "收不到验证码怎么办？"}
    with SlowClients(service.port, CLIENTS, HEAD, drip=b"A: b\r\n", pause=3) as slow:
        for _ in range(5):
            assert requests.get(f"{service.url}/healthz", timeout=30).status_code == 200
            answer = service.post("/faq/ask", json=question)
            assert answer.status_code == 200, answer.text
        # All are closed, and connect again.
        assert eventually(lambda: slow.closed >= CLIENTS, 60)
        assert requests.get(f"{service.url}/healthz", timeout=30).status_code == 200
    lines = (service.settings.var_dir / "log" / "web.log").read_text()
    assert lines.count("slow client") >= CLIENTS
    assert "Traceback" not in lines
    metrics = requests.get(f"{service.url}/metrics", timeout=30).text
    assert 'code="REQUEST_TIMEOUT",method="other",route="none",status="408"' in metrics
