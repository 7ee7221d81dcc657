"""The command import-accounts: output, files left behind, and recovery after a kill."""

import csv
import io
import os
import pty
import signal
import stat
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from config import Settings
from handlers import commands
from miniprogram_api.enrolment import import_accounts as account_import
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.storage.database import database
from tests.support.people.persons import Person, person
from tests.support.service.command_line import outcome

REPOSITORY = Path(__file__).resolve().parents[4]
HEADER = "身份证号,姓名,手机号,登录账号,起始日期,结束日期\n"

pytestmark = pytest.mark.usefixtures("operator")

run = partial(outcome, "import-accounts")
"""Runs the command: its exit status and everything printed."""


def line(someone: Person, username: str = "", **changes: str) -> str:
    values = {"phone": someone.phone, **someone.four_elements, **changes}
    return (
        ",".join(
            (
                values["id_number"],
                values["name"],
                values["phone"],
                username,
                values["valid_from"],
                values["valid_until"],
            )
        )
        + "\n"
    )


def written(path: Path, *lines: str, name: str = "accounts.csv", encoding: str = "utf-8") -> Path:
    file = path / name
    file.write_text(HEADER + "".join(lines), encoding=encoding, newline="")
    return file


GOOD, OTHER, THIRD = person(number=1), person("李四", number=2), person(number=3)
BAD = line(OTHER, name="李4", id_number=OTHER.id_number[:-1])


def test_clean_file_leaves_no_reject_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, line(GOOD, "zhang_san"), line(OTHER), encoding="gb18030")

    status, printed = run(capsys, file)

    assert status == 0
    assert "CSV in gb18030" in printed
    assert Account.select().count() == 2
    assert list(tmp_path.iterdir()) == [file]
    tags = [entry.tag for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert tags == ["command:account_import:started", "command:account_import:finished"]


def test_bad_rows_are_reported_without_personal_data_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, line(GOOD), BAD, line(THIRD, "张三"), encoding="gb18030")

    status, printed = run(capsys, file)

    assert status == 0
    report, rejects = tmp_path / "accounts.report.csv", tmp_path / "accounts.rejects.csv"
    assert str(report) in printed
    assert str(rejects) in printed
    text = report.read_text(encoding="utf-8-sig")
    assert list(csv.DictReader(io.StringIO(text))) == [
        {
            "row": "3",
            "result": "put aside",
            "field": "id_number",
            "code": "id_number_length",
            "message": "身份证号应为18位，您填了17位，请对照证件核对。",
            "id_number": "110" + "*" * 10 + OTHER.id_number[13:17],
        },
        {
            "row": "3",
            "result": "put aside",
            "field": "name",
            "code": "name_digit",
            "message": "姓名第2个字是数字，请按证件上的姓名改好。",
            "id_number": "110" + "*" * 10 + OTHER.id_number[13:17],
        },
        {
            "row": "4",
            "result": "imported",
            "field": "username",
            "code": "username_form",
            "message": "登录账号为4至32位字母、数字或下划线，并以字母开头。"
            "这一行已导入，但没有登录账号。",
            "id_number": "110" + "*" * 11 + THIRD.id_number[-4:],
        },
    ]
    assert rejects.read_bytes() == (HEADER + BAD).encode("gb18030")
    for made in (report, rejects):
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
    for secret in (OTHER.phone, OTHER.id_number[:-1], "李4", GOOD.phone, GOOD.id_number):
        assert secret not in text
        assert secret not in printed


def test_corrected_reject_file_is_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, written(tmp_path, line(GOOD), BAD))
    rejects = tmp_path / "accounts.rejects.csv"
    rejects.write_text(rejects.read_text().replace(BAD, line(OTHER)))

    status, printed = run(capsys, rejects)

    assert status == 0
    assert Account.select().count() == 2
    assert not (tmp_path / "accounts.rejects.rejects.csv").exists()
    assert "put aside" in printed


def test_existing_files_are_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, BAD)
    run(capsys, file)
    mended = tmp_path / "accounts.rejects.csv"
    mended.write_text("half mended")

    run(capsys, file)

    assert mended.read_text() == "half mended"
    assert (tmp_path / "accounts-2.rejects.csv").read_text() == HEADER + BAD
    for option in ("--report", "--rejects"):
        status, printed = run(capsys, file, option, mended)
        assert status == 1
        assert "File exists" in printed
    assert mended.read_text() == "half mended"
    # The temporary files are deleted.
    assert {path.name for path in tmp_path.iterdir()} == {
        "accounts.csv",
        "accounts.report.csv",
        "accounts-2.report.csv",
        "accounts.rejects.csv",
        "accounts-2.rejects.csv",
    }


