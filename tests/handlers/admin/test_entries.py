"""Editing entries by page: autosave, two editors at once, history and the way back."""

import re

import pytest

from faq import drafts
from faq.entries import Content
from handlers.admin import entry_forms
from tests.support.admin import Desk
from tests.support.service import Service
from tests.support.staff import member_of, token_of

SLUG = "segment_199"
PATH = f"/entries/{SLUG}"


@pytest.fixture
def editor(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("editor")))


def typed(desk: Desk, **changes: str) -> dict[str, str]:
    """The form as it stands, with changes."""
    part = drafts.entry(SLUG)
    fields = entry_forms.fields_of(part.content)
    return {**fields, "revision": str(part.revision), **changes}


def test_the_form_changes_nothing_by_itself(desk_service: Service) -> None:
    content = Content.model_validate(
        {
            **{p.key.kind: p.content for p in drafts.parts() if p.key.kind != "entry"},
            "entries": [p.content for p in drafts.parts() if p.key.kind == "entry"],
        }
    )
    for entry in content.entries:
        before = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        after = entry_forms.content_of(before, entry_forms.fields_of(before))
        assert type(entry).model_validate(after) == entry


def test_what_is_typed_is_kept_and_saved(desk_service: Service, editor: Desk) -> None:
    page = editor.get(PATH)
    assert "199号段" in page.text
    kept = editor.post(f"{PATH}/autosave", typed(editor, answer="先存着。"), page=PATH)
    assert kept.status_code == 200
    assert kept.json()["problems"] == []
    assert drafts.entry(SLUG).content["answer"] == "先存着。"

    too_long = editor.post(f"{PATH}/autosave", typed(editor, answer="长" * 401), page=PATH)
    assert "答案" in too_long.json()["problems"][0]
    done = editor.post(PATH, typed(editor, answer="写好了。", actions="page | 看公告 | pages/x"))
    assert done.status_code == 302
    saved = drafts.entry(SLUG)
    assert saved.content["actions"] == [{"type": "page", "label": "看公告", "page": "pages/x"}]
    assert saved.state == "changed"


def test_two_editors_lose_no_text(desk_service: Service, editor: Desk) -> None:
    other = Desk(desk_service, token_of(member_of("editor", name="钱编辑")))
    form = typed(editor, answer="我写的。")
    assert other.post(PATH, typed(other, answer="别人写的。")).status_code == 302

    auto = editor.post(f"{PATH}/autosave", form, page=PATH)
    assert auto.status_code == 409
    conflict = editor.post(PATH, form)
    assert conflict.status_code == 409
    assert "我写的。" in conflict.text
    assert "别人写的。" in conflict.text
    assert "钱编辑" in conflict.text
    revision = re.search(r'name="revision" value="(\d+)"', conflict.text)
    assert revision is not None
    merged = {**form, "answer": "合在一起。", "revision": revision[1]}
    assert editor.post(PATH, merged).status_code == 302
    assert drafts.entry(SLUG).content["answer"] == "合在一起。"


def test_the_history_leads_back(desk_service: Service, editor: Desk) -> None:
    before = drafts.entry(SLUG).content["answer"]
    editor.post(PATH, typed(editor, answer="改过的答案。"))
    page = editor.get(f"{PATH}/history")
    assert "<ins>" in page.text
    assert "<del>" in page.text
    first = re.findall(r'name="before" value="(\d+)"', page.text)[-1]
    back = {"to": first, "revision": str(drafts.entry(SLUG).revision)}
    assert editor.post(f"{PATH}/roll-back", back, page=f"{PATH}/history").status_code == 302
    assert drafts.entry(SLUG).content["answer"] == before


def test_a_script_in_an_entry_is_only_text(desk_service: Service, editor: Desk) -> None:
    script = "<script>alert(1)</script>"
    editor.post(PATH, typed(editor, title=script, answer=script))
    for path in (PATH, "/entries", f"{PATH}/history"):
        text = editor.get(path).text
        assert script not in text
        assert "&lt;script&gt;" in text


def test_an_entry_is_begun_held_back_and_retired(desk_service: Service, editor: Desk) -> None:
    form = {"title": "地址变更", "category": "其他", "slug": "Address", "kind": "service"}
    assert editor.post("/entries/new", form).status_code == 422
    assert editor.post("/entries/new", {**form, "slug": "address"}).status_code == 302
    begun = drafts.entry("address")
    assert begun.held
    act = {"act": "retire", "revision": str(begun.revision)}
    assert editor.post("/entries/address/state", act, page="/entries/address").status_code == 302
    assert drafts.entry("address").is_retired
    assert editor.get("/entries?state=gone").text.count("address") > 0
    assert "没有符合条件的条目" in editor.get("/entries?q=没有这样的词").text


def test_an_auditor_reads_entries_and_changes_none(desk_service: Service) -> None:
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    assert auditor.get(PATH).status_code == 200
    form = typed(auditor, answer="不该写进去。")
    for path in (PATH, f"{PATH}/autosave", f"{PATH}/state", f"{PATH}/roll-back", "/entries/new"):
        assert auditor.post(path, form, page=PATH).status_code == 403, path
    for path in ("/publish", "/releases/1/again"):
        assert auditor.post(path, {}, page=PATH).status_code == 403, path
    assert drafts.entry(SLUG).content["answer"] != "不该写进去。"
