"""The environment of the measured servers: a prepared database, Valkey and the sandbox.

Everything is on loopback and in a temporary directory, and ends with the run.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from pydantic import SecretStr
from pydantic_core import to_json

from benchmarks import calls
from config import Settings
from faq.matching import encoder
from faq.release import publishing
from miniprogram_api.operations import maintenance, profiles
from tests.support.service.rules import settings_of_sandbox
from tests.support.service.sandbox import REPOSITORY, SandboxServer
from tests.support.service.valkey import ValkeyServer

GUNICORN = [sys.executable, "-m", "gunicorn"]
# Ratios between servers need workers that share the load evenly. Those of gthread do not, because
# persistent connections may all be at one worker; gunicorn uses it for more than one thread.
EVEN = ["--worker-class", "sync", "--workers", "2", "--threads", "1"]
PRODUCT = ["--config", "gunicorn.conf.py"]
PLAIN = ["--config", os.devnull, "--preload", "--no-control-socket"]
START_SECONDS = 60


class Server:
    """One gunicorn on a free port."""

    def __init__(self, command: list[str], environment: dict[str, str], log: IO[bytes]) -> None:
        self._log = log
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        descriptor = self._listener.fileno()
        self._process = subprocess.Popen(
            [*command, "--bind", f"fd://{descriptor}"],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(descriptor,),
            process_group=0,
        )
        self._wait()

    def _wait(self) -> None:
        # The socket listens already, so the call waits in its queue.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        try:
            connection.request("GET", "/healthz")
            status = connection.getresponse().status
        except OSError:
            status = 0
        finally:
            connection.close()
        if status != 200:
            self.stop()
            raise RuntimeError(f"A server did not start: status {status}, see {self._log.name}")

    def memory(self) -> list[tuple[float, float]]:
        """Return Rss and Pss of each worker in MB."""
        master = self._process.pid
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [(_megabytes(worker, "Rss:"), _megabytes(worker, "Pss:")) for worker in workers]

    def stop(self) -> None:
        """Kill master and workers."""
        self._listener.close()
        end_group(self._process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _megabytes(pid: str, name: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


class Stage:
    """``with Stage() as stage``: the database holds ``calls.ACCOUNTS`` accounts, ``account_ids``.

    This process is bound to the same database, so it can open sessions.
    """

    def __init__(self, database_url: str = "") -> None:
        """Prepare a stage; without an address its database is SQLite."""
        self._exits = ExitStack()
        self._database_url = database_url

    def __enter__(self) -> Self:
        with self._exits as exits:
            self.directory = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            self.sandbox = exits.enter_context(SandboxServer())
            nothing = dict.fromkeys(Settings.model_fields, "")
            self._given: dict[str, object] = {
                **nothing,
                "profile": "sandbox",
                "var_dir": self.directory / "main",
                "database_url": self._database_url
                or f"sqlite:///{self.directory / 'service.sqlite3'}",
                **settings_of_sandbox(self.sandbox),
                # All calls come from one address.
                **dict.fromkeys(
                    ("questions_per_address", "phones_per_address", "sms_per_hour"), 10**9
                ),
            }
            settings = profiles.load_settings(**self._given)
            valkey = exits.enter_context(ValkeyServer(settings))
            # The same keys for every server.
            self._given |= {
                "redis_url": valkey.url,
                "data_keys": settings.data_keys.get_secret_value(),
                "index_keys": settings.index_keys.get_secret_value(),
                "ledger_keys": settings.ledger_keys.get_secret_value(),
            }
            self.settings = profiles.load_settings(**self._given)
            encoder.configure(is_on=self.settings.faq_encoder == "on")
            maintenance.connect(self.settings, threads=1)
            exits.callback(maintenance.disconnect)
            maintenance.migrate(self.settings)
            publishing.seed_if_empty()
            # So that no server trains while another one is measured.
            publishing.current().keep()
            self.account_ids = calls.add_accounts()
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._exits.close()

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a process, with ``name`` as its own VAR_DIR."""
        directory = self.directory / name
        # Set every setting, so that neither the machine's environment nor a .env counts. Write
        # bytecode, because pip compiled Flask, too.
        around = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        return {
            **around,
            **{key.upper(): _text(getattr(self.settings, key)) for key in Settings.model_fields},
            "VAR_DIR": str(directory),
        }

    def log(self, name: str) -> IO[bytes]:
        """Open the log file of a process."""
        return self._exits.enter_context(open(self.directory / f"{name}.log", "ab"))

    def serve(self, application: str, *options: str) -> Server:
        """Serve a WSGI application by gunicorn until the stage ends."""
        name = name_of(application)
        return self.serve_in(self.environment(name), name, application, *options)

    def serve_in(
        self, environment: dict[str, str], name: str, application: str, *options: str
    ) -> Server:
        """Serve in the caller's environment; ``name`` is that of the log."""
        server = Server([*GUNICORN, *options, application], environment, self.log(name))
        self._exits.callback(server.stop)
        return server

    @contextmanager
    def worker(self, environment: dict[str, str], name: str) -> Iterator[None]:
        """Run the product's worker in this environment."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log(name),
            stderr=self.log(name),
            process_group=0,
        )
        try:
            yield
        finally:
            end_group(process)


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def name_of(application: str) -> str:
    """Return the name of an application's directory and log."""
    return application.replace(":", ".").strip("()")


def _text(setting: object) -> str:
    if isinstance(setting, dict):
        return to_json(setting).decode()
    if isinstance(setting, tuple):
        return ",".join(map(str, setting))
    return setting.get_secret_value() if isinstance(setting, SecretStr) else str(setting)
