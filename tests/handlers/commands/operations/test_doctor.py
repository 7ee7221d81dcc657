"""The command doctor names each fault with its remedy; ``main`` finds commands."""

import base64
import os
import secrets
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from config import Settings
from handlers.commands import COMMANDS, main
from handlers.commands.operations import doctor as doctor_command
from miniprogram_api import clock
from miniprogram_api.health import heartbeats
from tests.support.service.command_line import manage, outcome
from tests.support.service.service import Service, data_of, free_port
from tests.support.service.tables import settings_for
from tests.support.service.waiting import eventually


def doctor(service: Service, *words: str, **changes: object) -> subprocess.CompletedProcess[str]:
    changed = {name.upper(): str(value) for name, value in changes.items()}
    return manage({**service.environment, **changed}, "doctor", *words)


def findings(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the subjects of the findings."""
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("WRONG ")]
    assert done.returncode == (1 if lines else 0)
    return [line.removeprefix("WRONG ").partition(": ")[0] for line in lines]


def test_running_service_has_no_findings(service: Service) -> None:
    service.wechat_login("somebody")
    assert eventually(lambda: data_of(service.get("/status", base=""))["workers"])

    done = doctor(service)

    assert findings(done) == [], done.stdout
    assert f"ok    {service.sandbox.url}: answers (sandbox)" in done.stdout
    assert done.stdout.endswith("Everything is in order.\n")


@pytest.mark.parametrize(("month", "day", "mark"), [(10, 31, "ok   "), (11, 1, "warn ")])
def test_missing_holidays_are_a_warning(tables: Settings, month: int, day: int, mark: str) -> None:
    with clock.replaced(lambda: datetime(2026, month, day, tzinfo=clock.SHANGHAI)):
        assert doctor_command._calendar().mark == mark


def test_dead_worker_is_found(tables: Settings) -> None:
    assert doctor_command._worker().state == "no sign of life for a day"
    heartbeats.beat(heartbeats.Role.WORKER)
    assert doctor_command._worker().mark == "ok   "
    later = clock.now() + timedelta(seconds=heartbeats.DEAD_AFTER_SECONDS + 2)
    with clock.replaced(lambda: later):
        assert doctor_command._worker().mark == "WRONG"


def test_too_few_connections_are_a_warning(tables: Settings) -> None:
    finding = doctor_command._connections(Settings.model_validate({"web_threads": 128}))
    assert finding.mark == ("ok   " if tables.database_address.startswith("sqlite") else "warn ")


@pytest.mark.parametrize(
    ("profile", "provider", "mark"),
    [
        ("production", "", "warn "),
        ("production", "示例公司，010-00000000", "ok   "),
        ("sandbox", "", "ok   "),
    ],
)
def test_unnamed_receiver_is_a_warning(profile: str, provider: str, mark: str) -> None:
    settings = Settings.model_validate({"profile": profile, "ctid_provider": provider})
    assert doctor_command._processor(settings).mark == mark


def test_reader_is_asked(service: Service) -> None:
    url = f"{service.sandbox.url}/v1"
    done = doctor(service, faq_reader_url=url, faq_reader_model="qwen-test")
    assert findings(done) == [], done.stdout
    assert f"ok    {url}: answers (sandbox)" in done.stdout
    assert "ok    reader: qwen-test, chose" in done.stdout
    service.sandbox.fault("reader", "error")
    done = doctor(service, faq_reader_url=url, faq_reader_model="qwen-test")
    assert "warn  reader: qwen-test, no_answer" in done.stdout
    assert findings(done) == []


def test_reader_needs_a_model(service: Service) -> None:
    done = doctor(service, faq_reader_url="http://127.0.0.1:9/v1")
    assert done.returncode == 1
    assert "FAQ_READER_MODEL is not set, and FAQ_READER_URL is." in done.stderr


def test_wrong_keys_are_found(service: Service) -> None:
    token = service.wechat_login("somebody")
    service.sms_code(token, "13800130011", "register")
    other = f"d1:{base64.b64encode(secrets.token_bytes(32)).decode()}"

    assert findings(doctor(service, "--offline", data_keys=other)) == ["keys"]
    assert findings(doctor(service, "--offline", index_keys=other.replace("d1", "i1"))) == ["keys"]
    former = service.settings.data_keys.get_secret_value()
    added = other.replace("d1", "d2") + "," + former
    assert findings(doctor(service, "--offline", data_keys=added)) == []


def test_empty_database_and_missing_redis_are_found(tmp_path: Path) -> None:
    done = doctor(Service(tmp_path), "--offline")

    assert findings(done) == ["migrations", "redis"]
    assert "→ Type: make migrate" in done.stdout


def test_unreachable_database_is_found(service: Service) -> None:
    done = doctor(service, "--offline", database_url=f"postgresql://127.0.0.1:{free_port()}/none")

    assert findings(done) == ["database", "migrations"]


def test_readable_key_file_is_found(tmp_path: Path, service: Service) -> None:
    settings_for(tmp_path / "var")
    (tmp_path / "var" / "secrets.env").chmod(0o644)

    done = doctor(service, "--offline", var_dir=tmp_path / "var", database_url="sqlite:///:memory:")

    assert "secrets.env" in findings(done)
    assert f"chmod 600 {tmp_path}/var/secrets.env" in done.stdout


class SlowClock(BaseHTTPRequestHandler):
    """Answer like a vendor whose clock is ten minutes slow."""

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return "Tue, 24 Nov 2020 12:00:00 GMT"

    def log_message(self, *arguments: object) -> None:
        return


def test_unwritable_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)

    status, printed = outcome("doctor", capsys, "--offline")

    assert status == 1
    assert "WRONG VAR_DIR: may not be written" in printed


@pytest.mark.parametrize("command", ["doctor", "migrate", "serve"])
def test_uncreatable_folder_is_reported_in_one_line(tmp_path: Path, command: str) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")

    done = manage({"VAR_DIR": str(taken)}, command)

    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [f"- VAR_DIR: {taken}: File exists."]


def test_unopenable_file_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "serve.lock").mkdir()

    done = manage({"VAR_DIR": str(tmp_path)}, "backup", tmp_path / "file")

    assert done.returncode == 1
    assert done.stderr == f"{tmp_path / 'serve.lock'}: Is a directory.\n"


@contextmanager
def late_vendor() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), SlowClock)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_clock_differences_and_silent_addresses_are_found(service: Service) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with late_vendor() as late:
        done = doctor(service, wechat_api_base=late, ctid_base=nobody)

    assert findings(done) == [f"clock of {late}", nobody]
    assert "Correct CTID_BASE" in done.stdout


def test_wrong_settings_are_reported_first(service: Service) -> None:
    done = doctor(
        service,
        port="http",
        trusted_proxies="everybody",
        hall_networks="10.1.2.3/16",
        data_keys="short",
    )

    assert done.returncode == 1
    assert "PORT: " in done.stderr
    assert "TRUSTED_PROXIES: " in done.stderr
    assert "HALL_NETWORKS: " in done.stderr
    assert "short" not in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_module_and_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"manage.py {name}" in capsys.readouterr().out


def test_unknown_command_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sreve"]) == 2
    assert main([]) == 2
    assert "serve" in capsys.readouterr().err
    assert main(["--help"]) == 0
