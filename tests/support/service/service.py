"""The whole service as ``make run`` starts it, for tests over HTTP.

``with Service(directory) as service`` starts ``manage.py serve`` on free ports with its data under
the directory; its processes end with it, and with the test process.
"""

import itertools
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import requests

import config
from miniprogram_api.operations import profiles
from tests.support.api import declared
from tests.support.service import shared
from tests.support.service.postgres import PostgresServer
from tests.support.service.sandbox import REPOSITORY, SandboxServer
from tests.support.service.valkey import clear_valkey, send_to_valkey

START_SECONDS = 180
API = "/api/v1"
# Few services run at a time, so two test processes hardly ever pick the same.
PORTS = range(20_000, 32_000)
KEYS, DATABASE = "secrets.env", "service.sqlite3"
IN_HAND_SECONDS = 20
_SENT = (
    *("outbox_job", "notice", "chat_reply", "subscription", "registrar_event", "matter_event"),
    "matter_message",
)
_IN_HAND = (
    "SELECT EXISTS (SELECT 1 FROM chat_user WHERE holder IS NOT NULL AND held_until > :now)"
    + "".join(
        f" OR EXISTS (SELECT 1 FROM {table} WHERE due_at IS NOT NULL AND leased_until > :now)"
        for table in _SENT
    )
)


