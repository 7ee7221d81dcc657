"""Pages of the service catalogue: form and preview, conflicts, history, reminder, publication."""

import re
from html import unescape

import pytest

from faq.editing import drafts
from faq.release import publishing
from faq.release.parts import LISTS, Key
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of

KEY = Key("catalogue")


@pytest.fixture
def editor(small_service: Service) -> Desk:
    return Desk(small_service, token_of(member_of("editor", name="甲编辑")))


def typed(desk: Desk, code: str) -> dict[str, str]:
    """Return the form of an item as a browser sends it."""
    page = desk.get(f"/catalogue/{code}").text
    fields = dict(re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>([^<]*)<', page))
    fields |= dict(re.findall(r'<input [^>]*?name="([^"]+)" value="([^"]*)"', page))
    fields |= {"handled_by": re.findall(r'value="(\w+)" selected', page)[0]}
    return {name: unescape(value) for name, value in fields.items()}


@pytest.mark.parametrize("code", ["change", "address", "bank-account"])
def test_unchanged_form_changes_nothing(editor: Desk, code: str) -> None:
    before = drafts.part(KEY)
    assert editor.post(f"/catalogue/{code}", typed(editor, code)).status_code == 302
    assert drafts.part(KEY) == before


def test_edited_item_is_previewed_saved_and_published(editor: Desk, small_service: Service) -> None:
    form = typed(editor, "change-capital") | {
        "materials": "申请书\n减资公告",
        "verify": "法定代表人｜变更时",
        "promised": "当场办结",
    }
    shown = editor.post("/catalogue/change-capital", {**form, "preview": "1"}).text
    assert "承诺：当场办结" in shown
    assert drafts.part(KEY).state == "published"
    assert editor.post("/catalogue/change-capital", form).status_code == 302
    history = editor.get("/lists/catalogue/history").text
    assert "注册资本变更" in history
    learnt = publishing.current().learnt_from
    publishing.publish(drafts.content(), after=publishing.current().number)
    assert publishing.current().learnt_from == learnt
    publishing.wait_until_served()
    item = data_of(small_service.get("/catalogue/change-capital"))
    assert item["materials"] == ["申请书", "减资公告"]
    assert item["verify"] == [{"role": "法定代表人", "when": "变更时"}]
    assert item["promised"] == "当场办结"


def test_second_editor_of_the_same_item_sees_both_texts(editor: Desk) -> None:
    mine, theirs = typed(editor, "license"), typed(editor, "license")
    other = typed(editor, "high-tech") | {"statutory": "看通知。"}
    assert editor.post("/catalogue/high-tech", other).status_code == 302
    assert editor.post("/catalogue/license", {**theirs, "statutory": "一天。"}).status_code == 302
    conflict = editor.post("/catalogue/license", {**mine, "statutory": "两天。"})
    assert conflict.status_code == 409
    assert "刚保存过这一项" in conflict.text
    assert 'value="两天。"' in conflict.text


def test_item_is_added_removed_and_rolled_back(editor: Desk) -> None:
    before = drafts.part(KEY)
    form = {"title": "歇业备案", "code": "suspension", "group": "change"}
    added = editor.post("/catalogue/add", form, page="/catalogue")
    assert added.status_code == 302
    change = next(group for group in drafts.part(KEY).content if group["code"] == "change")
    assert change["items"][-1]["title"] == "歇业备案"
    assert editor.post("/catalogue/add", form, page="/catalogue").status_code == 422
    assert editor.post("/catalogue/suspension/remove", page="/catalogue").status_code == 302
    assert drafts.part(KEY).content == before.content
    assert editor.post("/catalogue/establishment/remove", page="/catalogue").status_code == 302
    back = {"revision": drafts.part(KEY).revision, "to": "1"}
    rolled = editor.post("/lists/catalogue/roll-back", back, page="/catalogue")
    assert rolled.status_code == 302
    assert drafts.part(KEY).content == before.content


def test_fault_and_due_review_are_shown(editor: Desk) -> None:
    form = typed(editor, "license") | {"reviewed_on": "2024-01-31", "handled_by": "other"}
    assert editor.post("/catalogue/license", form).status_code == 302
    assert "要写明是哪个单位" in editor.get("/catalogue/license").text
    assert "要写明是哪个单位" in editor.get("/catalogue").text
    form = typed(editor, "license") | {"handled_by": "bureau"}
    assert editor.post("/catalogue/license", form).status_code == 302
    shown = editor.get("/catalogue/license").text
    assert "超过12个月没有核对" in shown
    assert "2024年1月31日，可能已有调整" in shown
    assert "有1项超过12个月没有核对" in editor.get("/catalogue").text


def test_list_page_leads_to_the_catalogue(editor: Desk) -> None:
    assert "catalogue" in LISTS
    assert editor.get("/lists/catalogue").headers["Location"] == "/admin/catalogue"
