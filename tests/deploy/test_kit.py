"""The kit names what the service has; ``deploy/check`` runs the tools that read its files."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.service.service import Service
from tests.support.service.waiting import eventually

REPOSITORY = Path(__file__).parents[2]
KIT = REPOSITORY / "deploy"
RULES = yaml.safe_load((KIT / "prometheus/rules.yaml").read_text())["groups"][0]["rules"]
# Only with a standby, on PostgreSQL, and with vendors behind TLS.
ELSEWHERE = {"database_standby_lag_seconds", "up", "vendor_certificate_seconds"}
FAKE_DUMP = """#!/bin/sh
for word; do case $word in --file=*) : > "${word#--file=}";; esac; done
exit "${FAKE:-0}"
"""
WORDS = {
    "absent", "address", "call", "code", "increase", "vendor",
    "and", "by", "histogram_quantile", "identity", "job", "le", "max", "min", "on", "or",
    "rate", "status", "sum", "topk", "e", "m", "__name__",
}  # fmt: skip


def metrics_of(service: Service) -> set[str]:
    return {
        line.split("{")[0].split(" ")[0]
        for line in service.get("/metrics", base="").text.splitlines()
        if not line.startswith("#")
    }


def test_rules_and_dashboard_name_metrics_of_the_service(service: Service) -> None:
    service.wechat_login("visitor")
    written_by_the_worker = {"worker_heartbeat_age_seconds", "accounts", "vendor_quota_left"}
    assert eventually(lambda: written_by_the_worker <= metrics_of(service))
    there = metrics_of(service)
    panels = json.loads((KIT / "grafana/identity.json").read_text())["panels"]
    shown = [target["expr"] for panel in panels for target in panel["targets"]]
    assert len(shown) > 20
    for expressions in ([rule["expr"] for rule in RULES], shown):
        named, patterns = set(), set()
        for expression in expressions:
            patterns |= set(re.findall(r'__name__=~"([^"]+)"', expression))
            # Neither what stands in quotation marks nor labels are metrics.
            plain = re.sub(r"by \([^)]*\)|\{[^}]*\}", "", re.sub(r'"[^"]*"', "", expression))
            named |= set(re.findall(r"\b[a-z_][a-z_0-9]*", plain)) - WORDS
        # The service seals within a day.
        unsealed = {"ledger_seal_age_seconds", "ledger_anchor_age_seconds", "ledger_differences"}
        assert len(named) > 15
        assert named - ELSEWHERE - unsealed <= there
        assert patterns
        for pattern in patterns:
            assert [name for name in there if re.fullmatch(pattern, name)], pattern


def test_every_alert_has_a_sheet() -> None:
    page = (REPOSITORY / "docs/alerts.md").read_text()
    sheets = re.findall(r"^\| `([A-Za-z]+)` \|", page, re.MULTILINE)
    assert sheets == [rule["alert"] for rule in RULES]
    tested = (KIT / "prometheus/rules_test.yaml").read_text()
    untested = {name for name in sheets if f"alertname: {name}" not in tested}
    assert untested == {"ServiceSlow"}
    followed = (REPOSITORY / "docs/run_sheets.md").read_text()
    assert re.findall(r"^## (\w+)$", followed, re.MULTILINE) == sheets


@pytest.mark.parametrize("unit", sorted(path.name for path in KIT.glob("systemd/*.service")))
def test_units_start_what_there_is(unit: str) -> None:
    lines = (KIT / "systemd" / unit).read_text().splitlines()
    [command] = [line.removeprefix("ExecStart=") for line in lines if line.startswith("ExecStart")]
    program, *words = command.split()
    assert program.startswith("/opt/identity/")
    if program.endswith("/python") and "manage.py" in words:
        shown = subprocess.run(
            [sys.executable, *words[: words.index("manage.py") + 2], "--help"],
            cwd=REPOSITORY,
            capture_output=True,
            check=False,
        )
        assert shown.returncode == 0, shown.stderr
    else:
        file = program if words == [] else words[words.index("--config") + 1]
        assert (REPOSITORY / file.removeprefix("/opt/identity/")).exists()
    # The server's own user copies the server.
    user = "postgres" if unit == "identity-base-backup.service" else "identity"
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", f"User={user}"):
        assert line in lines
    assert ("WatchdogSec=120" in lines) == unit.startswith("identity-worker")


def test_dump_is_complete_or_absent(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "pg_dump"
    fake.write_text(FAKE_DUMP)
    fake.chmod(0o755)
    (programs / "pg_restore").symlink_to("/bin/true")
    folder = tmp_path / "dumps"
    folder.mkdir()
    old = folder / "service-2020-01-01-000000.dump"
    old.touch()
    os.utime(old, (0, 0))
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "DUMP_DIR": str(folder)}

    def dump(**more: str) -> int:
        return subprocess.run(
            [KIT / "postgresql/dump"], env=environment | more, capture_output=True, check=False
        ).returncode

    assert dump(FAKE="1") != 0
    assert [*folder.glob("service-*.dump")] == [old]
    assert dump() == 0
    [made] = folder.glob("service-*.dump")
    assert made != old
    assert made.stat().st_mode & 0o077 == 0
