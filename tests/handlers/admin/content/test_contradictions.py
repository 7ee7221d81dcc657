"""Texts that contradict a table, as the editor sees them before publishing."""

import pytest

from faq.editing import drafts
from faq.interchange import exports
from faq.release.parts import ENTRY, Key
from miniprogram_api import clock
from miniprogram_api.phones import ranges
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

SEGMENT, REPLIES = Key(ENTRY, "segment_199"), Key("replies")
WARNING = "199号段已支持”，而号段表里199暂不支持"
LINK = 'href="/admin/number-ranges"'


@pytest.fixture
def editor(small_service: Service) -> Desk:
    return Desk(small_service, token_of(member_of("editor", "operator")))


def write(key: Key, field: str) -> None:
    part = drafts.part(key)
    content = {**part.content, field: "199号段已支持。"}
    drafts.save(key, content, based_on=part.revision, editor="staff:1")


def test_entry_and_check_name_the_fact_and_link_to_the_table(editor: Desk) -> None:
    assert WARNING not in editor.get("/publish").text
    write(SEGMENT, "answer")
    for path in ("/entries/segment_199", "/publish"):
        shown = editor.get(path).text
        assert f"答案说“{WARNING}" in shown, path
        assert LINK in shown
    assert "条目“199号段手机号暂不支持”（segment_199）：" in editor.get("/publish").text

    ranges.set_range("199", clock.today(), actor="test")
    assert WARNING not in editor.get("/entries/segment_199").text


def test_typed_text_is_compared_before_it_is_saved(editor: Desk) -> None:
    form = {"title": "号段", "answer": "199号段已支持。"}
    shown = editor.post("/entries/segment_199/preview", form, page="/entries/segment_199").text
    assert WARNING in shown
    assert drafts.part(SEGMENT).content["answer"] != form["answer"]


def test_editor_without_access_to_the_table_gets_no_link(small_service: Service) -> None:
    write(SEGMENT, "answer")
    shown = Desk(small_service, token_of(member_of("editor"))).get("/entries/segment_199").text
    assert WARNING in shown
    assert LINK not in shown


def test_list_is_compared(editor: Desk) -> None:
    write(REPLIES, "unknown")
    shown = editor.get("/lists/replies").text
    assert WARNING in shown
    assert LINK in shown


def test_import_is_compared_before_it_is_written(editor: Desk) -> None:
    data = exports.content_file(drafts.content(), "yaml")
    data = data.replace(
        drafts.entry("segment_199").content["answer"].encode(), "199号段已支持。".encode()
    )
    answer = editor.post("/exchange", {}, files={"file": ("faq.yaml", data)})
    shown = editor.get(answer.headers["Location"].removeprefix("/admin")).text
    assert WARNING in shown
    assert LINK in shown
