"""The command ledger: verify, seal, export and accept a restore."""

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

    assert run("seal") == (0, "Seal 1 covers the lines up to 1.\n")
    status, said = run("export-seals", str(tmp_path / "seals"))
    seal = tmp_path / "seals" / "1.json"
    assert (status, said) == (0, f"{seal}\n")
    assert run("export-seals", str(tmp_path / "seals")) == (0, "")
    status, said = run("verify", "--seal", str(seal))
    assert status == 0
    assert said.endswith("The ledger, the decisions and the audit log are whole.\n")

    database.execute_sql("DROP TRIGGER ledger_line_no_update")
    database.execute_sql("UPDATE ledger_line SET actor = 'staff:9'")
    status, said = run("verify")
    assert status == 1
    assert "line 1 was changed" in said
    seal.write_text("{}")
    status, said = run("verify", "--seal", str(seal))
    assert "This file holds no seal." in said
    status, said = run("export-seals", str(tmp_path / "seals"))
    assert (status, said) == (1, f"{seal} differs from the seal in the database.\n")
    assert seal.read_text() == "{}"


def test_restored_backup_is_reported_until_it_is_accepted(run: object, tables: Settings) -> None:
    assert callable(run)
    member = member_of("centre")
    with transaction():
        ledger.append(member, "card_seen", Person())
    assert run("seal")[0] == 0
    with transaction():
        ledger.append(member, "card_seen", Person())
    assert run("accept-restore", "--reason", "x")[0] == 1
    backup = Path(tables.database_address.removeprefix("sqlite:///"))
    maintenance.disconnect()
    content = backup.read_bytes()
    maintenance.connect(tables)
    assert run("seal")[0] == 0
    assert run("seal")[0] == 0
    assert run("verify")[0] == 0

    maintenance.disconnect()
    backup.write_bytes(content)
    maintenance.connect(tables)
    status, said = run("verify")
    assert status == 1
    assert "seal 2 is missing: it was anchored on" in said
    # A new seal of the same sequence does not replace the anchor.
    assert run("seal")[0] == 1
    status, said = run("verify")
    assert status == 1
    assert "seal 2 is not the one anchored on" in said

    status, said = run("accept-restore", "--reason", "disk lost, backup of the night")
    assert (status, said) == (0, "Seal 4 gives up the seals 2 to 3.\n")
    status, said = run("verify")
    assert status == 0
    assert "Seals 2 to 3 were given up by the restore accepted on" in said
    assert "disk lost, backup of the night" in said
    assert run("seal") == (0, "Seal 5 covers the lines up to 2.\n")
    assert run("verify")[0] == 0
