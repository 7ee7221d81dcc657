"""Import and export pages: preview before writing, every bad row named."""

import csv
import io
import re

import pytest
import requests

from faq.editing import drafts, question_sets
from faq.release.parts import ENTRY, Key
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

HEADER = ["标识", "类型", "标题", "分类", "答案", "步骤", "示例问题"]
GOOD = ["parking", "指南", "停车", "出行", "门口有车位。", "", "哪里停车\n有车位吗"]
ROWS = [
    GOOD,
    ["segment_199", "情形", "长" * 201, "手机号", "暂不支持。", "", "199不支持"],
    ["Bad Slug", "指南", "坏", "出行", "没有。", "", "坏"],
]


@pytest.fixture
def editor(small_service: Service) -> Desk:
    return Desk(small_service, token_of(member_of("editor")))


def table(rows: list[list[str]], encoding: str = "gb18030") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode(encoding)


def send(
    desk: Desk,
    data: bytes,
    name: str,
    path: str = "/exchange",
    page: str = "/exchange",
    **form: str,
) -> str:
    """Upload a file and return the address of its preview."""
    answer: requests.Response = desk.post(path, form, page=page, files={"file": (name, data)})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("/admin")


def seen(preview: str) -> str:
    found = re.search(r'name="seen" value="(\w*)"', preview)
    assert found is not None
    return found[1]


def test_bad_rows_of_a_gb18030_file_are_named_before_writing(editor: Desk) -> None:
    before = drafts.parts()
    path = send(editor, table(ROWS), "条目.csv")
    preview = editor.get(path).text
    bad = re.findall(r"第(\d+)行</strong>", preview)
    # The good row spans two lines of the file.
    assert bad == ["3", "4"]
    assert "最多200个字" in preview
    assert "segment_199 · 标题" in preview
    assert "停车" in preview
    assert drafts.parts() == before

    form = {"seen": seen(preview)}
    refused = editor.post(f"{path}/import", form, page=path)
    assert refused.status_code == 409
    assert "什么都没有写入" in refused.text
    assert drafts.parts() == before
    done = editor.post(f"{path}/import", {**form, "skip_bad": "1"}, page=path)
    assert done.status_code == 302
    assert drafts.entry("parking").content["questions"] == ["哪里停车", "有车位吗"]
    assert drafts.entry("segment_199").state == "published"
    assert editor.get(path).status_code == 404


def test_editor_imports_no_words_of_distress(editor: Desk) -> None:
    before = drafts.part(Key("distress"))
    path = send(editor, "distress: {words: [谢谢]}\n".encode(), "distress.yaml")
    preview = editor.get(path).text
    assert "只有系统管理员能改" in preview
    form = {"seen": seen(preview), "skip_bad": "1"}
    assert editor.post(f"{path}/import", form, page=path).status_code == 302
    assert drafts.part(Key("distress")) == before


