"""The end of a process: what has begun is finished, and the rest does not delay it."""

import signal
from pathlib import Path

from tests.handlers.http_worker.application import BIG
from tests.handlers.http_worker.server import Server, read_all, read_answer
from tests.handlers.http_worker.test_slow_clients import ENDLESS, GET, KINDS, LIMITS, POST
from tests.support.service.slow_clients import SlowClients
from tests.support.service.waiting import eventually

# Far beyond the time in which a test must end.
GRACE = 3600


def test_incomplete_heads_and_idle_connections_do_not_delay_the_end(tmp_path: Path) -> None:
    limits = {**dict.fromkeys(LIMITS, ENDLESS), "graceful_timeout": GRACE, "keepalive": ENDLESS}
    with Server(tmp_path, **limits) as server, server.connect() as idle:
        idle.sendall(GET)
        assert read_answer(idle).endswith(b"0")
        with (
            SlowClients(server.port, 50, reopens=False),
            SlowClients(server.port, 50, **KINDS["head"], reopens=False),
            SlowClients(server.port, 50, **KINDS["unclosed"], reopens=False),
        ):
            assert server.stop() == 0
        assert "Traceback" not in server.log


def stop_and_wait_until_it_ends(server: Server) -> None:
    """Ask the server to end, and return when its process does so: it closes idle connections."""
    with server.connect() as idle:
        idle.sendall(GET)
        assert read_answer(idle).endswith(b"0")
        server.process.terminate()
        assert idle.recv(1000) == b""


def test_request_in_a_thread_is_finished(tmp_path: Path) -> None:
    with (
        Server(tmp_path, graceful_timeout=GRACE, keepalive=ENDLESS) as server,
        server.connect() as held,
    ):
        held.sendall(GET.replace(b"/ ", b"/hold "))
        assert eventually(lambda: server.held() == 1)
        stop_and_wait_until_it_ends(server)
        server.release.touch()
        received = read_all(held)
        assert server.process.wait(timeout=60) == 0
    assert received.endswith(b"\r\n\r\n0")


def test_body_and_answer_under_way_are_finished(tmp_path: Path) -> None:
    with (
        Server(tmp_path, graceful_timeout=GRACE, keepalive=ENDLESS) as server,
        server.connect() as sender,
        server.connect() as reader,
    ):
        sender.sendall(POST.replace(b"1000000", b"2") + b"1")
        reader.sendall(GET.replace(b"/ ", b"/big "))
        begun = reader.recv(1000)
        stop_and_wait_until_it_ends(server)
        sender.sendall(b"2")
        received = read_all(sender)
        assert received.endswith(b"\r\n\r\n2")
        assert b"Connection: close" in received
        rest = read_all(reader)
        assert server.process.wait(timeout=60) == 0
    assert len((begun + rest).partition(b"\r\n\r\n")[2]) == BIG


def test_request_on_a_kept_connection_is_answered_while_it_ends(tmp_path: Path) -> None:
    with (
        Server(tmp_path, graceful_timeout=GRACE, keepalive=ENDLESS) as server,
        server.connect() as kept,
        server.connect() as held,
    ):
        kept.sendall(GET)
        assert read_answer(kept).endswith(b"0")
        held.sendall(GET.replace(b"/ ", b"/hold "))
        assert eventually(lambda: server.held() == 1)
        server.process.terminate()
        kept.sendall(GET)
        received = read_all(kept)
        assert received.endswith(b"\r\n\r\n0")
        server.release.touch()
        assert read_all(held).endswith(b"\r\n\r\n0")
        assert server.process.wait(timeout=60) == 0


def test_worker_is_replaced_after_its_requests_among_slow_clients(tmp_path: Path) -> None:
    limits = {**dict.fromkeys(LIMITS, ENDLESS), "graceful_timeout": GRACE, "max_requests": 10}
    with Server(tmp_path, **limits) as server:
        with SlowClients(server.port, 50, **KINDS["head"]):
            for _ in range(25):
                assert server.get().endswith(b"\r\n\r\n0")
        assert server.log.count("Booting worker") >= 3
        assert "Traceback" not in server.log


def test_configuration_is_read_again_without_a_lost_request(tmp_path: Path) -> None:
    with (
        Server(tmp_path, graceful_timeout=GRACE) as server,
        SlowClients(server.port, 50, **KINDS["head"]),
    ):
        server.process.send_signal(signal.SIGHUP)
        while server.log.count("Booting worker") < 2 or "Worker exiting" not in server.log:
            assert server.get().endswith(b"\r\n\r\n0")
