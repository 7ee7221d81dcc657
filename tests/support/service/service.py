"""The whole service as ``make run`` starts it, for tests that talk HTTP.

``with Service(directory) as service`` starts ``manage.py serve`` on free ports with its data under
the directory; the parts end with it, and with the test process, however that ends.
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
from tests.support.service.valkey import clear_valkey

START_SECONDS = 180
API = "/api/v1"
# Few services live at a time, so two test processes hardly ever take the same.
PORTS = range(20_000, 32_000)
KEYS, DATABASE = "secrets.env", "service.sqlite3"
IN_HAND_SECONDS = 20
_IN_HAND = """
    SELECT EXISTS (SELECT 1 FROM outbox_job
                   WHERE leased_until > :now AND done_at IS NULL AND failed_at IS NULL)
        OR EXISTS (SELECT 1 FROM chat_user WHERE holder IS NOT NULL AND held_until > :now)
"""


class Service:
    """One running service; ``url`` is its address, ``sandbox`` its outside."""

    def __init__(
        self, directory: Path, *, is_first_start: bool = False, **settings: object
    ) -> None:
        """``settings`` (name in lower case → value) change what the service starts with.

        Without ``database_url`` the database is SQLite under ``directory``, and what a first start
        leaves lies there already, because learning the shipped entries takes the longest (for
        PostgreSQL see ``database_for_service``); ``is_first_start`` lets the service find nothing.
        Believes X-Forwarded-For from this machine, so that a test can come from any address.
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
            # It would read all examples anew in every directory.
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
        """What the service runs with, keys included: to look into its database from a test."""
        return profiles.load_settings(**self._given)

    @cached_property
    def _first_settings(self) -> config.Settings:
        """For what never changes: reading them anew takes as long as a call."""
        return self.settings

    @property
    def environment(self) -> dict[str, str]:
        """The environment that ``serve`` is started with."""
        return {**os.environ, **{k.upper(): str(v) for k, v in self._given.items()}}

    @property
    def output(self) -> str:
        """What ``serve`` printed on the terminal so far."""
        return self._log.read_text()

    # Life ---------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start it and wait until it says that it is up. Raises RuntimeError with its output."""
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
        if self.settings.embedded_database and not self._fresh.exists():
            with sqlite3.connect(self._database) as source, sqlite3.connect(self._fresh) as copy:
                source.backup(copy)
            source.close()
            copy.close()
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send it the signal and wait for its end; returns its exit status."""
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(number)
        return process.wait(timeout=60)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def prepare(self) -> None:
        """Copy what a first start leaves, unless there are keys already; ``start`` does it."""
        var_dir = Path(str(self._given["var_dir"]))
        if not (var_dir / KEYS).exists():
            made = shared.once("first-start", _start_for_the_first_time)
            var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in (KEYS,) if self._given.get("database_url") else (KEYS, DATABASE):
                shutil.copy2(made / name, var_dir)

    def clear(self) -> None:
        """Back to the first start: sandbox, counters in Valkey and, on SQLite, every table."""
        # First, because the worker goes on with what is in hand until then.
        if self._first_settings.embedded_database:
            self._clear_tables()
        self.sandbox.clear()
        if self._first_settings.embedded_redis:
            clear_valkey(self._first_settings.valkey_socket)

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
        """One call. ``path`` is below /api/v1 unless ``base`` says otherwise.

        ``token`` is sent as bearer, ``address`` is where the call seems to come from; ``options``
        go to requests (``json=``, ``data=``, ``files=``, ``params=``, ``timeout=``).
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
            # Proxy settings of the machine must not lead a loopback call astray.
            session.trust_env = False
            answer = session.request(method, self.url + base + path, headers=sent, **options)
        if base == API and method != "HEAD":
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
        """The token of a fresh sign-in as the WeChat user ``o-NAME``."""
        # What follows "~" makes another code for the same user.
        code = f"wx-{name}~{next(self._sign_ins)}"
        return str(data_of(self.post("/wechat/login", json={"code": code}))["token"])

    def sms_code(self, token: str, phone: str, purpose: str, **fields: str) -> str:
        """Ask for a code and read it on the phone (the sandbox's inbox)."""
        body = {"phone": phone, "purpose": purpose, **fields}
        data_of(self.post("/sms-codes", json=body, token=token), status=202)
        return self.sandbox.last_code(phone)

    # Tables -------------------------------------------------------------------------------------

    @property
    def _database(self) -> Path:
        return Path(self._first_settings.database_address.removeprefix("sqlite:///"))

    def _clear_tables(self) -> None:
        connection = sqlite3.connect(self._database, timeout=30, isolation_level=None)
        try:
            connection.execute("ATTACH DATABASE ? AS fresh", (str(self._fresh),))
            connection.execute("PRAGMA foreign_keys = OFF")
            _begin_when_nothing_is_in_hand(connection)
            tables = [name for name in _names(connection) if _is_changed(connection, name)]
            triggers = connection.execute(
                "SELECT name, tbl_name, sql FROM main.sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            # They keep everybody from emptying the ledger, tests included.
            dropped = [(name, sql) for name, table, sql in triggers if table in tables]
            for name, _ in dropped:
                connection.execute(f'DROP TRIGGER main."{name}"')
            for table in tables:
                connection.execute(f'DELETE FROM main."{table}"')
                connection.execute(f'INSERT INTO main."{table}" SELECT * FROM fresh."{table}"')
            for _, statement in dropped:
                connection.execute(statement)
            connection.execute("COMMIT")
        finally:
            connection.close()


def _begin_when_nothing_is_in_hand(connection: sqlite3.Connection) -> None:
    """Begin a transaction; a job that is at work now would end in a row of the next test.

    The rows that follow get the numbers of those that are deleted. Who killed a worker leaves a
    lease behind, for which nobody waits.
    """
    deadline = time.monotonic() + IN_HAND_SECONDS
    while True:
        connection.execute("BEGIN IMMEDIATE")
        (in_hand,) = connection.execute(_IN_HAND, {"now": time.time() * 1000}).fetchone()
        if not in_hand or time.monotonic() > deadline:
            return
        connection.execute("ROLLBACK")
        time.sleep(0.02)


def _names(connection: sqlite3.Connection) -> list[str]:
    listed = connection.execute(
        "SELECT name FROM fresh.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [name for (name,) in listed]


def _is_changed(connection: sqlite3.Connection, table: str) -> bool:
    """Whether the table may hold anything else than on the first day; no doubt is left."""
    # Nobody changes what was learnt, and it is large: its size and its keys tell.
    columns = "digest, form, created_at, length(data)" if table == "faq_compiled" else "*"
    now, then = (
        connection.execute(f'SELECT {columns} FROM {schema}."{table}"').fetchmany(50)
        for schema in ("main", "fresh")
    )
    return now != then or len(now) == 50


def database_for_service(server: PostgresServer) -> str:
    """The address of a new PostgreSQL database that holds what a first start leaves."""

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


def data_of(response: requests.Response, status: int | None = None) -> dict[str, Any]:
    """The ``data`` of a success; fails the test with the whole answer when it is none."""
    expected = response.ok if status is None else response.status_code == status
    assert expected, f"{response.status_code} {response.text}"
    data: dict[str, Any] = response.json()["data"]
    return data


def error_of(response: requests.Response, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal; fails the test with the whole answer when it is another one."""
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    body: dict[str, Any] = response.json()
    assert 0 < len(body["message"]) <= 60
    assert set(body) == {"code", "message", "data", "help", "request_id"}
    return body


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment.

    Below those that the system gives to connections that go out: between the look at one of them
    and the start of whoever is to listen there, another process's connection may have it.
    """
    while True:
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
