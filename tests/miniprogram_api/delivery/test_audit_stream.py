"""The audit log on a real log server: numbered, in order, and again after a failure."""

import re
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from handlers import jobs
from miniprogram_api import audit, clock
from miniprogram_api.delivery import audit_stream
from miniprogram_api.ledger import links
from miniprogram_api.services import Services
from models.audit_batches import AuditBatch
from models.storage.database import transaction
from tests.support.service.rules import Rules


class LogServer:
    """A syslog server over TCP that counts octets, on a free port."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.breaks = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                if self.breaks:
                    self.breaks -= 1
                    # Unread data make the end a reset.
                    connection.recv(1)
                    continue
                received = b"".join(iter(lambda: connection.recv(65536), b""))  # noqa: B023
                while received:
                    length, _, rest = received.partition(b" ")
                    self.lines.append(rest[: int(length)].decode())
                    received = rest[int(length) :]

    def end(self) -> None:
        self._listening.close()
        # accept() does not notice that.
        with socket.socket() as knocking:
            knocking.connect_ex(("127.0.0.1", int(self.url.rpartition(":")[2])))


@pytest.fixture
def server() -> Iterator[LogServer]:
    server = LogServer()
    yield server
    server.end()


def write(number: int) -> None:
    for count in range(number):
        with transaction():
            audit.write("staff:sign_in:failed", actor="staff:9", account_id=7, note=f"a=b|{count}")


def work(services: Services, *, later: timedelta = timedelta()) -> None:
    while jobs.work_once(services, clock.now() + later):
        pass


def numbers(lines: list[str]) -> list[int]:
    return [int(found[1]) for line in lines if (found := re.search(r"externalId=(\d+)", line))]


def test_lines_leave_numbered_without_a_gap(
    rules: Rules, server: LogServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_stream, "BATCH", 3)
    services = rules.with_settings(syslog_url=server.url)
    write(7)
    links.chain_all()
    assert audit_stream.queue(services) == 3
    assert audit_stream.queue(services) == 0
    work(services, later=timedelta(seconds=10))
    assert numbers(server.lines) == [1, 2, 3, 4, 5, 6, 7]
    write(1)
    links.chain_all()
    audit_stream.queue(services)
    work(services)
    assert numbers(server.lines) == list(range(1, 9))
    first = server.lines[0]
    assert re.match(
        r"<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00 \S+ identity-verification - "
        r'staff:sign_in:failed \[meta sequenceId="1"\] CEF:0\|',
        first,
    )
    assert "|staff:sign_in:failed|工作人员登录失败|6|" in first
    assert "suser=staff:9 duid=7 " in first
    assert r"a\=b|0" in first


def test_batch_that_was_not_read_is_sent_again(rules: Rules, server: LogServer) -> None:
    services = rules.with_settings(syslog_url=server.url)
    write(2)
    links.chain_all()
    audit_stream.queue(services)
    server.breaks = 1
    work(services)
    assert (server.lines, AuditBatch.get().done_at) == ([], None)
    work(services, later=timedelta(minutes=10))
    assert numbers(server.lines) == [1, 2]
    assert AuditBatch.get().done_at is not None


def test_without_a_server_nothing_waits(rules: Rules) -> None:
    write(1)
    links.chain_all()
    assert audit_stream.queue(rules.services) == 0
    assert AuditBatch.select().count() == 0


def test_old_batches_go_but_the_last(rules: Rules, server: LogServer) -> None:
    services = rules.with_settings(syslog_url=server.url)
    for _ in range(2):
        write(1)
        links.chain_all()
        audit_stream.queue(services)
    work(services, later=timedelta(seconds=10))
    AuditBatch.update(done_at=clock.now() - timedelta(days=31)).execute()
    assert audit_stream.remove_old() == 1
    assert audit_stream.queue(services) == 0
