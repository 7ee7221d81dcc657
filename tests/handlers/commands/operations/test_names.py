"""The command names: import, show and erase."""

from datetime import date
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from miniprogram_api.names import library
from miniprogram_api.names.register import changes
from models.names import RegisteredName
from tests.support.name_register import lists
from tests.support.service.command_line import outcome

run = partial(outcome, "names")
"""Runs the command: its exit status and everything printed."""

HEADER = "企业名称,区划代码,状态,日期,行业代码,保留期至\n"
ROWS = (
    "杭州红光酒业有限公司,330106,存续,2020-03-01,C15,\n"
    "杭州白云餐饮有限公司,330106,保留,2026-11-30,62,2027-01-30\n"
    "杭州青山,33,存续,,,\n"
)


@pytest.fixture(autouse=True)
def published(operator: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faq.release.published_names.lists", lists)


def names() -> set[str]:
    return {row.name for row in RegisteredName.select()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_file_is_imported_in_every_encoding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    file = tmp_path / "names.csv"
    file.write_text(HEADER + ROWS, encoding=encoding)
    status, printed = run(capsys, "import", file, "--date", "2026-11-30")
    assert status == 0, printed
    assert "added" in printed
    assert names() == {"杭州红光酒业有限公司", "杭州白云餐饮有限公司"}
    assert library.date() == date(2026, 11, 30)
    report = (tmp_path / "names.report.csv").read_text("utf-8-sig")
    assert report.startswith("4,district,unknown,")
    assert run(capsys, "show") == (0, "2026-11-30\n")


def test_an_xlsx_file_is_imported_and_replaces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes.load_sample(lists())
    assert "sample" in run(capsys, "show")[1]
    file = tmp_path / "names.xlsx"
    book = openpyxl.Workbook()
    for line in (HEADER + ROWS).splitlines()[:3]:
        book.active.append(line.split(","))
    book.save(file)
    assert run(capsys, "import", file, "--replace")[0] == 0
    assert names() == {"杭州红光酒业有限公司", "杭州白云餐饮有限公司"}
    assert not (tmp_path / "names.report.csv").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("names.csv", b"name,city\n", "lacks columns: district, status"),
        ("names.csv", b"", "lacks columns"),
        ("names.xlsx", b"no sheet", "。"),
    ],
)
def test_a_file_without_the_columns_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, told: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    status, printed = run(capsys, "import", file)
    assert status == 1
    assert told in printed
    assert library.date() is None


def test_a_missing_file_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = run(capsys, "import", "/nowhere.csv")
    assert status == 1
    assert printed.count("\n") == 1


def test_a_stray_quote_refuses_its_row_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "names.csv"
    file.write_text(HEADER + '"杭州坏,330106,存续,,,\n' + ROWS, encoding="utf-8")
    assert run(capsys, "import", file)[0] == 0
    assert len(names()) == 2


def test_names_are_erased(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "names.csv"
    file.write_text(HEADER + ROWS, encoding="utf-8")
    run(capsys, "import", file)
    erase = partial(run, capsys, "erase")
    assert erase("杭州红光酒业有限公司", "--district", "330109") == (0, "Erased.\n")
    assert erase("杭州红光酒业有限公司", "--district", "330109")[0] == 1
    assert erase()[0] == 2
    assert erase("杭州白云餐饮有限公司")[0] == 2
    assert names() == {"杭州白云餐饮有限公司"}
    assert erase("--everything") == (0, "Erased.\n")
    assert run(capsys, "show") == (0, "There is no register of names.\n")
