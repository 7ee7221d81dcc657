"""CSV and XLSX tables of entries and question sets round-trip."""

import csv
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from openpyxl import Workbook, load_workbook

from faq.content.entries import Content
from faq.editing.question_sets import OUT_OF_SCOPE, Labelled
from faq.interchange import entry_table, imports, point_table, question_table, sheets
from faq.release.parts import ENTRY, normal, split
from miniprogram_api.reasons import Refused
from tests.support.faq.contents import contents

CASES = {"lost_card": 101, "late_return": 102}
KNOWN = {"lost_card": "", "late_return": "", "deposit": "", "greeting": "", OUT_OF_SCOPE: ""}
LABELLED = [
    Labelled("卡丢了", ("lost_card",)),
    Labelled("=1+1", ("late_return", "lost_card"), "两个都对"),
    Labelled("押金", ("deposit",)),
    Labelled("在吗", ("greeting",)),
    Labelled("下雨吗", (OUT_OF_SCOPE,)),
    Labelled("卡和天气", (OUT_OF_SCOPE, "lost_card")),
    Labelled("押金和天气", (OUT_OF_SCOPE, "deposit")),
]


def refused_file(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        sheets.read(data, {"问题": "question"})
    (field,) = refused.value.details["fields"]
    return str(field["message"])


def entries_of(content: Content) -> dict[str, object]:
    return {key.name: value for key, value in split(content).items() if key.kind == ENTRY}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents())
def test_entries_round_trip_through_csv(content: Content) -> None:
    entries = entries_of(content)
    for encoding in ("utf-8", "gb18030"):
        parsed = imports.parse(entry_table.dump(entries.values(), "csv", encoding), "a.csv")
        assert parsed.problems == []
        # Points have a table of their own.
        bare = {slug: {**entry, "points": []} for slug, entry in entries.items()}
        found = {p.key.name: {**normal(p.key, p.value), "points": []} for p in parsed.parts}
        assert found == bare


def test_shipped_entries_round_trip_through_a_spreadsheet(shipped: Content) -> None:
    entries = entries_of(shipped)
    rows = [
        (slug, entry["title"], point)
        for slug, entry in entries.items()
        for point in entry.get("points", ())
    ]
    assert rows
    parsed = imports.parse(entry_table.dump(entries.values(), "xlsx"), "a.xlsx")
    of_points = imports.parse(point_table.dump(rows, "xlsx"), "b.xlsx")
    assert parsed.problems == of_points.problems == []
    found = {part.key.name: part.value for part in of_points.parts}
    assert {
        p.key.name: normal(p.key, {**p.value, **found.get(p.key.name, {})}) for p in parsed.parts
    } == entries


@pytest.mark.parametrize("form", ["utf-8", "gb18030", "xlsx"])
def test_questions_round_trip(form: str) -> None:
    data = (
        question_table.dump(LABELLED, CASES, "xlsx")
        if form == "xlsx"
        else question_table.dump(LABELLED, CASES, "csv", form)
    )
    parsed = question_table.parse(data, CASES, KNOWN)
    assert parsed.problems == []
    assert [(row.question, set(row.expected), row.note) for _, row in parsed.rows] == [
        (one.question, set(one.expected), one.note) for one in LABELLED
    ]
    assert [line for line, _ in parsed.rows] == list(range(2, 9))


def test_invalid_rows_are_reported_and_valid_ones_read() -> None:
    text = (
        "问题,情形编号,正确答案,备注\r\n"
        "卡丢了,101,,\r\n"
        ",101,,\r\n"
        "罚多少,7,,\r\n"
        "押金,,nowhere,\r\n"
        '"两行\r\n的问题",102,,\r\n'
        "卡丢了,102,,\r\n"
        "什么,,,\r\n"
        "多一格,101,,,又一格\r\n"
        "\r\n"
        f"{'长' * 501},101,,\r\n"
    )
    parsed = question_table.parse(text.encode("gb18030"), CASES, KNOWN)
    assert [(line, row.question) for line, row in parsed.rows] == [
        (2, "卡丢了"),
        (6, "两行 的问题"),
    ]
    assert sorted((p.line, p.message) for p in parsed.problems) == [
        (3, "没有填写问题。"),
        (4, "没有编号为7的情形。"),
        (5, "没有“nowhere”这个条目。"),
        (7, "与第2行的问题相同。"),
        (8, "没有填写正确答案。"),
        (9, "这一行比表头多出几格，请看看是否多了分隔符（表头4列）。"),
        (11, "问题最多500个字。"),
    ]


