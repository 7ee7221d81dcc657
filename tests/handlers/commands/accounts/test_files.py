"""Account files: encodings, separators and columns are detected, and no row is lost."""

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from handlers.commands.accounts import files as account_files
from handlers.commands.accounts.columns import field_of
from handlers.commands.accounts.files import FileRefused, Rows, recognise
from miniprogram_api.enrolment.import_rows import FIELDS, Row

HEADER = "身份证号,姓名,手机号,备注\n"
LINES = [f"11010119900101999{n},张{c},1380013801{n},好\n" for n, c in enumerate("三四五六")]


def read(path: Path, encoding: str | None = None) -> list[Row]:
    with Rows(recognise(path, encoding)) as rows:
        return list(rows)


def written(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    file = path / "accounts.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


def people(rows: list[Row]) -> list[tuple[str, ...]]:
    return [row.values[:3] for row in rows]


EXPECTED = [tuple(line.rstrip().split(",")[:3]) for line in LINES]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_encoding_is_detected(tmp_path: Path, encoding: str, found: str) -> None:
    file = written(tmp_path, HEADER + "".join(LINES), encoding)

    assert recognise(file).encoding == found
    assert people(read(file)) == EXPECTED


def test_minority_names_and_rare_characters_survive_gb18030(tmp_path: Path) -> None:
    name = "阿卜杜·䶮𠮷"
    file = written(tmp_path, f"id_number,name,phone\n1,{name},2\n", "gb18030")

    assert b"\xa1\xa4" in file.read_bytes()
    assert people(read(file)) == [("1", name, "2")]


def test_damaged_line_does_not_change_the_detected_encoding(tmp_path: Path) -> None:
    damaged = "110101199001019999,张".encode() + b"\xe4\xb8,13800138019,\n"
    file = written(tmp_path, (HEADER + "".join(LINES[:3])).encode() + damaged)

    rows = read(file)

    assert recognise(file).encoding == "utf-8"
    assert people(rows[:3]) == EXPECTED[:3]
    problem = rows[3].problem
    assert problem is not None
    assert (problem.line, problem.code) == (5, "row_encoding")
    assert rows[3].raw.encode(errors="surrogateescape") == damaged


def test_damaged_remark_does_not_reject_the_row(tmp_path: Path) -> None:
    damaged = LINES[0].encode().replace("好".encode(), b"\xff")
    file = written(tmp_path, HEADER.encode() + damaged + LINES[1].encode() + LINES[2].encode())

    assert people(read(file)) == EXPECTED[:3]


def test_encoding_can_be_given(tmp_path: Path) -> None:
    # These two bytes are one GB 18030 character and also valid UTF-8.
    file = written(tmp_path, b"id_number,name,phone\n1,\xc4\xa7,2\n")

    assert people(read(file)) == [("1", "ħ", "2")]
    assert people(read(file, "gb18030")) == [("1", "魔", "2")]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_detected(tmp_path: Path, separator: str) -> None:
    content = (HEADER + "".join(LINES)).replace(",", separator)

    assert people(read(written(tmp_path, content))) == EXPECTED


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_all_line_endings_are_read(tmp_path: Path, line_end: str) -> None:
    content = (HEADER + "".join(LINES)).replace("\n", line_end)

    assert people(read(written(tmp_path, content))) == EXPECTED
    assert people(read(written(tmp_path, content.rstrip()))) == EXPECTED


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("身份证号", "id_number"),
        ("*身份证号码（必填）", "id_number"),
        ("ID_Number", "id_number"),
        ("idCard", "id_number"),
        (" 姓名 ", "name"),
        ("Real Name", "name"),
        ("手机号", "phone"),
        ("mobile-phone", "phone"),
        ("登录账号", "username"),
        ("User Name", "username"),
        ("起始日期", "valid_from"),
        ("valid_from", "valid_from"),
        ("结束日期", "valid_until"),
        ("validUntil", "valid_until"),
        ("备注", None),
        ("", None),
    ],
)
def test_column_names_have_synonyms(name: str, field: str | None) -> None:
    assert field_of(name) == field


