"""Reading XLSX in a process with limits."""

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from miniprogram_api.reasons import Refused
from miniprogram_api.tabular import FOR_COMMANDS, XlsxLimits, xlsx_rows

REPOSITORY = Path(__file__).parents[2]
WORKBOOK = "xl/worksheets/sheet1.xml"


def workbook(*rows: list[object]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def with_sheet(xml_begin: bytes, repeated: bytes, times: int) -> bytes:
    """Replace the rows of a workbook by many equal ones, which pack well."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["a"]))) as given,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for item in given.infolist():
            if item.filename != WORKBOOK:
                made.writestr(item, given.read(item))
        name = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        with made.open(WORKBOOK, "w") as sheet:
            sheet.write(b"<worksheet " + name + b"><sheetData>" + xml_begin)
            for _ in range(times):
                sheet.write(repeated * 1000)
            sheet.write(b"</sheetData></worksheet>")
    return file.getvalue()


def refusal(data: bytes, limits: XlsxLimits) -> str:
    """Return the code of the refusal."""
    with pytest.raises(Refused) as caught:
        list(xlsx_rows(data, 200_000, limits))
    (field,) = caught.value.details["fields"]
    assert field["field"] == "file"
    assert "CSV" in field["message"]
    return str(field["code"])


def test_rows_are_read_as_text() -> None:
    data = workbook(["问题", "数"], [None, True], ["\n😀", 2.0])
    assert list(xlsx_rows(data, 10)) == [
        (1, ["问题", "数"]),
        (2, ["", "是"]),
        (3, ["\n😀", "2"]),
    ]


def test_file_that_takes_long_is_refused_after_its_processor_time() -> None:
    # 140 MB of cells in some 400 KB.
    slow = with_sheet(b"", b'<row><c t="inlineStr"><is><t>abcdefgh</t></is></c></row>' * 50, 50)
    assert len(slow) < 600_000
    # Read to its end it has too many rows.
    assert refusal(slow, XlsxLimits(512 * 1024 * 1024, 1, 600)) == "too_large"


def test_file_that_takes_long_is_refused_after_its_time() -> None:
    slow = with_sheet(b"", b'<row><c t="inlineStr"><is><t>abcdefgh</t></is></c></row>' * 50, 50)
    assert refusal(slow, XlsxLimits(512 * 1024 * 1024, 600, 1.0)) == "too_large"


def test_file_that_needs_much_memory_is_refused() -> None:
    # One text of 150 MB.
    large = with_sheet(b'<row><c t="inlineStr"><is><t>', b"a" * 1500, 100)
    code = refusal(large, XlsxLimits(256 * 1024 * 1024, 600, 600))
    assert code in ("too_large", "unreadable")


def test_declared_size_over_the_limit_is_refused() -> None:
    bomb = with_sheet(b"", b" " * 1000, 250)
    # Read to its end it is one empty row.
    assert refusal(bomb, FOR_COMMANDS) == "too_large"


def test_damaged_file_is_unreadable() -> None:
    code = refusal(b"PK\x03\x04 no archive", FOR_COMMANDS)
    assert code == "unreadable"


@pytest.mark.skipif(sys.platform != "linux", reason="prctl")
def test_child_ends_with_its_parent() -> None:
    script = (
        "import subprocess, sys, os, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'miniprogram_api.xlsx_child',"
        " '9', str(1 << 30), '9', str(os.getpid())], stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    ) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        # Until the child has asked the kernel for it.
        time.sleep(0.5)
        os.kill(parent.pid, signal.SIGKILL)
    for _ in range(100):
        if not Path(f"/proc/{number}").exists() or _is_zombie(number):
            return
        time.sleep(0.05)
    raise AssertionError("The child still runs.")


def _is_zombie(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
