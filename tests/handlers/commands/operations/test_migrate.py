"""What keeps migrations from being applied is said in one line, and nothing is changed."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.support.service.command_line import manage
from tests.support.service.postgres import PostgresServer


@pytest.fixture
def address(postgres: PostgresServer) -> Iterator[str]:
    """Return the address of an empty database."""
    made = postgres.new_database()
    yield made
    postgres.drop(made)


def refusal(folder: Path, address: str) -> str:
    """Run ``migrate`` and return what it says; it must fail without a traceback."""
    done = manage({"VAR_DIR": str(folder), "DATABASE_URL": address}, "migrate")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def tables(address: str) -> list[str]:
    with psycopg.connect(address) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [name for (name,) in rows]


def test_role_without_rights_is_told_of_the_owner(address: str, tmp_path: Path) -> None:
    with psycopg.connect(address, autocommit=True) as administrator:
        if not administrator.execute("SELECT FROM pg_roles WHERE rolname = 'reader'").fetchone():
            administrator.execute("CREATE ROLE reader LOGIN")
        administrator.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    parts = urlsplit(address)
    reader = parts._replace(netloc=f"reader@{parts.netloc.rpartition('@')[2]}").geturl()
    assert "Name their owner in MIGRATION_DATABASE_URL" in refusal(tmp_path, reader)
    assert tables(address) == []


def test_server_that_takes_no_writes_is_named(address: str, tmp_path: Path) -> None:
    name = urlsplit(address).path.removeprefix("/")
    with psycopg.connect(address, autocommit=True) as administrator:
        administrator.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    assert "takes no writes" in refusal(tmp_path, address)


def _forward(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)


def _answer_as_pooler(client: socket.socket, server_path: str) -> None:
    """Forward to the server, but tell the client a process number of its own, as PgBouncer does."""
    server = socket.socket(socket.AF_UNIX)
    with client, server:
        server.connect(server_path)
        Thread(target=_forward, args=(client, server), daemon=True).start()
        file = server.makefile("rb")
        kind = b""
        while kind != b"K":
            kind = file.read(1)
            [length] = struct.unpack("!I", head := file.read(4))
            body = file.read(length - 4)
            if kind == b"K":
                body = struct.pack("!I", 1 + struct.unpack("!I", body[:4])[0]) + body[4:]
            client.sendall(kind + head + body)
        with suppress(OSError):
            while data := file.read1(65_536):
                client.sendall(data)


def _refuse_options(client: socket.socket, _server_path: str) -> None:
    """Answer as PgBouncer does where options are not among the parameters that it ignores."""
    with client:
        client.recv(4096)
        said = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
        client.sendall(b"E" + struct.pack("!I", len(said) + 4) + said)


@contextmanager
def between(address: str, answer: Callable[[socket.socket, str], None]) -> Iterator[str]:
    """Listen on a port in front of the server; yields the address that leads to it."""
    parts = urlsplit(address)
    [folder] = parse_qs(parts.query)["host"]
    path = next(str(file) for file in Path(folder).glob(".s.PGSQL.*") if file.is_socket())
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    Thread(target=answer, args=(client, path), daemon=True).start()

        Thread(target=accept, daemon=True).start()
        user = parts.username or "postgres"
        host = f"{user}@127.0.0.1:{listener.getsockname()[1]}"
        query = "sslmode=disable&gssencmode=disable"
        yield parts._replace(netloc=host, query=query).geturl()
        listener.shutdown(socket.SHUT_RDWR)


def test_pooler_in_between_is_recognised(address: str, tmp_path: Path) -> None:
    with between(address, _answer_as_pooler) as pooled:
        assert "connection pooler (PgBouncer)" in refusal(tmp_path, pooled)
    assert tables(address) == []


def test_pooler_that_refuses_options_is_named(address: str, tmp_path: Path) -> None:
    with between(address, _refuse_options) as pooled:
        assert "ignore_startup_parameters" in refusal(tmp_path, pooled)