def test_columns_may_be_in_any_order_and_unknown_ones_are_named(tmp_path: Path) -> None:
    content = "序号,phone,截止日期,name,登录账号,id_number,起始日期\n9,2,u,n,l,1,f\n"
    file = written(tmp_path, content)

    assert recognise(file).ignored == ("序号",)
    assert [dict(zip(FIELDS, row.values, strict=True)) for row in read(file)] == [
        {
            "id_number": "1",
            "name": "n",
            "phone": "2",
            "username": "l",
            "valid_from": "f",
            "valid_until": "u",
        }
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "empty"),
        ("\n\n  \n", "empty"),
        (LINES[0], "must name the columns"),
        ("身份证号,姓名\n1,2\n", "lacks columns: phone"),
        ("身份证号,证件号码,姓名,手机号\n", "Several columns mean the same: id_number"),
        ('[{"name": "张三"}]', "JSON array"),
        ("x" * 70_000, "too long"),
        ("\x00\x01\x02\x03" * 20_000, "too long"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8\x00", "damaged"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(FileRefused) as refused:
        recognise(written(tmp_path, content))
    assert sentence in str(refused.value)
    assert "张三" not in str(refused.value)
    assert "1101" not in str(refused.value)


def test_blank_rows_are_skipped_but_counted_as_lines(tmp_path: Path) -> None:
    content = "\n" + HEADER + LINES[0] + "\n , ,\t,\n,,,\n" + LINES[1] + "\x1a"
    rows = read(written(tmp_path, content))

    assert people(rows) == EXPECTED[:2]
    assert [row.line for row in rows] == [3, 7]


def test_short_rows_and_extra_empty_cells_are_accepted(
    tmp_path: Path,
) -> None:
    rows = read(written(tmp_path, HEADER + "1,张三\n1,张三,2,好,, ,\n1,张,三,2,好\n"))

    assert people(rows[:2]) == [("1", "张三", ""), ("1", "张三", "2")]
    assert rows[2].problem is not None
    assert rows[2].problem.code == "row_columns"
    assert rows[2].raw == "1,张,三,2,好\n"


def test_quoted_cells_may_contain_separators_and_line_ends(tmp_path: Path) -> None:
    quoted = '"1","张三","2","说:\r\n""好"", 真好"\r\n'
    rows = read(written(tmp_path, HEADER + quoted + LINES[0]))

    assert people(rows) == [("1", "张三", "2"), EXPECTED[0]]
    assert [(row.line, row.raw) for row in rows] == [(2, quoted), (4, LINES[0])]


@pytest.mark.parametrize(
    "stray",
    [
        '1,张三,2,"没有完\n',
        '1,"张三,2,好\n',
        '1,"张三"x,2,好\n',
    ],
)
@pytest.mark.parametrize("next_has_one_too", [False, True])
def test_stray_quote_rejects_only_its_row(
    tmp_path: Path, stray: str, next_has_one_too: bool
) -> None:
    following = LINES if not next_has_one_too else [*LINES[:3], stray]
    rows = read(written(tmp_path, HEADER + stray + "".join(following)))

    assert len(rows) == 5
    assert rows[0].problem is not None
    assert rows[0].problem.code == "row_quotes"
    assert rows[0].raw == stray
    assert people(rows[1:4]) == EXPECTED[:3]
    assert [row.line for row in rows] == [2, 3, 4, 5, 6]


def test_quote_inside_a_cell_is_a_character(tmp_path: Path) -> None:
    rows = read(written(tmp_path, HEADER + '="1",张三,2,5"屏\n' + LINES[0]))

    assert people(rows) == [('="1"', "张三", "2"), EXPECTED[0]]


def test_json_lines_have_the_same_column_names(tmp_path: Path) -> None:
    lines = [
        '{"身份证号": "1", "name": "张三", "手机号": 13800138000, "valid_until": null}',
        "",
        '{"id_number": 110101199001019990, "姓名": "\\u674e\\u56db", "phone": 1.38e10, "x": [1]}',
    ]
    file = written(tmp_path, "\n".join(lines))

    assert recognise(file).kind == account_files.JSON_LINES
    assert [(row.line, row.values) for row in read(file)] == [
        (1, ("1", "张三", "13800138000", "", "", "")),
        (3, ("110101199001019990", "李四", "13800000000", "", "", "")),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"name": "张三"',
        "[1]",
        "17",
        '{"name": ["张三"]}',
        '{"name": true}',
        '{"name": 1.5}',
        '{"name": "张三", "姓名": "李四"}',
        '{"phone": ' + "9" * 5000 + "}",
        '{"x": ' + "[" * 100_000 + "}",
        "x,y",
    ],
)
def test_unreadable_line_is_kept_unchanged(tmp_path: Path, line: str) -> None:
    good = json.dumps({"id_number": "1", "name": "张三", "phone": "2"})
    rows = read(written(tmp_path, f"{good}\n{line}\n{good}\n"))

    assert [row.problem is None for row in rows] == [True, False, True]
    assert rows[1].problem is not None
    assert (rows[1].line, rows[1].raw, rows[1].problem.code) == (2, line + "\n", "row_json")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(alphabet='a张",;\n\r \t', max_size=12), max_size=12))
@example(['"', '"'])
def test_every_character_of_a_file_is_in_a_row_or_blank(tmp_path: Path, lines: list[str]) -> None:
    content = HEADER + "\n".join(lines)
    rows = read(written(tmp_path, content))

    rest = content.removeprefix(HEADER)
    for row in rows:
        before, found, rest = rest.partition(row.raw)
        assert found
        assert not before.strip(', \t\r\n"')
    assert not rest.strip(', \t\r\n"')
