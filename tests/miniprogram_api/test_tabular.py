"""Reading CSV tables: rows, quotes, encodings and separators."""

import io

import pytest

from miniprogram_api.tabular import csv_rows, encoding_of, opened, split_header

STRAY = 'a,b\n1,"two\nlines"\n3,"stray\n4,x\n\n5,"y"\n'


def test_rows_have_their_numbers_and_their_text() -> None:
    rows = list(csv_rows(io.StringIO(STRAY), ",", width=2))
    assert [(row.number, row.line, row.cells) for row in rows] == [
        (1, 1, ["a", "b"]),
        (2, 2, ["1", "two\nlines"]),
        (3, 4, None),
        (4, 5, ["4", "x"]),
        (5, 6, [""]),
        (6, 7, ["5", "y"]),
    ]
    assert "".join(row.raw for row in rows) == STRAY


def test_stray_quote_ends_a_table_of_unknown_width() -> None:
    *rows, last = csv_rows(io.StringIO(STRAY.replace("y", "y\n")), ",")
    assert [row.number for row in rows] == [1, 2]
    assert (last.number, last.cells) == (3, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encoding_is_detected(encoding: str) -> None:
    file = io.BytesIO("姓名,手机号\n".encode(encoding))
    assert encoding_of(file) == encoding
    assert opened(file, encoding).read() == "姓名,手机号\n"


def test_one_damaged_line_does_not_change_the_encoding() -> None:
    lines = ["姓名".encode(), "手机号".encode(), "地址".encode("gb18030")]
    file = io.BytesIO(b"\n".join(lines))
    assert encoding_of(file) == "utf-8"
    assert opened(file, "utf-8").read().encode("utf-8", "surrogateescape") == b"\n".join(lines)


def test_separator_is_the_one_under_which_most_names_are_known() -> None:
    known = {"a,b", "c", "d"}
    assert split_header('"a,b";c;d', ",;", known.__contains__) == (";", ["a,b", "c", "d"])
    assert split_header("x;y", ",;", known.__contains__) == (",", ["x;y"])