def test_unterminated_quote_is_reported_with_its_line() -> None:
    sheet = sheets.read('问题\n一\n"二\n三\n'.encode(), {"问题": "question"})
    assert [row.cells for row in sheet.rows] == [{"question": "一"}]
    assert [(p.line, p.message) for p in sheet.problems] == [
        (3, "从这一行起引号不成对，后面的内容没有读。")
    ]


def test_damaged_byte_invalidates_one_row() -> None:
    good = "问题\n一二三\n四五六\n七八九\n".encode()
    damaged = good.replace("五".encode(), b"\xe4\xba")
    sheet = sheets.read(damaged, {"问题": "question"})
    assert [row.cells["question"] for row in sheet.rows] == ["一二三", "七八九"]
    assert [problem.line for problem in sheet.problems] == [3]


@pytest.mark.parametrize(
    "data",
    [
        "问题\t备注\n一\t二\n".encode("utf-16"),
        "问题;备注\n一;二\n".encode("gb18030"),
        "\n 问题 , 备注\n一,二\n".encode("utf-8-sig"),
        b"question,note\r\xd2\xbb,\xb6\xfe\r",
    ],
)
def test_spreadsheet_formats_are_read(data: bytes) -> None:
    columns = {"问题": "question", "question": "question", "备注": "note", "note": "note"}
    (row,) = sheets.read(data, columns).rows
    assert row.cells == {"question": "一", "note": "二"}


def test_other_files_are_refused_with_a_sentence() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "x")
    assert refused_file(b"") == "文件是空的。"
    assert "没有认识的列名" in refused_file(b"a,b\n1,2\n")
    assert "几列是同一项" in refused_file("问题,问题\n".encode())
    assert "超过20MB" in refused_file(b" " * (20 * 1024**2 + 1))
    for data in (b"PK\x03\x04 no archive", packed.getvalue()):
        assert "表格打不开" in refused_file(data)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}", b"0" * 80_000_000)
    assert "表格太大" in refused_file(bomb.getvalue())


def test_exported_cells_are_never_formulas() -> None:
    traps = ["=1+1", "+86", "-1", "@SUM(A1)", "＝1", "\t=1", "'=1", "''=1", "'好"]
    questions = [Labelled(text, (OUT_OF_SCOPE,)) for text in traps]
    rows = list(
        csv.reader(io.StringIO(question_table.dump(questions, {}, "csv").decode("utf-8-sig")))
    )
    assert [row[0] for row in rows[1:]] == [
        "'=1+1", "'+86", "'-1", "'@SUM(A1)", "'＝1", "'\t=1", "''=1", "'''=1", "'好",
    ]  # fmt: skip
    book = load_workbook(io.BytesIO(question_table.dump(questions, {}, "xlsx")))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in traps]


def test_non_text_cells_are_read_as_text() -> None:
    book = Workbook()
    book.active.append(["问题", "情形编号"])
    book.active.append([12123, 101.0])
    book.active.append([None, None])
    book.active.append([True, "101|102"])
    file = io.BytesIO()
    book.save(file)
    parsed = question_table.parse(file.getvalue(), CASES, KNOWN)
    assert [(line, row.question) for line, row in parsed.rows] == [(2, "12123"), (4, "是")]


def test_cell_longer_than_excel_allows_is_refused() -> None:
    entry = {"slug": "aa", "questions": ["问" * 200] * 200}
    with pytest.raises(Refused) as refused:
        entry_table.dump([entry], "xlsx")
    assert "YAML" in refused.value.details["fields"][0]["message"]
    assert (
        imports.parse(entry_table.dump([entry], "csv"), "a.csv").parts[0].value["questions"]
        == (entry["questions"])
    )
