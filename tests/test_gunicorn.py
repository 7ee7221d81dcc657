"""The application under a plain gunicorn, in the production profile."""

import base64
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from config import Settings
from tests.support.service.command_line import manage
from tests.support.service.postgres import PostgresServer
from tests.support.service.production import VENDORS
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import free_port
from tests.support.service.tables import Tables
from tests.support.service.valkey import ValkeyServer
from tests.support.service.waiting import eventually

# Longer than the database may be silent before a caller hears of it.
LONGEST_SECONDS = 23


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


@pytest.fixture
def production(
    tmp_path: Path, postgres: PostgresServer, valkey: ValkeyServer
) -> Iterator[dict[str, str]]:
    """Return a complete environment of the production profile; no address is called."""
    address = Tables(tmp_path / "tables").new_postgresql(postgres)
    yield {
        **VENDORS,
        "PORT": str(free_port()),
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": address,
        "REDIS_URL": valkey.url,
        "DATA_KEYS": key("d1"),
        "INDEX_KEYS": key("i1"),
        "LEDGER_KEYS": key("l1"),
        "LEDGER_SEAL_KEYS": key("s1"),
    }
    postgres.drop(address)


@contextmanager
def gunicorn(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start ``gunicorn "wsgi:create_app()"`` in the repository."""
    with subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "wsgi:create_app()"],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def readable_by_others(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.lstat().st_mode & 0o077]


def get(process: subprocess.Popen[str], port: str, path: str, token: str = "") -> requests.Response:
    """Retry until it is up."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with requests.Session() as session:
        session.trust_env = False
        deadline = time.monotonic() + 60
        while True:
            try:
                address = f"http://127.0.0.1:{port}{path}"
                return session.get(address, headers=headers, timeout=LONGEST_SECONDS)
            except requests.ConnectionError:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.05)


def counted(process: subprocess.Popen[str], port: str) -> float:
    """Return the calls of /healthz in the metrics, over all workers."""
    lines = [
        line
        for line in get(process, port, "/metrics", token=VENDORS["METRICS_TOKEN"]).text.splitlines()
        if line.startswith("http_requests_total") and 'route="/healthz"' in line
    ]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def test_missing_tables_are_named(production: dict[str, str], postgres: PostgresServer) -> None:
    # Started before ``migrate``, which a service manager does easily.
    empty = postgres.new_database()
    with gunicorn(production | {"DATABASE_URL": empty}) as process:
        ready = get(process, production["PORT"], "/readyz")
        entries = get(process, production["PORT"], "/api/v1/faq/entries")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    postgres.drop(empty)

    assert ready.status_code == 503, ready.text
    assert ready.json()["code"] == "SERVICE_UNAVAILABLE"
    assert ready.json()["data"]["failing"] == ["migrations"]
    assert entries.status_code == 503, entries.text
    assert entries.json()["code"] == "SERVICE_UNAVAILABLE"


def test_production_workers_share_their_metrics(
    production: dict[str, str],
) -> None:
    with gunicorn(production) as process:
        assert get(process, production["PORT"], "/healthz").status_code == 200
        ready = get(process, production["PORT"], "/readyz")
        assert ready.status_code == 200, ready.text
        for answer in (ready, get(process, production["PORT"], "/admin/sign-in")):
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
            assert "Server" not in answer.headers
        assert readable_by_others(Path(production["VAR_DIR"])) == []
        for _ in range(20):
            get(process, production["PORT"], "/healthz")

        assert counted(process, production["PORT"]) == 21
        # Not to this machine either, whose proxy may forget X-Forwarded-For.
        assert get(process, production["PORT"], "/metrics").status_code == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        # It serves, and says what lets one caller use up the limits of all.
        assert process.stderr is not None
        assert "TRUSTED_PROXIES is not set" in process.stderr.read()


def test_counters_survive_a_killed_worker(production: dict[str, str]) -> None:
    with gunicorn(production | {"WEB_WORKERS": "1"}) as process:
        get(process, production["PORT"], "/healthz")
        [worker] = psutil.Process(process.pid).children()
        worker.kill()
        assert eventually(lambda: not worker.is_running())
        get(process, production["PORT"], "/healthz")
        assert counted(process, production["PORT"]) == 2