def test_report_can_go_to_standard_output_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, BAD)

    commands.main(["import-accounts", str(file), "--report", "-", "--rejects", f"{file}.bad"])

    printed = capsys.readouterr()
    assert [row["code"] for row in csv.DictReader(io.StringIO(printed.out))] == [
        "id_number_length",
        "name_digit",
    ]
    assert "put aside" in printed.err
    assert (tmp_path / "accounts.csv.bad").read_text() == HEADER + BAD


def test_dry_run_reports_and_stores_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = run(capsys, written(tmp_path, line(GOOD), BAD), "--dry-run")

    assert status == 0
    assert "nothing is stored" in printed
    assert (tmp_path / "accounts.report.csv").exists()
    assert (Account.select().count(), AuditEntry.select().count()) == (0, 0)


def test_doubtful_row_needs_a_confirmation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, line(GOOD, name="张"))

    run(capsys, file)
    assert Account.select().count() == 0
    run(capsys, tmp_path / "accounts.rejects.csv", "--confirm", "name_single_character")
    assert Account.get().name == "张"
    assert run(capsys, file, "--confirm", "id_number_length")[0] == 2


def test_rejects_of_json_lines_are_json_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = f'{{"身份证号": "{GOOD.id_number}", "姓名": "张三", "手机号": {GOOD.phone}}}\n'
    file = tmp_path / "accounts.jsonl"
    file.write_text(good + "{}\nnonsense\n")

    status, printed = run(capsys, file)

    assert status == 0
    assert "JSON lines" in printed
    assert Account.get().id_number == GOOD.id_number
    assert Account.get().valid_from is None
    assert (tmp_path / "accounts.rejects.jsonl").read_text() == "{}\nnonsense\n"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path / "nowhere.csv", "No such file"),
        (lambda path: path, "Is a directory"),
        (lambda path: _text(path, "a,b\n1,2\n"), "name the columns"),
        (lambda path: _text(path, ""), "empty"),
    ],
)
def test_unreadable_file_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: object, sentence: str
) -> None:
    status, printed = run(capsys, make(tmp_path))  # type: ignore[operator]

    assert status == 1
    assert sentence in printed
    assert len(printed.splitlines()) == 1


def _text(path: Path, content: str) -> Path:
    file = path / "x.csv"
    file.write_text(content)
    return file


def test_lost_database_is_reported_with_the_stored_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [person(number=number) for number in range(6)]
    file = written(tmp_path, *map(line, people))
    real, calls = account_import.table.add, []

    def add(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            database.execute_sql("SELECT * FROM nowhere")
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(account_import, "batch_size", lambda: 2)
    monkeypatch.setattr(account_import.table, "add", add)

    status, printed = run(capsys, file)

    assert status == 1
    assert "4 rows are imported. Run it again." in printed
    assert Account.select().count() == 4
    monkeypatch.undo()


def test_database_without_migrations_is_not_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.sqlite3")

    assert run(capsys, written(tmp_path, line(GOOD)))[1].endswith("run migrate first.\n")
    assert commands.main(["rotate-keys"]) == 1


def test_terminal_shows_the_progress(tables: Settings, tmp_path: Path) -> None:
    file = written(tmp_path, line(GOOD))
    master, terminal = pty.openpty()
    command = [sys.executable, str(REPOSITORY / "manage.py"), "import-accounts", str(file)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=terminal
    ) as process:
        os.close(terminal)
        drawn = b""
        try:
            while part := os.read(master, 65_536):
                drawn += part
        except OSError:
            # Linux raises this when the other side of a terminal is closed.
            pass
        os.close(master)

    assert process.returncode == 0
    assert b"Importing" in drawn
    assert b"100%" in drawn


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_killed_import_is_resumed_without_duplicates(tables: Settings, tmp_path: Path) -> None:
    people = [person(number=number) for number in range(15_000)]
    file = written(tmp_path, *map(line, people))
    command = [sys.executable, str(REPOSITORY / "manage.py"), "import-accounts", str(file)]
    environment = {
        **os.environ,
        "VAR_DIR": str(tables.var_dir),
        "DATABASE_URL": tables.database_address,
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, cwd=tmp_path)
    deadline = time.monotonic() + 60
    while Account.select().count() == 0 and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    stored = Account.select().count()
    assert stored > 0

    again = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert Account.select().count() == len(people)
    assert f"already imported{stored:>17,}" in again.stdout
