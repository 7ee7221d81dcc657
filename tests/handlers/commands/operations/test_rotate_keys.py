"""The command rotate-keys: output, and the exit status that permits removing a key."""

import base64
import os

import pytest

from config import Settings
from handlers import commands
from miniprogram_api.accounts import accounts
from miniprogram_api.operations import maintenance, profiles
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.storage import stored_values
from models.storage.stored_values import Change, Table
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account

SOMEONE = person(number=1)


def new_key(key_id: str) -> str:
    return f"{key_id}:{base64.b64encode(os.urandom(32)).decode()}"


class Operator:
    """Set keys and run the command."""

    def __init__(
        self,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self._environment, self._capsys = monkeypatch, capsys
        self.settings = settings
        self.data = settings.data_keys.get_secret_value()
        self.index = settings.index_keys.get_secret_value()
        monkeypatch.setenv("VAR_DIR", str(settings.var_dir))
        monkeypatch.setenv("DATABASE_URL", settings.database_address)

    def set_keys(self, *, data: str, index: str, cipher: str = "aes-256-gcm") -> None:
        self._environment.setenv("DATA_KEYS", data)
        self._environment.setenv("INDEX_KEYS", index)
        self._environment.setenv("DATA_CIPHER", cipher)

    def rotate(self, *words: str) -> tuple[int, str]:
        """Run the command and return exit status and output."""
        status = commands.main(["rotate-keys", *words])
        printed = self._capsys.readouterr()
        # The command closed the database; the test continues with its keys.
        maintenance.connect(profiles.load_settings())
        return status, printed.out + printed.err


@pytest.fixture
def operator(
    tables: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    synced_account(SOMEONE)
    return Operator(tables, monkeypatch, capsys)


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_rotation_in_four_steps(operator: Operator) -> None:
    data, index = new_key("d2"), new_key("i2")

    operator.set_keys(data=f"{operator.data},{data}", index=f"{operator.index},{index}")
    assert operator.rotate()[0] == 0
    operator.set_keys(data=f"{data},{operator.data}", index=f"{index},{operator.index}")
    status, printed = operator.rotate("--dry-run")
    assert status == 0
    assert "1 rows would be rewritten, none was" in printed
    status, printed = operator.rotate()

    assert status == 0
    assert "Written with: data key d2 (aes-256-gcm), index key i2" in printed
    assert "account  phone           d1 (aes-256-gcm)       1" in printed
    assert "1 rows were rewritten.\nNothing is left under an old key.\n" in printed
    operator.set_keys(data=data, index=index)
    assert operator.rotate() == (
        0,
        "Written with: data key d2 (aes-256-gcm), index key i2\n"
        "0 rows were rewritten.\nNothing is left under an old key.\n",
    )
    assert accounts.find_by_login(SOMEONE.id_number)[0].phone == SOMEONE.phone
    tags = {entry.tag for entry in AuditEntry.select()}
    assert tags == {"command:keys:rotated"}


def test_cipher_change_is_a_rotation(operator: Operator) -> None:
    operator.set_keys(data=operator.data, index=operator.index, cipher="sm4-gcm")

    status, printed = operator.rotate()

    assert status == 0
    assert "Written with: data key d1 (sm4-gcm)" in printed
    assert "d1 (aes-256-gcm)" in printed
    assert Account.get().name == SOMEONE.name


def test_missing_key_is_reported_and_values_are_kept(operator: Operator) -> None:
    operator.set_keys(data=new_key("d2"), index=f"{new_key('i2')},{operator.index}")

    status, printed = operator.rotate()

    assert status == 1
    assert "DATA_KEYS lacks d1: add it at the end and run it again." in printed
    assert "account.name: 1 value: cannot be decrypted." in printed
    assert "Still under old keys, which must be kept" in printed


@pytest.mark.parametrize("rehearsal", [True, False])
def test_wrong_old_key_is_reported(operator: Operator, rehearsal: bool) -> None:
    operator.set_keys(data=f"{new_key('d2')},{new_key('d1')}", index=operator.index)

    status, printed = operator.rotate(*(["--dry-run"] if rehearsal else []))

    assert status == 1
    assert "is not the one that the values were written with" in printed


def test_wrong_first_key_changes_nothing(operator: Operator) -> None:
    operator.set_keys(data=new_key("d1"), index=operator.index)

    status, printed = operator.rotate()

    assert status == 1
    assert "The first key of DATA_KEYS is not the one under whose id account.name" in printed
    assert "Nothing was changed." in printed
    operator.set_keys(data=operator.data, index=operator.index)
    assert operator.rotate()[0] == 0


def test_rows_written_under_old_keys_need_another_run(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace_nothing(_: Table, changes: list[Change]) -> tuple[int, list[Change]]:
        return len(changes), []

    operator.set_keys(data=f"{new_key('d2')},{operator.data}", index=operator.index)
    with monkeypatch.context() as patch:
        patch.setattr(stored_values, "replace", replace_nothing)
        status, printed = operator.rotate()

    assert status == 1
    assert "Rows were written under old keys meanwhile: run it again." in printed


def test_output_contains_no_key_and_no_personal_data(operator: Operator) -> None:
    operator.set_keys(
        data=f"{new_key('d2')},{new_key('d1')}", index=f"{new_key('i2')},{operator.index}"
    )

    printed = operator.rotate()[1]

    keys = [key.partition(":")[2] for key in (operator.data, operator.index)]
    for secret in (*keys, SOMEONE.name, SOMEONE.id_number, SOMEONE.phone):
        assert secret not in printed


def test_unreachable_database_is_reported_in_one_line(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")

    assert commands.main(["rotate-keys"]) == 1
    assert capsys.readouterr().err.startswith("The database does not answer")