def test_figures_are_written_at_the_end(production: dict[str, str]) -> None:
    with gunicorn(production) as process:
        assert get(process, production["PORT"], "/api/v1/account").status_code == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    with psycopg.connect(production["DATABASE_URL"]) as connection:
        statement = "SELECT amount FROM daily_figure WHERE key = 'account:UNAUTHENTICATED'"
        assert connection.execute(statement).fetchall() == [(1,)]


@pytest.mark.slow
def test_second_start_keeps_the_metrics_of_the_running_one(
    production: dict[str, str],
) -> None:
    one_worker = production | {"WEB_WORKERS": "1"}
    with gunicorn(one_worker) as process:
        get(process, production["PORT"], "/healthz")
        before = counted(process, production["PORT"])
        with gunicorn(one_worker) as second:
            _, errors = second.communicate(timeout=60)

        assert second.returncode != 0
        assert "Connection in use" in errors
        assert counted(process, production["PORT"]) == before >= 1

        # On another port it serves beside the first one, as in a restart without a gap.
        beside = one_worker | {"PORT": str(free_port())}
        with gunicorn(beside) as second:
            get(second, beside["PORT"], "/healthz")
            get(process, production["PORT"], "/healthz")
            assert counted(process, production["PORT"]) >= before + 1
            second.send_signal(signal.SIGTERM)
            assert second.wait(timeout=30) == 0

    # Metrics of ended processes are dropped.
    with gunicorn(one_worker) as process:
        get(process, production["PORT"], "/healthz")
        assert counted(process, production["PORT"]) == 1


def test_refused_figures_are_written_later(production: dict[str, str]) -> None:
    address = production["DATABASE_URL"]

    def execute(statement: str) -> list[tuple[int]]:
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    execute("ALTER TABLE daily_figure ADD CONSTRAINT nothing CHECK (amount < 0)")
    with gunicorn(production | {"WEB_WORKERS": "1"}) as process:
        assert get(process, production["PORT"], "/api/v1/account").status_code == 401
        # After an unexpected error the thread goes on.
        time.sleep(7)
        execute("ALTER TABLE daily_figure DROP CONSTRAINT nothing")

        key = "account:UNAUTHENTICATED"
        statement = f"SELECT amount FROM daily_figure WHERE key = '{key}'"
        assert eventually(lambda: execute(statement) == [(1,)])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


