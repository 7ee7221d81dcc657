"""An upgrade and a way back on this machine: real web servers, PostgreSQL, dump and rehearsal.

Two programs are played, because no systemd runs here: ``systemctl`` starts and ends the web
servers, ``systemd-run`` runs a command in a release with the settings of the units.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests

from tests.support.deploy.parts import TOOLS
from tests.support.service.postgres import PostgresServer
from tests.support.service.service import Service, database_for_service, free_port
from tests.support.service.waiting import eventually

REPOSITORY = Path(__file__).parents[2]
LEFT_OUT = {"node_modules", "miniprogram", "tests", ".venv", ".git", "var", "__pycache__"}
SYSTEMCTL = """#!/bin/bash
echo "$*" >> "$ROOM/systemctl.log"
case $2 in
    identity-dump) cd "$CURRENT" && deploy/postgresql/dump ;;
    identity-web@*)
        port=${2#*@} pid="$ROOM/web-${2#*@}.pid"
        [ ! -f "$pid" ] || kill "$(cat "$pid")"
        while [ -f "$pid" ] && kill -0 "$(cat "$pid")"; do sleep 0.1; done
        cd -P "$CURRENT"
        PORT=$port setsid .venv/bin/python -m gunicorn --config gunicorn.conf.py \\
            < /dev/null >> "$ROOM/web-$port.log" 2>&1 &
        echo $! > "$pid" ;;
esac
exit 0
"""
SYSTEMD_RUN = """#!/bin/bash
while [ "${1#--}" != "$1" ]; do
    case $1 in --property=WorkingDirectory=*) cd "${1#--property=WorkingDirectory=}" ;; esac
    shift
done
exec "$@"
"""
WIDGET = """
def up(migrator, db):
    db.execute_sql("CREATE TABLE widget (id BIGINT)")


def down(migrator, db):
    db.execute_sql("DROP TABLE widget")
"""
LOCKING = """
def up(migrator, db):
    db.execute_sql("ALTER TABLE account ADD COLUMN widget BIGINT")
    db.execute_sql("SELECT pg_sleep(3)")


def down(migrator, db):
    db.execute_sql("ALTER TABLE account DROP COLUMN widget")
