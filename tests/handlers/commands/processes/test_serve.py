"""``make run`` as a process: start, killed parts, each way to stop, restart."""

import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import requests

from handlers import mini_program
from handlers.commands.processes import serve
from handlers.commands.processes.serve import program_lines
from tests.support.admin.desk import Desk
from tests.support.service.command_line import manage
from tests.support.service.postgres import PostgresServer
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import Service, database_for_service, free_port
from tests.support.service.waiting import eventually

PARTS = ("valkey", "sandbox", "web", "worker")
MARKS = {
    "valkey": "valkey-server",
    "sandbox": "-m sandbox",
    "web": "-m gunicorn",
    "worker": "manage.py worker",
}


@pytest.fixture(scope="module")
def _lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("lasting")) as service:
        yield service


@pytest.fixture
def lasting(_lasting: Service) -> Service:
    """Return a running service, started again when the test before stopped it."""
    return _lasting if _lasting.process is not None else _lasting.start()


def children(service: Service) -> dict[str, psutil.Process]:
    """Return part → process for every running part."""
    assert service.process is not None
    found = {}
    for child in psutil.Process(service.process.pid).children():
        try:
            command_line = " ".join(child.cmdline())
        except psutil.NoSuchProcess:
            # It was just killed and not yet reaped.
            continue
        found.update({part: child for part, mark in MARKS.items() if mark in command_line})
    return found


def process_tree(service: Service) -> list[psutil.Process]:
    """Return every process below ``serve``, gunicorn's workers included."""
    assert service.process is not None
    return psutil.Process(service.process.pid).children(recursive=True)


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def healthy(service: Service) -> bool:
    """Return whether it is alive and reaches the database and Valkey."""
    try:
        return service.get("/readyz", base="", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_every_part_starts_and_addresses_are_printed(lasting: Service) -> None:
    assert eventually(lambda: set(children(lasting)) == set(PARTS))
    assert eventually(lambda: healthy(lasting))
    assert [p for p in lasting.settings.var_dir.rglob("*") if p.lstat().st_mode & 0o077] == []
    answer = lasting.get("/", base="")
    assert {"Server", "Strict-Transport-Security"}.isdisjoint(answer.headers)
    for address in (
        f"{lasting.url}/",
        f"{lasting.url}/admin/",
        f"{lasting.url}/docs",
        f"{lasting.sandbox.url}/sandbox/inbox",
    ):
        assert f" {address}\n" in lasting.output
        assert requests.get(address, timeout=10).status_code == 200
    assert "\n  program  " in lasting.output
    valkey = lasting.settings.valkey_socket
    assert valkey.parent.stat().st_mode & 0o077 == 0


def test_program_is_announced_with_a_qr_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mini_program, "BUILT", tmp_path)
    settings = Service(tmp_path, host="127.0.0.1").settings
    assert program_lines(settings) == ["  program  is not built yet: make app"]

    (tmp_path / "index.html").touch()
    address, code = program_lines(settings)
    assert address == f"  program  http://127.0.0.1:{settings.port}/m/"
    assert "▄▄▄▄▄ █" in code
    everywhere = settings.model_copy(update={"host": "0.0.0.0"})
    monkeypatch.setattr(serve, "_network_address", lambda: "192.0.2.7")
    assert program_lines(everywhere)[0] == f"  program  http://192.0.2.7:{settings.port}/m/"


def test_killed_part_is_restarted(lasting: Service) -> None:
    assert eventually(lambda: set(children(lasting)) == set(PARTS))
    for part in PARTS:
        victim = children(lasting)[part]
        victim.kill()

        assert eventually(lambda part=part, old=victim: children(lasting).get(part, old) != old)
        assert eventually(lambda: healthy(lasting)), part
        assert f"{part} was killed by SIGKILL; starting it again" in lasting.output


def test_callers_wait_while_the_web_server_restarts(lasting: Service) -> None:
    for process in process_tree(lasting):
        if "gunicorn" in " ".join(process.cmdline()):
            process.kill()

    assert lasting.get("/healthz", base="", timeout=20).status_code == 200


def test_killed_web_worker_is_replaced(lasting: Service) -> None:
    master = children(lasting)["web"]
    assert eventually(lambda: len(master.children()) == lasting.settings.web_workers)
    before = master.children()
    for process in before:
        process.kill()

    assert eventually(lambda: healthy(lasting))
    assert eventually(lambda: len(set(master.children()) - set(before)) == len(before))
    assert children(lasting)["web"] == master


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_every_process(lasting: Service, number: int) -> None:
    assert eventually(lambda: set(children(lasting)) == set(PARTS))
    everybody = process_tree(lasting)

    assert lasting.stop(number) == 0
    assert all(is_gone(process) for process in everybody)


def test_serve_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    service = Service(tmp_path)
    # A shell replaces make: it is killed, and its children must end.
    with subprocess.Popen(
        ["sh", "-c", '"$0" manage.py serve --parent $$ & wait', sys.executable],
        cwd=REPOSITORY,
        env=service.environment,
        stdout=subprocess.DEVNULL,
    ) as shell:
        assert eventually(lambda: healthy(service), seconds=60)
        everybody = psutil.Process(shell.pid).children(recursive=True)
        shell.kill()

    assert len(everybody) > len(PARTS)
    # The parts have twenty seconds to end in order.
    assert eventually(lambda: all(is_gone(process) for process in everybody), seconds=30)


