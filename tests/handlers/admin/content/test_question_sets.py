"""Question set pages: create, edit, archive, evaluate."""

import re

import pytest

from faq.editing import question_sets
from tests.support.admin.desk import Desk, when_done
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service


@pytest.fixture
def editor(small_service: Service) -> Desk:
    return Desk(small_service, token_of(member_of("editor")))


def test_set_is_created_filled_and_archived(editor: Desk) -> None:
    assert editor.post("/question-sets", {"name": ""}).status_code == 422
    begun = editor.post("/question-sets", {"name": "读者来信"})
    assert begun.status_code == 302
    page = begun.headers["Location"].removeprefix("/admin").partition("?")[0]
    assert "还没有问题" in editor.get(page).text
    add = f"{page}/questions"
    assert editor.post(add, {"question": "x", "expected": "没有的"}, page=page).status_code == 422
    form = {"question": "199用不了", "expected": "2", "also": "sms_not_received"}
    assert editor.post(add, form, page=page).status_code == 302
    found = question_sets.find("读者来信")
    assert found is not None
    (row,) = question_sets.questions(found.id)
    assert row.labelled.expected == ("segment_199", "sms_not_received")
    shown = editor.get(page).text
    edit = re.search(rf'href="/admin({add}/\d+)"', shown)
    assert edit is not None
    assert editor.post(edit[1], {"question": "", "expected": "2"}).status_code == 422
    changed = {"question": "附近有没有银行", "expected": "不归我们办理", "note": "热线"}
    assert editor.post(edit[1], changed).status_code == 302
    (row,) = question_sets.questions(found.id)
    assert (row.labelled.question, row.labelled.expected) == ("附近有没有银行", ("0",))
    assert editor.post(add, form, page=page).status_code == 302
    taken = editor.post(edit[1], {**changed, "question": "199用不了"})
    assert taken.status_code == 422
    assert "已经有同样的问题" in taken.text

    for done in ("saved", "unchanged"):
        archived = editor.post(f"{page}/archive", {"act": "archive"}, page=page)
        assert archived.headers["Location"].endswith(f"done={done}")
    assert "已归档" in editor.get(page).text
    assert editor.post(edit[1], {"act": "remove"}).status_code == 302
    assert len(question_sets.questions(found.id)) == 1
    assert editor.get("/question-sets/999").status_code == 404
    assert editor.get(f"{add}/999").status_code == 404


def test_long_sets_are_paged(editor: Desk) -> None:
    made = question_sets.create("很多", editor="test")
    many = [question_sets.Labelled(f"第{n}个问题", ("0",)) for n in range(120)]
    question_sets.put(made.id, many, editor="test")
    page, seen = f"/question-sets/{made.id}", 0
    while page:
        text = editor.get(page).text
        seen += len(re.findall(r">第\d+个问题", text))
        more = re.search(r'href="/admin([^"]+)">下一页', text)
        page = more[1].replace("&amp;", "&") if more else ""
    assert seen == 120
    assert "第7个问题" in editor.get(f"/question-sets/{made.id}?q=第7个").text


def test_evaluation_shows_the_answered_entry(small_service: Service, editor: Desk) -> None:
    made = question_sets.create("难的", editor="test")
    hard = [
        question_sets.Labelled("199号段能用吗", ("segment_199",)),
        question_sets.Labelled("199号段什么时候能用", ("sms_not_received",)),
    ]
    question_sets.put(made.id, hard, editor="test")
    for content in ("published", "draft"):
        path = f"/question-sets/{made.id}/evaluation?content={content}"
        text = when_done(editor, path).text
        assert "50.0%" in text
        assert "199号段什么时候能用" in text
        assert "199号段手机号暂不支持" in text
    auditor = Desk(small_service, token_of(member_of("auditor")))
    assert auditor.get(path).status_code == 200
    assert editor.get(f"/question-sets/{made.id}/evaluation?content=x").status_code == 404
    for path in ("", "/questions", "/questions/1", "/archive", "/file"):
        place = f"/question-sets/{made.id}{path}" if path else "/question-sets"
        assert auditor.post(place, page="/").status_code == 403, path
