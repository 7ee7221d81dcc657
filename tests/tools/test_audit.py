"""The real pip-audit and npm without an advisory, with one, and without an answer."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import REPOSITORY
from tools import audit

SIX = "six==1.17.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"


class Advisories(BaseHTTPRequestHandler):
    """Answers as OSV does, and as a registry of Node does."""

    python: dict[str, Any] = {}  # noqa: RUF012
    node: dict[str, Any] = {}  # noqa: RUF012

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        content = json.dumps(self.node if "npm" in self.path else self.python).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """Know no package: npm asks which version mends an advisory."""
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        """Write nothing."""


@pytest.fixture
def origin(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve advisories of this machine; npm asks there, too."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("npm_config_registry", address)
        monkeypatch.setenv("npm_config_fetch_retries", "0")
        yield address
        server.shutdown()


def audited(tmp_path: Path, address: str) -> int:
    lock = tmp_path / "lock.txt"
    lock.write_text(SIX)
    return audit.main(["--lock", str(lock), "--osv-url", f"{address}/v1/query"])


def test_packages_without_advisories(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audited(tmp_path, origin) == 0
    said = capsys.readouterr().out
    assert "Python: 0 advisories for 1 packages" in said
    assert "Node: 0 advisories for " in said
    assert "NOT AUDITED" not in said


def test_advisories_are_named(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = {"name": "six", "ecosystem": "PyPI"}
    events = [{"introduced": "0"}, {"fixed": "1.18.0"}]
    affected = {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    vulnerability = {"id": "PYSEC-1", "summary": "x", "affected": [affected]}
    monkeypatch.setattr(Advisories, "python", {"vulns": [vulnerability]})
    advisory = {"id": 1, "url": "", "title": "A way in", "severity": "high"}
    monkeypatch.setattr(Advisories, "node", {"vue": [{**advisory, "vulnerable_versions": "*"}]})

    assert audited(tmp_path, origin) == 1
    said = capsys.readouterr().out
    assert "  six 1.17.0: PYSEC-1, mended in 1.18.0\n" in said
    assert "  vue *: A way in (high)\n" in said


def test_source_that_cannot_be_reached_is_no_clean_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "http://127.0.0.1:9"
    monkeypatch.setenv("npm_config_registry", nowhere)
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    assert audited(tmp_path, nowhere) == 2
    assert capsys.readouterr().out.count("NOT AUDITED: ") == 2


def test_mirror_without_advisories_is_no_clean_audit() -> None:
    skipped = {"name": "six", "skip_reason": "Dependency not found"}
    answer = json.dumps({"dependencies": [skipped], "fixes": []})
    found = audit.read_pip_audit(answer, "")
    assert (found.compared, found.missed) == (0, "1 packages: Dependency not found")


def test_every_pin_of_the_lock_is_audited() -> None:
    lock = (REPOSITORY / "requirements-dev.txt").read_text()
    pins = audit.PIN.findall(lock)
    assert len(pins) == len(re.findall(r"^\S+==", lock, re.MULTILINE)) > 100
    assert all("--hash=sha256:" in pin for pin in pins)