def test_second_start_keeps_the_data(lasting: Service) -> None:
    token = lasting.wechat_login("returning")
    lasting.stop()

    lasting.start()

    assert lasting.get("/account", token=token).json()["code"] == "ACCOUNT_REQUIRED"


def test_first_administrator_password_is_shown_once(lasting: Service) -> None:
    lasting.stop()
    path = lasting.settings.database_address.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM staff_member")
    lasting.start()
    shown = re.search(r"first sign-in: (\S+) / (\S+) \(shown only now\)", lasting.output)
    assert shown is not None
    assert 'href="/admin/"' in lasting.get("/", base="").text
    answer = Desk(lasting).post("/sign-in", {"username": shown[1], "password": shown[2]})
    assert answer.headers["Location"] == "/admin/password"
    lasting.stop()
    assert "first sign-in" not in lasting.start().output


def test_kill_9_of_the_parent_stops_every_process_and_keeps_the_counted_codes(
    lasting: Service,
) -> None:
    assert eventually(lambda: set(children(lasting)) == set(PARTS))
    token = lasting.wechat_login("limited")
    lasting.sms_code(token, "13800130011", "register")
    everybody = process_tree(lasting)

    lasting.stop(signal.SIGKILL)

    assert eventually(lambda: all(is_gone(process) for process in everybody), seconds=60), [
        process.cmdline() for process in everybody if not is_gone(process)
    ]
    lasting.start()
    body = {"phone": "13800130011", "purpose": "register"}
    refused = lasting.post("/sms-codes", json=body, token=token)
    assert refused.json()["code"] == "SMS_RATE_LIMITED"


def test_start_after_kill_9_waits_for_the_port(lasting: Service) -> None:
    everybody = process_tree(lasting)
    # A slow request holds the port of a killed server for a while.
    with socket.create_connection(("127.0.0.1", lasting.settings.port)) as slow:
        slow.sendall(b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        time.sleep(0.3)
        lasting.stop(signal.SIGKILL)
        assert not all(is_gone(process) for process in everybody)
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(lasting.start)
            time.sleep(1)
            assert not starting.done()
            slow.close()
            starting.result()
    assert healthy(lasting)


def run_failing_serve(service: Service, **changes: object) -> subprocess.CompletedProcess[str]:
    """Run a ``serve`` that must fail to start, with some settings changed."""
    changed = {name.upper(): str(value) for name, value in changes.items()}
    return manage({**service.environment, **changed}, "serve")


def test_second_instance_is_refused_in_one_line(lasting: Service, tmp_path: Path) -> None:
    same = run_failing_serve(lasting)
    assert lasting.process is not None
    assert same.returncode == 1
    assert same.stderr.count("\n") == 1
    assert f"runs already in {lasting.settings.var_dir} (process {lasting.process.pid})" in (
        same.stderr
    )

    web = run_failing_serve(lasting, var_dir=tmp_path / "other", sandbox_port=free_port())
    sandbox = run_failing_serve(lasting, var_dir=tmp_path / "other")
    for other, name, port in (
        (sandbox, "SANDBOX_PORT", lasting.sandbox_port),
        (web, "PORT", lasting.port),
    ):
        assert other.returncode == 1
        assert other.stderr.count("\n") == 1
        assert f"Port {port} cannot be used (Address already in use)." in other.stderr
        assert f"make run {name}=" in other.stderr
    assert eventually(lambda: healthy(lasting))


def test_servers_of_the_settings_are_used(tmp_path: Path, postgres: PostgresServer) -> None:
    address = database_for_service(postgres)
    with Service(tmp_path, database_url=address) as service:
        assert eventually(lambda: healthy(service))
        assert not list((tmp_path / "var").glob("*.sqlite3"))
    postgres.drop(address)


def test_part_that_cannot_start_is_shown_with_its_log(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.prepare()
    directory = tmp_path / "var" / "valkey"
    directory.mkdir()
    (directory / "appendonlydir").write_text("not a directory")

    ended = run_failing_serve(service)

    assert ended.returncode == 1
    assert "appendonlydir" in ended.stderr
    assert f"The valkey part ended with status 1: see {tmp_path}/var/log/valkey.log" in ended.stderr


def test_unreachable_database_is_reported_in_one_line(tmp_path: Path) -> None:
    service = Service(tmp_path)

    ended = run_failing_serve(service, database_url=f"postgresql://127.0.0.1:{free_port()}/none")

    assert ended.returncode == 1
    assert ended.stderr.startswith("The database does not answer")
    assert "Traceback" not in ended.stderr


def test_production_refuses_sandbox_settings(tmp_path: Path) -> None:
    ended = run_failing_serve(Service(tmp_path), profile="production")

    assert ended.returncode == 1
    assert "DATABASE_URL is not set." in ended.stderr
    assert "Traceback" not in ended.stderr