@pytest.fixture
def frozen_postgres() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server that may be suspended."""
    with PostgresServer() as server:
        yield server


def test_service_recovers_after_a_stalled_database(
    production: dict[str, str], frozen_postgres: PostgresServer, tmp_path: Path
) -> None:
    address = Tables(tmp_path / "tables").new_postgresql(frozen_postgres)
    environment = production | {"DATABASE_URL": address, "WEB_WORKERS": "1", "WEB_THREADS": "4"}
    port = production["PORT"]

    with (
        (tmp_path / "worker.log").open("w+") as log,
        subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        ) as worker,
        gunicorn(environment) as process,
        ThreadPoolExecutor(3) as pool,
    ):

        def account() -> int:
            """Return the status of a call that reads its session."""
            return get(process, port, "/api/v1/account", token="t" * 43).status_code

        def worker_did_its_work() -> bool:
            with psycopg.connect(address, autocommit=True) as connection:
                [(jobs, done)] = connection.execute(
                    "SELECT count(*), count(done_at) FROM outbox_job"
                )
            return jobs == done > 0

        try:
            assert [pool.submit(account).result() for _ in range(3)] == [401] * 3
            assert eventually(worker_did_its_work)
            with frozen_postgres.suspended():
                calls = [pool.submit(account) for _ in range(3)]
                assert get(process, port, "/healthz").status_code == 200
                assert not any(call.done() for call in calls)
                ready = get(process, port, "/readyz")
                assert ready.status_code == 503
                assert ready.json()["data"]["failing"] == ["database", "migrations"]
                assert [call.result() for call in calls] == [503] * 3
                # Now that it is known, one thread waits at most, and those stay free that need it.
                calls = [pool.submit(account) for _ in range(12)]
                while sum(call.done() for call in calls) < 11:
                    time.sleep(0.2)
                    assert get(process, port, "/healthz").status_code == 200
                assert {call.result() for call in calls if call.done()} == {503}
                # By now every thread of the worker has been given up on, too.
                time.sleep(1)
                log.seek(0)
                assert "store unavailable" in log.read()
            assert account() == 401
            assert get(process, port, "/readyz").status_code == 200
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("UPDATE outbox_job SET done_at = NULL, due_at = 0")
            assert eventually(worker_did_its_work)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=30) == 0
        finally:
            worker.kill()


def test_doctor_finds_a_missing_administrator_and_proxies(production: dict[str, str]) -> None:
    before = manage(production, "doctor", "--offline").stdout
    assert "WRONG administrator: missing" in before
    assert "WRONG callers' addresses" in before
    assert "Set TRUSTED_PROXIES" in before

    # What the bot learns from the content is no matter here.
    changed = {"ADMIN_INITIAL_PASSWORD": "Kite-above-8-harbours", "FAQ_ENCODER": "off"}
    said = manage(production | changed, "migrate").stdout
    assert "First sign-in at /admin/: admin, with ADMIN_INITIAL_PASSWORD (shown only now)" in said

    wide = {"TRUSTED_PROXIES": "10.0.0.0/8,127.0.0.1,192.0.2.0/24"}
    assert "warn  trusted proxies" in (
        found := manage(production | wide, "doctor", "--offline").stdout
    )
    assert "Every machine in 10.0.0.0/8 can claim" in found

    after = manage(production | {"TRUSTED_PROXIES": "127.0.0.1"}, "doctor", "--offline").stdout
    assert "ok    administrator: there" in after
    assert "ok    callers' addresses: X-Forwarded-For of 127.0.0.1" in after
    assert "ok    trusted proxies: 1 networks" in after


@pytest.mark.parametrize(
    "wrong",
    [
        {
            "WECHAT_SECRET": ("", "WECHAT_SECRET is not set."),
            "DATA_KEYS": ("", "DATA_KEYS is not set."),
            "DATABASE_URL": ("", "DATABASE_URL is not set."),
            "LEDGER_KEYS": ("", "LEDGER_KEYS is not set."),
            "PUBLIC_ORIGIN": ("https://djsf.invalid/m", "PUBLIC_ORIGIN must be https://HOST"),
            "OPERATOR_NAME": ("  ", "OPERATOR_NAME is not set: users must be told who processes"),
            "OPERATOR_ADDRESS": ("", "OPERATOR_ADDRESS is not set: users must be told who"),
            "OPERATOR_DPO": ("", "OPERATOR_DPO is not set: users must be told who processes"),
            "LEDGER_SEAL_WEBHOOK": ("", "LEDGER_SEAL_DIR (or LEDGER_SEAL_WEBHOOK) is not set."),
        },
        {
            "FAQ_READER_URL": (
                "http://model.invalid/v1",
                "FAQ_READER_URL must be an https address.",
            ),
            "CTID_BASE": ("http://ctid.invalid", "CTID_BASE must be an https address."),
            "WECHAT_API_BASE": ("https://127.0.0.1:8001", "where only the sandbox lives."),
            "FACE_MODE": ("photo", "FACE_MODE must be wechat"),
            "LEDGER_SEAL_KEYS": ("s1:x", "LEDGER_SEAL_KEYS: entry 1 is not ID:BASE64"),
            "LEDGER_SEAL_WEBHOOK": (
                "http://seals.invalid",
                "LEDGER_SEAL_WEBHOOK must be an https address.",
            ),
        },
        {"OPERATOR_PHONE": ("-", "OPERATOR_PHONE: String should match pattern")},
    ],
    ids=["missing", "unsafe", "unreadable"],
)
def test_refused_start_names_every_cause(
    production: dict[str, str], wrong: dict[str, tuple[str, str]]
) -> None:
    with gunicorn({**production, **{name: value for name, (value, _) in wrong.items()}}) as process:
        _, errors = process.communicate(timeout=60)

    assert process.returncode != 0
    assert [sentence for _, sentence in wrong.values() if sentence not in errors] == [], errors
    assert "Traceback" not in errors


def test_environment_of_tests_has_no_settings() -> None:
    assert not [name for name in Settings.model_fields if name.upper() in os.environ]


_FIRST_IMPORTS = """
import os, runpy, sys


class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print("numpy", os.environ.get("OPENBLAS_NUM_THREADS"))


sys.path.insert(0, ".")
sys.meta_path.insert(0, Finder())
runpy.run_path("gunicorn.conf.py")
"""


def test_numpy_is_imported_with_one_thread(tmp_path: Path) -> None:
    environment = {**os.environ, "VAR_DIR": str(tmp_path)}
    environment.pop("OPENBLAS_NUM_THREADS", None)
    run = subprocess.run(
        [sys.executable, "-c", _FIRST_IMPORTS],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[0] == "numpy 1"
