"""The command ledger: verify, seal and export."""

from datetime import datetime
from pathlib import Path

import pytest

from config import Settings
from handlers import commands
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.lines import Person
from miniprogram_api.operations import maintenance
from models.storage.database import SHANGHAI, database, transaction
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time


@pytest.fixture
def run(
    tables: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> object:
    monkeypatch.setenv("VAR_DIR", str(tables.var_dir))
    monkeypatch.setenv("DATABASE_URL", tables.database_address)

    def call(*words: str) -> tuple[int, str]:
        status = commands.main(["ledger", *words])
        maintenance.connect(tables)
        said = capsys.readouterr()
        return status, said.out + said.err

    return call


def test_ledger_is_sealed_exported_and_verified(
    run: object, tables: Settings, tmp_path: Path
) -> None:
    assert callable(run)
    with Time(datetime(2026, 10, 3, 9, 0, tzinfo=SHANGHAI)).running(), transaction():
        ledger.append(member_of("centre"), "card_seen", Person())

    assert run("seal") == (0, "2026-10 is sealed up to line 1.\n")
    status, said = run("export-seals", str(tmp_path / "seals"))
    seal = tmp_path / "seals" / "2026-10.json"
    assert (status, said) == (0, f"{seal}\n")
    status, said = run("verify", "--seal", str(seal))
    assert status == 0
    assert said.endswith("The ledger is whole.\n")

    database.execute_sql("DROP TRIGGER ledger_line_no_update")
    database.execute_sql("UPDATE ledger_line SET actor = 'staff:9'")
    status, said = run("verify")
    assert status == 1
    assert "line 1 was changed" in said
    seal.write_text("{}")
    status, said = run("verify", "--seal", str(seal))
    assert "This file holds no seal." in said
