"""Pages of the lists beside the entries: edits, conflicts, rollback."""

import re
from html import unescape
from typing import Any

import pytest

from faq.editing import drafts
from faq.release.parts import ADMINISTERED, LISTS, Key
from handlers.admin.content.forms import lists as list_forms
from miniprogram_api.reasons import Refused
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

# The catalogue has pages of its own.
KINDS = tuple(sorted(LISTS.keys() - {"catalogue"}))


@pytest.fixture
def editor(small_service: Service) -> Desk:
    return Desk(small_service, token_of(member_of("editor", name="甲编辑")))


@pytest.fixture
def administrator(small_service: Service) -> Desk:
    return Desk(small_service, token_of(member_of("administrator")))


def typed(desk: Desk, kind: str, **changes: Any) -> dict[str, Any]:
    """Return the form of a list as a browser sends it."""
    text = desk.get(f"/lists/{kind}").text
    fields: dict[str, Any] = {}
    for name, value, rest in re.findall(
        r'<input [^>]*?name="([^"]+)" value="([^"]*)"([^>]*)>', text
    ):
        if 'list="' in rest or 'id="' in rest or name not in fields:
            fields[name] = unescape(value)
    boxes = r'<input [^>]*?type="checkbox" name="([^"]+)" value="([^"]*)"([^>]*)>'
    for name in {name for name, _, _ in re.findall(boxes, text)}:
        fields.pop(name, None)
    for name, value, rest in re.findall(boxes, text):
        if "checked" in rest:
            fields.setdefault(name, []).append(unescape(value))
    for name, value in re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>([^<]*)<', text):
        fields[name] = unescape(value)
    for name, options in re.findall(r'<select [^>]*?name="([^"]+)"[^>]*>(.*?)</select>', text):
        chosen = re.search(r'value="(\w*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {**fields, **changes}


def test_buttons_are_named_as_in_the_entry_form(editor: Desk) -> None:
    def types(path: str, name: str) -> dict[str, str]:
        found = re.search(rf'<select [^>]*name="{name}"[^>]*>(.*?)</select>', editor.get(path).text)
        assert found is not None
        return dict(re.findall(r'<option value="(\w+)"[^>]*>([^<]+)<', found[1]))

    in_replies = types("/lists/replies", "type.1")
    assert in_replies == types("/entries/segment_199", "action_type")
    assert in_replies["call"] == "打电话"


@pytest.mark.parametrize("kind", KINDS)
def test_unchanged_form_changes_nothing(editor: Desk, administrator: Desk, kind: str) -> None:
    desk = administrator if kind in ADMINISTERED else editor
    before = drafts.part(Key(kind))
    assert before.content
    assert desk.post(f"/lists/{kind}", typed(desk, kind)).status_code == 302
    assert drafts.part(Key(kind)) == before


@pytest.mark.parametrize("kind", sorted(ADMINISTERED))
def test_editor_reads_the_words_of_distress_and_changes_none(
    editor: Desk, administrator: Desk, kind: str
) -> None:
    shown = editor.get(f"/lists/{kind}").text
    assert "这一页由系统管理员修改" in shown
    assert "保存草稿" not in shown
    for path in (f"/lists/{kind}", f"/lists/{kind}/discard", f"/lists/{kind}/roll-back"):
        assert editor.post(path, {"words": "x"}, page="/").status_code == 403
    assert "这一页由系统管理员修改" not in administrator.get(f"/lists/{kind}").text
    assert administrator.post("/lists/replies", {"unknown": "x"}, page="/").status_code == 403


def test_act_gets_examples_and_needs_one(editor: Desk) -> None:
    form = typed(editor, "acts", **{"questions.thanks": "辛苦了\n{stranger}谢谢"})
    assert editor.post("/lists/acts", form).status_code == 302
    acts = {act["act"]: act for act in drafts.part(Key("acts")).content}
    assert acts["thanks"]["questions"] == ["辛苦了", "{stranger}谢谢"]
    shown = editor.get("/lists/acts").text
    assert "{stranger}不能用" in unescape(shown)
    form = typed(editor, "acts", **{"questions.thanks": "", "questions.why": ""})
    assert editor.post("/lists/acts", form).status_code == 302
    assert "没有填写" in editor.get("/lists/acts").text


def test_eighteenth_case_joins_a_family_and_answers_a_question_back(editor: Desk) -> None:
    form = typed(editor, "families")
    at = next(
        name.partition(".")[2]
        for name, value in form.items()
        if value == "codes" and "name" in name
    )
    row = next(n for n in range(1, 20) if not form[f"entry.{at}.{n}"])
    form |= {f"entry.{at}.{row}": "user_not_found", f"members.{at}.{row}": "1"}
    form |= {f"text.{at}.how_long": "一般一分钟。"}
    assert editor.post("/lists/families", form).status_code == 302
    family = next(f for f in drafts.part(Key("families")).content if f["name"] == "codes")
    assert family["members"][-1] == "user_not_found"
    assert family["texts"]["how_long"] == "一般一分钟。"

    form = typed(editor, "questions_back", **{"entry.1.1": "没有这一条"})
    assert editor.post("/lists/questions_back", form).status_code == 302
    assert "还不能发布" in editor.get("/lists/questions_back").text
    form = typed(editor, "questions_back", **{"entry.1.1": "gone_entry"})
    assert editor.post("/lists/questions_back", form).status_code == 302
    with pytest.raises(Refused) as refused:
        drafts.content()
    (fault,) = refused.value.details["fields"]
    assert "gone_entry" in fault["message"]
    assert fault["field"] == "questions_back.0.replies"


def test_words_that_contain_separators_are_kept() -> None:
    content = [{"word": "a", "spellings": ["b、c"]}, {"word": "d", "spellings": ["e", "f,g"]}]
    rows = list_forms.rows_of("synonyms", content)
    form = {f"{name}.{n}": text for n, row in enumerate(rows) for name, text in row.items()}
    assert list_forms.content_of("synonyms", content, form) == content


def test_service_is_added_and_removed(editor: Desk) -> None:
    form = typed(editor, "out_of_scope")
    spare = max(int(name[5:]) for name in form if name.startswith("name."))
    form |= {f"name.{spare}": "省图书馆", f"words.{spare}": "图书馆、借书证", "name.1": ""}
    assert editor.post("/lists/out_of_scope", form).status_code == 302
    services = drafts.part(Key("out_of_scope")).content["other_services"]
    assert services[-1] == {"name": "省图书馆", "words": ["图书馆", "借书证"]}
    assert "支付宝" not in [service["name"] for service in services]
    assert "有修改" in editor.get("/lists").text
    assert "不归我们的问题" in editor.get("/publish").text

    bad = typed(editor, "replies", other_service="没有名称")
    assert editor.post("/lists/replies", bad).status_code == 302
    assert "还不能发布" in editor.get("/lists/replies").text


def test_concurrent_edits_lose_no_text_and_history_is_restored(
    small_service: Service, editor: Desk
) -> None:
    mine = typed(editor, "replies", unknown="我写的答复。")
    other = Desk(small_service, token_of(member_of("editor", name="乙编辑")))
    theirs = typed(other, "replies", unknown="别人写的答复。")
    assert other.post("/lists/replies", theirs).status_code == 302
    conflict = editor.post("/lists/replies", mine)
    assert conflict.status_code == 409
    assert "乙编辑" in conflict.text
    assert "我写的答复。" in conflict.text
    assert "别人" in conflict.text
    revision = re.search(r'name="revision" value="(\d+)"', conflict.text)
    assert revision is not None
    merged = {**mine, "unknown": "合在一起。", "revision": revision[1]}
    assert editor.post("/lists/replies", merged).status_code == 302
    part = drafts.part(Key("replies"))
    assert part.content["unknown"] == "合在一起。"
    assert "<ins>" in editor.get("/lists/replies/history").text
    back = {"to": "1", "revision": str(part.revision)}
    page = "/lists/replies/history"
    assert editor.post("/lists/replies/roll-back", back, page=page).status_code == 302
    assert drafts.part(Key("replies")).state == "published"


def test_auditor_reads_lists_and_changes_none(small_service: Service) -> None:
    auditor = Desk(small_service, token_of(member_of("auditor")))
    for kind in KINDS:
        assert auditor.get(f"/lists/{kind}").status_code == 200
        assert auditor.post(f"/lists/{kind}", {"unknown": "x"}).status_code == 403
        for act in ("discard", "roll-back"):
            assert auditor.post(f"/lists/{kind}/{act}", page="/").status_code == 403
    assert auditor.get("/lists/entry").status_code == 404
