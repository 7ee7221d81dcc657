"""The command registrars: issue and list."""

import pytest

from config import Settings
from handlers import commands
from miniprogram_api.operations import maintenance


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
