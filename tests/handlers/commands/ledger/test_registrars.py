"""The command registrars: issue and list."""

import io
import re
from pathlib import Path

import pytest

from config import Settings
from handlers import commands
from miniprogram_api.operations import maintenance
from tests.support.service.sandbox import REPOSITORY


def test_key_is_issued_to_a_system_that_does_not_ask_for_the_switch(
    tables: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tables.var_dir))
    monkeypatch.setenv("DATABASE_URL", tables.database_address)
    quota = ("--quota", "9")
    assert commands.main(["registrars", "issue", "老系统", *quota]) == 0
    assert commands.main(["registrars", "issue", "新系统", *quota, "--without-switch"]) == 0
    capsys.readouterr()
    assert commands.main(["registrars", "list"]) == 0
    maintenance.connect(tables)
    old, new = capsys.readouterr().out.splitlines()
    assert old.endswith("老系统  no webhook  asks for the switch")
    assert new.endswith("新系统  no webhook  no switch")


def test_sign_reproduces_the_documented_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (REPOSITORY / "docs" / "registrar.md").read_text()
    secret, body, signature = (
        re.search(rf"^    {re.escape(title)} +(.+)$", text, re.MULTILINE)[1]  # type: ignore[index]
        for title in ("secret (base64)", "body", "X-Signature")
    )
    file = tmp_path / "body.json"
    file.write_bytes(body.encode())
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{secret}\n"))
    fixed = ["--timestamp", "1793000000", "--nonce", "q7wT3nB0zK5xY8vA", "--body", str(file)]
    path = "/registrar/v1/persons/query"
    assert commands.main(["registrars", "sign", "r0123456789abcdef", "POST", path, *fixed]) == 0
    assert f"X-Signature: {signature}" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("not base64\n"))
    assert commands.main(["registrars", "sign", "r1", "GET", path]) == 1
