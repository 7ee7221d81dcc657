"""Exported cells are never run as formulas."""

import csv
import io

import pytest

from faq.interchange import sheets
from handlers.admin.frame import csv_files
from miniprogram_api.spreadsheets import FORMULA_SIGNS, escape_formula


@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_every_file_escapes_the_same_formula_signs(sign: str) -> None:
    cell = f"{sign}1+1"
    [by_page] = next(csv.reader(io.StringIO(csv_files.line([cell]), newline="")))
    by_content = sheets.write_csv(["问题"], [[cell]], "utf-8").decode("utf-8-sig")
    [of_content] = list(csv.reader(io.StringIO(by_content, newline="")))[1]
    assert {by_page, of_content, escape_formula(cell)} == {f"'{cell}"}


def test_other_cells_are_unchanged() -> None:
    assert escape_formula("收不到验证码=怎么办") == "收不到验证码=怎么办"
    assert csv_files.line([1, None, "无"]) == "1,,无\r\n"