class Service:
    """Run one service; ``url`` is its address, ``sandbox`` its simulated vendors."""

    def __init__(
        self, directory: Path, *, is_first_start: bool = False, **settings: object
    ) -> None:
        """Prepare a service; ``settings`` (lower-case names) change its settings.

        Without ``database_url`` the database is SQLite under ``directory``, copied from a first
        start, because training takes the longest (for PostgreSQL see ``database_for_service``);
        ``is_first_start`` omits the copy. Trusts X-Forwarded-For from this machine, so that a test
        can come from any address.
        """
        self.directory = directory
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox = SandboxServer.at(f"http://127.0.0.1:{self.sandbox_port}")
        self._given: dict[str, object] = {
            "profile": "sandbox",
            "var_dir": directory / "var",
            "port": self.port,
            "sandbox_port": self.sandbox_port,
            "trusted_proxies": "127.0.0.0/8",
            # It would encode all examples again in every directory.
            "faq_encoder": "off",
            **settings,
        }
        self.process: subprocess.Popen[str] | None = None
        self._is_first_start = is_first_start
        self._log = directory / "serve.log"
        self._fresh = directory / "fresh.sqlite3"
        self._sign_ins = itertools.count(1)

    @property
    def settings(self) -> config.Settings:
        """Return the service's settings, keys included."""
        return profiles.load_settings(**self._given)

    @cached_property
    def _first_settings(self) -> config.Settings:
        """Cache settings that never change; reading them takes as long as a call."""
        return self.settings

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of ``serve``."""
        return {**os.environ, **{k.upper(): str(v) for k, v in self._given.items()}}

    @property
    def output(self) -> str:
        """Return what ``serve`` has printed so far."""
        return self._log.read_text()

    # Life ---------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start it and wait until it reports that it is up. Raises RuntimeError with its output."""
        if not self._is_first_start:
            self.prepare()
        with open(self._log, "w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--parent", str(os.getpid())],
                cwd=REPOSITORY,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while "The service is up" not in self.output:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"The service did not start:\n{self.output}")
            time.sleep(0.02)
        if not self.settings.database_url and not self._fresh.exists():
            with sqlite3.connect(self._database) as source, sqlite3.connect(self._fresh) as copy:
                source.backup(copy)
            source.close()
            copy.close()
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal, wait for the end and return the exit status."""
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(number)
        return process.wait(timeout=60)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        if "_connection" in self.__dict__:
            self._connection.close()
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def prepare(self) -> None:
        """Copy the files of a first start, unless there are keys already; called by ``start``."""
        var_dir = Path(str(self._given["var_dir"]))
        if not (var_dir / KEYS).exists():
            made = shared.once("first-start", _start_for_the_first_time)
            var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in (KEYS,) if self._given.get("database_url") else (KEYS, DATABASE):
                shutil.copy2(made / name, var_dir)

    def clear(self) -> None:
        """Reset sandbox, counters in Valkey and, on SQLite, every table to the first start."""
        # First, because the worker continues its jobs until then.
        if not self._first_settings.database_url:
            self._clear_tables()
        self.sandbox.clear()
        if not self._first_settings.redis_url:
            clear_valkey(self._first_settings.valkey_socket)

    def lose_redis(self) -> None:
        """Delete all data in Valkey while the service runs, as a failed-over empty server has."""
        send_to_valkey(self._first_settings.valkey_socket, b"FLUSHALL")

    # HTTP ---------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        address: str | None = None,
        headers: dict[str, str] | None = None,
        base: str = API,
        **options: Any,
    ) -> requests.Response:
        """Send one request; ``path`` is below /api/v1 unless ``base`` says otherwise.

        ``token`` is sent as bearer, ``address`` is the simulated caller's address; ``options`` go
        to requests (``json=``, ``data=``, ``files=``, ``params=``, ``timeout=``).
        """
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if address is not None:
            sent["X-Forwarded-For"] = address
        options.setdefault("timeout", 30)
        # A connection of its own for each call: one that idled for half a minute may be closed
        # by the server in the very moment in which it is used again.
        with requests.Session() as session:
            # Loopback calls ignore the machine's proxy settings.
            session.trust_env = False
            answer = session.request(method, self.url + base + path, headers=sent, **options)
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        if base == API and method != "HEAD" and (is_json or not answer.ok):
            declared.check(method, path, answer.status_code, answer.json())
        return answer

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> requests.Response:
        return self.request("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.request("DELETE", path, **options)

    def wechat_login(self, name: str = "zhang") -> str:
        """Sign in as the WeChat user ``o-NAME`` and return the token."""
        # The part after "~" makes another code of the same user.
        code = f"wx-{name}~{next(self._sign_ins)}"
        return str(data_of(self.post("/wechat/login", json={"code": code}))["token"])

    def sms_code(self, token: str, phone: str, purpose: str, **fields: str) -> str:
        """Request a code and read it from the sandbox's inbox."""
        body = {"phone": phone, "purpose": purpose, **fields}
        data_of(self.post("/sms-codes", json=body, token=token), status=202)
        return self.sandbox.last_code(phone)

    # Tables -------------------------------------------------------------------------------------

    @property
    def _database(self) -> Path:
        return Path(self._first_settings.database_address.removeprefix("sqlite:///"))

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        """Open the database with that of the first start, for `clear`.

        Kept open with its statements, because their preparation takes longer than their work.
        """
        connection = sqlite3.connect(
            self._database,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=1000,
        )
        connection.execute("ATTACH DATABASE ? AS fresh", (str(self._fresh),))
        connection.execute("PRAGMA foreign_keys = OFF")
        return connection

    @cached_property
    def _first_rows(self) -> dict[str, list[Any]]:
        """Return the first rows of every table after the first start."""
        listed = self._connection.execute(
            "SELECT name FROM fresh.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        # The worker runs on.
        names = [name for (name,) in listed if name != "heartbeat"]
        return {name: _some_rows(self._connection, "fresh", name) for name in names}

    def _clear_tables(self) -> None:
        connection = self._connection
        with connection:
            _begin_when_idle(connection)
            self._restore_tables(connection)

    def _restore_tables(self, connection: sqlite3.Connection) -> None:
        tables = [
            name
            for name, then in self._first_rows.items()
            if len(then) == _SOME or _some_rows(connection, "main", name) != then
        ]
        triggers = connection.execute(
            "SELECT name, tbl_name, sql FROM main.sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        # They also stop tests from emptying the ledger.
        dropped = [(name, sql) for name, table, sql in triggers if table in tables]
        for name, _ in dropped:
            connection.execute(f'DROP TRIGGER main."{name}"')
        for table in tables:
            connection.execute(f'DELETE FROM main."{table}"')
            connection.execute(f'INSERT INTO main."{table}" SELECT * FROM fresh."{table}"')
        for _, statement in dropped:
            connection.execute(statement)
        # The anchors belong to the ledger before; those of present seals are written again.
        connection.execute("DELETE FROM main.ledger_anchor")
        shutil.rmtree(self._first_settings.ledger_seal_dir, ignore_errors=True)


_SOME = 50
"""A table with as many rows at the first start is always restored."""


def _begin_when_idle(connection: sqlite3.Connection) -> None:
    """Begin a transaction when no job is running, which would write into the next test.

    New rows reuse the numbers of deleted ones. Leases of killed workers are ignored.
    """
    deadline = time.monotonic() + IN_HAND_SECONDS
    while True:
        connection.execute("BEGIN IMMEDIATE")
        (in_hand,) = connection.execute(_IN_HAND, {"now": time.time() * 1000}).fetchone()
        if not in_hand or time.monotonic() > deadline:
            return
        connection.execute("ROLLBACK")
        time.sleep(0.02)


def _some_rows(connection: sqlite3.Connection, schema: str, table: str) -> list[Any]:
    # The trained model is large and never changed: size and keys suffice.
    columns = "digest, form, created_at, length(data)" if table == "faq_compiled" else "*"
    return connection.execute(f'SELECT {columns} FROM {schema}."{table}" LIMIT {_SOME}').fetchall()


def database_for_service(server: PostgresServer) -> str:
    """Create a PostgreSQL database with the data of a first start; return its address."""

    def start_for_the_first_time(address: str) -> None:
        with (
            tempfile.TemporaryDirectory() as directory,
            Service(Path(directory), database_url=address),
        ):
            pass

    return server.new_database(server.template("first_start", start_for_the_first_time))


def _start_for_the_first_time(directory: Path) -> None:
    folder = directory / "service"
    folder.mkdir()
    with Service(folder, is_first_start=True) as service:
        service.stop()
        for name in (KEYS, DATABASE):
            shutil.copy2(service.settings.var_dir / name, directory)
        with sqlite3.connect(directory / DATABASE) as connection:
            # The anchors are not copied.
            connection.execute("DELETE FROM ledger_anchor")
        connection.close()


def data_of(response: requests.Response, status: int | None = None) -> dict[str, Any]:
    """Return the ``data`` of a success; fail the test with the whole answer otherwise."""
    expected = response.ok if status is None else response.status_code == status
    assert expected, f"{response.status_code} {response.text}"
    data: dict[str, Any] = response.json()["data"]
    return data


def error_of(response: requests.Response, status: int, code: str) -> dict[str, Any]:
    """Return the body of this refusal; fail the test with the whole answer otherwise."""
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    body: dict[str, Any] = response.json()
    assert 0 < len(body["message"]) <= 60
    assert set(body) == {"code", "message", "data", "help", "request_id"}
    return body


def free_port() -> int:
    """Return an unused port of 127.0.0.1.

    It is below the range of outgoing connections, which could take it before the server listens.
    """
    while True:
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
