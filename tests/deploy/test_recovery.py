"""A base backup and the archive bring the database back to a moment, as the runbook says."""

import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.support.deploy.parts import TOOLS
from tests.support.service.postgres import PostgresServer
from tests.support.service.waiting import eventually

SCRIPT = Path(__file__).parents[2] / "deploy/postgresql/base-backup"
ARCHIVE = "test ! -f {folder}/wal/%f && cp %p {folder}/wal/%f"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make the folder of backups; the server's own user writes the archive into it."""
    with tempfile.TemporaryDirectory(prefix="backup-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "wal").mkdir()
        (folder / "wal").chmod(0o777)
        yield folder


@pytest.fixture
def archiving(folder: Path) -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        with psycopg.connect(server.new_database(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET archive_mode = on")
            command = ARCHIVE.format(folder=folder)
            connection.execute(f"ALTER SYSTEM SET archive_command = '{command}'")
        server.pause()
        server.resume()
        yield server


def back_up(address: str, folder: Path, **more: str) -> Path:
    """Run the script and return the copy that it names."""
    socket = parse_qs(urlsplit(address).query)["host"][0]
    environment = {
        "PATH": f"{TOOLS}:{os.environ['PATH']}",
        "PGHOST": socket,
        "PGUSER": "postgres",
        "BACKUP_DIR": str(folder),
    }
    ran = subprocess.run(
        [SCRIPT], env=environment | more, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return Path(ran.stdout.splitlines()[-1])


@pytest.mark.slow
def test_moment_between_two_writes_comes_back(folder: Path, archiving: PostgresServer) -> None:
    address = archiving.new_database()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE written (number int)")
        first = back_up(address, folder, BASE_BACKUPS="1")
        before = {path.name for path in (folder / "wal").glob("0*")}
        copy = back_up(address, folder, BASE_BACKUPS="1")
        assert [*(folder / "base").iterdir()] == [copy] != [first]
        # The archive before the kept copy is gone.
        kept = {path.name for path in (folder / "wal").glob("0*")}
        assert not before <= kept
        connection.execute("INSERT INTO written VALUES (1)")
        row = connection.execute("SELECT clock_timestamp()::text").fetchone()
        assert row is not None
        connection.execute("INSERT INTO written VALUES (2)")
        last = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert last is not None
        assert eventually(lambda: (folder / "wal" / last[0]).exists())

    with tempfile.TemporaryDirectory(prefix="restored-", dir="/tmp") as name:
        restored = Path(name) / "data"
        for archive, place in (("base", restored), ("pg_wal", restored / "pg_wal")):
            with tarfile.open(copy / f"{archive}.tar.gz") as content:
                content.extractall(place, filter="data")
        with (restored / "postgresql.auto.conf").open("a") as settings:
            print("archive_mode = off", file=settings)
            print(f"restore_command = 'cp {folder}/wal/%f %p'", file=settings)
            print(f"recovery_target_time = '{row[0]}'", file=settings)
            print("recovery_target_action = 'promote'", file=settings)
        (restored / "recovery.signal").touch()
        # The wheel keeps its socket there.
        (restored / ".s.PGSQL.5432.lock").unlink()
        restored.chmod(0o700)
        Path(name).chmod(0o755)
        owner = (folder / "wal" / last[0]).stat()
        for path in (restored, *restored.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
        with PostgresServer(str(restored)) as server:
            found = server.address(urlsplit(address).path.removeprefix("/"))
            with psycopg.connect(found) as connection:
                assert connection.execute("SELECT number FROM written").fetchall() == [(1,)]