"""

pytestmark = pytest.mark.slow


class Machine:
    """A machine with releases below ``room``; its web servers answer at two ports."""

    def __init__(self, room: Path, service: Service, database: str) -> None:
        self.room = room
        self.current = room / "identity"
        self.ports = [free_port(), free_port()]
        programs = room / "bin"
        programs.mkdir()
        for name, text in (("systemctl", SYSTEMCTL), ("systemd-run", SYSTEMD_RUN)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        (room / "dumps").mkdir()
        self.environment = {
            **service.environment,
            "PATH": f"{programs}:{TOOLS}:{os.environ['PATH']}",
            "ROOM": str(room),
            "RELEASES": str(room / "releases"),
            "CURRENT": str(self.current),
            "WEB_PORTS": " ".join(map(str, self.ports)),
            "VAR_DIR": str(service.settings.var_dir),
            "DATABASE_URL": database,
            "DUMP_DIR": str(room / "dumps"),
            "REHEARSAL_DATABASE": "rehearsal",
            "READY_SECONDS": "90",
            # No nginx stands in front.
            "PROXY_SECONDS": "0",
            **libpq(database),
        }

    def release(self, version: str, *, migration: str = "", is_broken: bool = False) -> Path:
        """Make a release of this repository with another version, and one more migration."""
        folder = self.room / "releases" / f"v{version}"
        shutil.copytree(REPOSITORY, folder, ignore=lambda at, names: LEFT_OUT & {*names})
        (folder / ".venv/bin").mkdir(parents=True)
        (folder / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        (folder / ".venv/bin/python").chmod(0o755)
        page = folder / "miniprogram/dist/build/h5/index.html"
        page.parent.mkdir(parents=True)
        page.touch()
        (folder / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
        if is_broken:
            (folder / "gunicorn.conf.py").write_text("raise SystemExit('broken')\n")
        if migration:
            (folder / "models/migrations/9001_widget.py").write_text(migration)
        return folder

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the kit that is current."""
        return subprocess.run(
            [str(self.current / "deploy" / words[0]), *words[1:]],
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def answers(self) -> list[int]:
        """Return the status of each web server; 0 of one that does not answer."""
        return [status_of(port) for port in self.ports]

    def end(self) -> None:
        """End the web servers that still run."""
        for path in self.room.glob("web-*.pid"):
            with suppress(ProcessLookupError):
                os.killpg(int(path.read_text()), signal.SIGKILL)

    def log(self) -> list[str]:
        """Return what was asked of systemd, in order."""
        return (self.room / "systemctl.log").read_text().splitlines()


def status_of(port: int) -> int:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code
    except requests.ConnectionError:
        return 0


def libpq(address: str) -> dict[str, str]:
    """Return the variables with which libpq's programs find the server of an address."""
    parts = urlsplit(address)
    host = parts.hostname or parse_qs(parts.query)["host"][0]
    return {
        "PGHOST": unquote(host),
        "PGPORT": str(parts.port or 5432),
        "PGUSER": parts.username or "",
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.removeprefix("/"),
    }


@pytest.fixture
def machine(tmp_path: Path, postgres: PostgresServer) -> Iterator[Machine]:
    database = database_for_service(postgres)
    with Service(tmp_path / "service", database_url=database) as service:
        machine = Machine(tmp_path, service, database)
        machine.current.symlink_to(machine.release("0.6.0"))
        try:
            for port in machine.ports:
                subprocess.run(
                    ["systemctl", "restart", f"identity-web@{port}"],
                    env=machine.environment,
                    check=True,
                )
            assert eventually(lambda: machine.answers() == [200, 200], 60)
            yield machine
        finally:
            machine.end()


def test_upgrade_and_way_back(machine: Machine) -> None:
    machine.release("0.7.0", migration=WIDGET)
    done = machine.run("upgrade", "v0.7.0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "longest lock expected: 0." in done.stdout
    assert machine.current.readlink().name == "v0.7.0"
    assert machine.answers() == [200, 200]
    assert machine.log()[2:] == [
        "start identity-dump",
        *(f"restart identity-web@{port}" for port in machine.ports),
        "restart identity-worker@1",
        *["is-active --quiet identity-worker@1"],
    ]
    assert [*(machine.room / "dumps").glob("*.dump")]

    back = machine.run("rollback")
    assert back.returncode == 0, back.stdout + back.stderr
    assert machine.current.readlink().name == "v0.6.0"
    assert machine.answers() == [200, 200]
    # The database stays expanded; the version before had nothing to go back to.
    assert "9001_widget" not in machine.run("upgrade", "--no-backup", "v0.7.0").stdout
    assert machine.run("upgrade", "--contract").returncode == 0


def test_version_that_does_not_start_is_taken_back(machine: Machine) -> None:
    machine.release("0.7.0", is_broken=True)
    done = machine.run("upgrade", "v0.7.0", READY_SECONDS="20")
    assert done.returncode == 1
    assert "v0.6.0 runs again" in done.stderr
    assert machine.current.readlink().name == "v0.6.0"
    assert machine.answers() == [200, 200]
    assert machine.run("rollback").returncode == 1


def test_long_lock_is_found_before_anything_is_changed(machine: Machine) -> None:
    machine.release("0.7.0", migration=LOCKING)
    done = machine.run("upgrade", "v0.7.0")
    assert done.returncode == 1
    assert "longest lock expected: 3." in done.stdout
    assert "--window" in done.stderr
    assert machine.current.readlink().name == "v0.6.0"
    assert not [line for line in machine.log()[2:] if line.startswith("restart")]


def test_version_must_be_whole(machine: Machine) -> None:
    assert "is missing" in machine.run("upgrade", "v0.7.0").stderr
    folder = machine.release("0.7.0")
    (folder / "pyproject.toml").write_text('[project]\nversion = "0.7.1"\n')
    assert "is not v0.7.0" in machine.run("upgrade", "v0.7.0").stderr
    (folder / "miniprogram/dist/build/h5/index.html").unlink()
    assert "no front end" in machine.run("upgrade", "v0.7.0").stderr
    assert machine.run("upgrade", "v0.6.0").returncode == 1