def test_row_with_an_unknown_entry_is_bad(editor: Desk) -> None:
    rows = [
        [*HEADER, "相关条目"],
        [*GOOD, ""],
        ["lost", "指南", "失物", "出行", "请到前台。", "", "东西丢了", "忘记密码"],
        # Valid alone, but the entry it names is missing.
        ["found", "指南", "拾物", "出行", "请交前台。", "", "捡到东西", "lost"],
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path = send(editor, text.getvalue().encode(), "a.csv")
    preview = editor.get(path).text
    assert "2行有问题" in preview
    counted = re.findall(r'mb-0">(\d+)</div><div class="text-secondary">新建', preview)
    assert counted == ["1"]
    assert len(re.findall("<summary>", preview)) == 1
    form = {"seen": seen(preview), "skip_bad": "1"}
    assert editor.post(f"{path}/import", form, page=path).status_code == 302
    names = {part.key.name for part in drafts.parts()}
    assert "parking" in names
    assert not names & {"lost", "found"}


def test_changed_draft_is_previewed_again(editor: Desk) -> None:
    path = send(
        editor, table([["segment_199", "情形", "新标题", "手机号", "好。", "", "199"]]), "a.csv"
    )
    form = {"seen": seen(editor.get(path).text)}
    draft = drafts.entry("segment_199")
    content = {**draft.content, "answer": "别人写的。"}
    drafts.save(draft.key, content, based_on=draft.revision, editor="staff:1")
    again = editor.post(f"{path}/import", form, page=path)
    assert again.status_code == 409
    assert "再看一遍" in again.text
    assert drafts.entry("segment_199").content["answer"] == "别人写的。"
    assert editor.post(f"{path}/drop", page=path).status_code == 302


def test_every_format_round_trips(editor: Desk) -> None:
    draft = drafts.entry("segment_199")
    spiky = {**draft.content, "answer": "=1+1", "questions": ["@SUM(A1)", "+86", "-1", "＝A1"]}
    drafts.save(draft.key, spiky, based_on=draft.revision, editor="staff:1")
    for name in ("draft.xlsx", "draft.csv", "draft.csv?encoding=gb18030", "draft.yaml"):
        file = editor.get(f"/exchange/{name}")
        assert file.status_code == 200
        assert "attachment" in file.headers["Content-Disposition"]
        form = name.partition("?")[0]
        preview = editor.get(send(editor, file.content, form)).text
        assert "会做的改动" not in preview
        assert "有问题</h2>" not in preview
    rows = csv.reader(io.StringIO(editor.get("/exchange/draft.csv").content.decode("utf-8-sig")))
    cells = {cell for row in rows for cell in row}
    assert "'=1+1" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert editor.get("/exchange/draft.exe").status_code == 404
    assert editor.get("/exchange/draft.csv?encoding=utf-7").status_code == 422
    assert editor.get("/exchange/draft.yaml?encoding=a%0Ab").status_code == 200


def test_foreign_file_is_refused_with_a_sentence(editor: Desk) -> None:
    nothing = editor.post("/exchange", {}, files={"file": ("a.csv", b"")})
    assert nothing.status_code == 422
    assert "请选择要导入的文件" in nothing.text
    for data, name in ((b"PK\x03\x04junk", "a.xlsx"), (b"a,b\n1,2", "a.csv"), (b"x", "a.exe")):
        assert editor.get(send(editor, data, name)).status_code == 422
    broken = editor.get(send(editor, b"entries: [", "a.yaml")).text
    assert "不是正确的YAML" in broken


def test_complete_file_retires_missing_entries(editor: Desk) -> None:
    path = send(editor, table([GOOD]), "全部.csv", replaces="1")
    preview = editor.get(path).text
    assert "下架" in preview
    assert editor.post(f"{path}/import", {"seen": seen(preview)}, page=path).status_code == 302
    assert drafts.entry("segment_199").is_retired
    assert [p.key for p in drafts.parts() if p.key.kind == ENTRY and not p.is_retired] == [
        Key(ENTRY, "parking")
    ]


def test_questions_are_imported_in_every_format(editor: Desk) -> None:
    (mine,) = [one for one in question_sets.sets() if not one.archived]
    page = f"/question-sets/{mine.id}"
    rows = "问题,情形编号,条目\n199打不了,2,\n附近有饭店吗,0,\n坏的一行,999,\n不知道答案,,nobody\n"
    path = send(editor, rows.encode("gb18030"), "问题.csv", f"{page}/file", page)
    preview = editor.get(path).text
    assert re.findall(r"第(\d+)行</strong>", preview) == ["4", "5"]
    answers = re.findall(r'<td class="break">([^<]*)</td></tr>', preview)
    assert answers == [drafts.entry("segment_199").content["title"], "不归我们办理"]
    assert "没有编号为999的情形" in preview
    # The bad rows count as questions of the file.
    counted = re.findall(r'mb-0">(\d+)</div><div class="text-secondary">文件里的问题', preview)
    assert counted == ["4"]
    assert len(question_sets.texts(mine.id)) == 2
    assert editor.post(f"{path}/import", {}, page=path).status_code == 409
    assert editor.post(f"{path}/import", {"skip_bad": "1"}, page=path).status_code == 302
    assert "199打不了" in question_sets.texts(mine.id)
    before = [row.labelled for row in question_sets.questions(mine.id)]
    for form in ("xlsx", "csv", "yaml"):
        file = editor.get(f"{page}/questions.{form}")
        assert file.status_code == 200
        path = send(editor, file.content, f"q.{form}", f"{page}/file", page, replaces="1")
        assert editor.post(f"{path}/import", {}, page=path).status_code == 302
        assert [row.labelled for row in question_sets.questions(mine.id)] == before


def test_invalid_question_file_returns_to_its_set(editor: Desk) -> None:
    (mine,) = [one for one in question_sets.sets() if not one.archived]
    page = f"/question-sets/{mine.id}"
    path = send(editor, b"a,b\n1,2", "a.csv", f"{page}/file", page)
    failed = editor.get(path)
    assert failed.status_code == 422
    above = failed.text.partition('class="page-pretitle">')[2].partition("</div>")[0]
    assert f'href="/admin{page}">{mine.name}</a>' in above
    assert "导入导出" not in above


def test_auditor_downloads_and_cannot_import(small_service: Service) -> None:
    auditor = Desk(small_service, token_of(member_of("auditor")))
    assert auditor.get("/exchange/published.yaml").status_code == 200
    assert 'type="file"' not in auditor.get("/exchange").text
    for path in ("/exchange", "/exchange/files/1/import", "/exchange/files/1/drop"):
        assert auditor.post(path, page="/").status_code == 403
    editor = Desk(small_service, token_of(member_of("editor")))
    path = send(editor, table([GOOD]), "a.csv")
    shown = auditor.get(path).text
    assert "停车" in shown
    assert shown.count("<form") == 1
    assert auditor.post(f"{path}/import", page="/").status_code == 403
