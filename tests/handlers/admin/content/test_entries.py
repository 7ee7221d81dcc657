"""Entry pages: autosave, concurrent edits, history and rollback."""

import re
from html import unescape
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from faq.content import images
from faq.content.entries import Content
from faq.editing import drafts
from faq.release.parts import Key
from handlers.admin.content.forms import entries as entry_form
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.photos import drawn
from tests.support.service.service import Service, data_of

SLUG = "segment_199"
PATH = f"/entries/{SLUG}"
BUTTON = {"action_type": ["page"], "action_label": ["看公告"], "action_target": ["pages/x"]}


@pytest.fixture
def editor(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("editor")))


def typed(**changes: Any) -> dict[str, Any]:
    """Return the current form with changes."""
    part = drafts.entry(SLUG)
    return {**form_of(part.content), "revision": str(part.revision), **changes}


def form_of(content: Any) -> dict[str, Any]:
    """Return the form of an entry as a browser sends it."""
    fields = entry_form.fields_of(content)
    ticked = [probe for probe in fields.probes if probe.checked]
    return {
        "title": fields.title,
        "category": fields.category,
        "answer": fields.answer,
        # The form has one empty row more of each.
        "step": [*fields.steps, ""],
        "action_type": [*(row.type for row in fields.actions), "page"],
        "action_label": [*(row.label for row in fields.actions), ""],
        "action_target": [*(row.target for row in fields.actions), ""],
        "image": [image.name for image in fields.images],
        "image_text": [image.text for image in fields.images],
        "related": [slug for slug, _ in fields.related],
        "probe": [probe.name for probe in ticked],
        **{f"explain.{probe.name}": probe.explanation for probe in fields.probes},
        "variant": [row.state for row in fields.more.variants],
        **{f"answer.{row.state}": row.answer for row in fields.more.variants},
        **{f"steps.{row.state}": row.steps for row in fields.more.variants},
        "explains": [name for name, _ in fields.more.explains],
        "catalogue": fields.more.catalogue,
        **fields.lists,
    }


def hidden(text: str) -> dict[str, list[str]]:
    """Return the hidden fields of a page."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text):
        found.setdefault(name, []).append(unescape(value))
    found.pop("csrf")
    return found


def plain(text: str) -> str:
    """Return the text of a page without its elements."""
    return re.sub(r"<[^>]+>", "", text)


def test_unchanged_form_changes_nothing(desk_service: Service) -> None:
    content = Content.model_validate(
        {
            **{p.key.kind: p.content for p in drafts.parts() if p.key.kind != "entry"},
            "entries": [p.content for p in drafts.parts() if p.key.kind == "entry"],
        }
    )
    for entry in content.entries:
        before = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        sent = MultiDict(form_of(before))
        after = entry_form.content_of(before, sent)
        assert type(entry).model_validate(after) == entry


def test_variants_and_explained_refusals_are_written(desk_service: Service, editor: Desk) -> None:
    drafts.save(
        Key("entry", SLUG),
        {**drafts.entry(SLUG).content, "variants": {}, "explains": []},
        based_on=drafts.entry(SLUG).revision,
        editor="test",
    )
    page = editor.get(PATH).text
    assert 'id="new-variant-range_open"' in page
    assert "{号段}、{日期}会换成查到的内容" in page
    form = typed(variant_add="range_open", explains_add="号段暂不支持（range_closed）")
    assert editor.post(PATH, form).status_code == 302
    assert drafts.entry(SLUG).content["explains"] == ["range_closed"]
    # It is written next; until then the entry cannot be published.
    assert "没有填写" in plain(editor.get(PATH).text)
    form = typed(**{"answer.range_open": "{号段}号段可以用了。", "steps.range_open": "注册\n再试"})
    preview = editor.post(f"{PATH}/preview", form, page=PATH).text
    assert "号段已经开通" in preview
    assert editor.post(PATH, form).status_code == 302
    assert drafts.entry(SLUG).content["variants"] == {
        "range_open": {"answer": "{号段}号段可以用了。", "steps": ["注册", "再试"]}
    }
    wrong = typed(explains_add="NO_SUCH_REASON", **{"answer.range_open": "{尾号}可以用了。"})
    assert editor.post(PATH, wrong).status_code == 302
    shown = plain(editor.get(PATH).text)
    assert "不能用{尾号}" in shown
    assert "“NO_SUCH_REASON”不存在" in shown
    assert editor.post(PATH, typed(**{"answer.range_open": "", "steps.range_open": ""}))
    assert (
        "variants" not in drafts.entry(SLUG).content or not drafts.entry(SLUG).content["variants"]
    )


def test_typed_text_is_autosaved_and_saved(desk_service: Service, editor: Desk) -> None:
    page = editor.get(PATH)
    assert "199号段" in page.text
    kept = editor.post(f"{PATH}/autosave", typed(answer="先存着。"), page=PATH)
    assert kept.status_code == 200
    assert kept.json()["problems"] == []
    assert drafts.entry(SLUG).content["answer"] == "先存着。"

    too_long = editor.post(f"{PATH}/autosave", typed(answer="长" * 601), page=PATH)
    assert "答案" in too_long.json()["problems"][0]
    done = editor.post(PATH, typed(answer="写好了。", **BUTTON))
    assert done.status_code == 302
    saved = drafts.entry(SLUG)
    assert saved.content["actions"] == [{"type": "page", "label": "看公告", "page": "pages/x"}]
    assert saved.state == "changed"


def test_concurrent_edits_lose_no_text(desk_service: Service, editor: Desk) -> None:
    other = Desk(desk_service, token_of(member_of("editor", name="钱编辑")))
    form = typed(answer="我写的。")
    assert other.post(PATH, typed(answer="别人写的。")).status_code == 302

    auto = editor.post(f"{PATH}/autosave", form, page=PATH)
    assert auto.status_code == 409
    conflict = editor.post(PATH, form)
    assert conflict.status_code == 409
    assert "别人写的。" in plain(conflict.text)
    assert "我写的。" in plain(conflict.text)
    assert "钱编辑" in conflict.text
    assert "答案" in conflict.text
    sent = hidden(conflict.text)
    merge = f"{PATH}/merge"
    for pick, answer in (("theirs", "别人写的。"), ("mine", "我写的。")):
        chosen = {**sent, "pick.answer": pick, "revision": str(drafts.entry(SLUG).revision)}
        assert editor.post(merge, chosen, page=PATH).status_code == 302
        assert drafts.entry(SLUG).content["answer"] == answer
    # Saved again meanwhile: the conflict is shown again, and nothing is lost.
    late = {**sent, "pick.answer": "mine", "revision": str(drafts.entry(SLUG).revision)}
    other.post(PATH, typed(answer="又是别人。"))
    again = editor.post(merge, late, page=PATH)
    assert again.status_code == 409
    assert "又是别人。" in plain(again.text)


def test_fields_changed_by_one_editor_are_preselected(desk_service: Service, editor: Desk) -> None:
    other = Desk(desk_service, token_of(member_of("editor")))
    form = typed(questions="199号段\n我加的问题")
    other.post(PATH, typed(category="别的分类"))
    conflict = editor.post(PATH, form)
    checked = re.findall(r'name="pick\.(\w+)" value="(\w+)" checked', conflict.text)
    assert dict(checked) == {"category": "theirs", "questions": "mine"}
    both = {**hidden(conflict.text), **{f"pick.{name}": pick for name, pick in checked}}
    assert editor.post(f"{PATH}/merge", both, page=PATH).status_code == 302
    saved = drafts.entry(SLUG).content
    assert saved["category"] == "别的分类"
    assert saved["questions"] == ["199号段", "我加的问题"]


def test_earlier_version_is_restored(desk_service: Service, editor: Desk) -> None:
    before = drafts.entry(SLUG).content["answer"]
    editor.post(PATH, typed(answer="改过的答案。"))
    page = editor.get(f"{PATH}/history")
    assert "<ins>" in page.text
    assert "<del>" in page.text
    first = re.findall(r'name="before" value="(\d+)"', page.text)[-1]
    back = {"to": first, "revision": str(drafts.entry(SLUG).revision)}
    assert editor.post(f"{PATH}/roll-back", back, page=f"{PATH}/history").status_code == 302
    assert drafts.entry(SLUG).content["answer"] == before


def test_script_in_an_entry_is_escaped(desk_service: Service, editor: Desk) -> None:
    script = "<script>alert(1)</script>"
    button = {"action_type": ["page"], "action_label": [script], "action_target": ["pages/x"]}
    written = typed(title=script, answer=f"**{script}**", step=[script], **button)
    editor.post(PATH, written)
    preview = editor.post(f"{PATH}/preview", written, page=PATH).text
    pages = [editor.get(path).text for path in (PATH, "/entries", f"{PATH}/history")]
    for text in (*pages, preview):
        assert script not in text
        assert "&lt;script&gt;" in text


def test_pictures_are_saved_with_their_texts(desk_service: Service, editor: Desk) -> None:
    send = f"{PATH}/pictures"
    files = {"picture": ("a.png", drawn(), "image/png")}
    without = editor.post(send, typed(answer="改了。"), page=PATH, files=files)
    assert without.status_code == 422
    assert "图上是什么" in without.text
    # The other fields are saved.
    assert drafts.entry(SLUG).content["answer"] == "改了。"
    bad = {"picture": ("a.svg", b"<svg onload=alert(1)>", "image/svg+xml")}
    refused = editor.post(send, typed(picture_text="坏的"), page=PATH, files=bad)
    assert refused.status_code == 422
    assert "图片打不开" in refused.text
    large = {"picture": ("a.png", drawn() + bytes(7_000_000), "image/png")}
    too_large = editor.post(
        send, typed(picture_text="大", answer="又改了。"), page=PATH, files=large
    )
    assert too_large.status_code == 422
    assert "图片超过5MB" in too_large.text
    assert 'name="picture_text" value="大"' in too_large.text
    assert drafts.entry(SLUG).content["answer"] == "又改了。"
    huge = {"picture": ("a.png", bytes(50_000_000), "image/png")}
    unread = editor.post(send, typed(picture_text="极大"), page=PATH, files=huge)
    assert unread.status_code == 413
    assert "提交的内容或文件太大，没有保存" in unread.text

    done = editor.post(send, typed(picture_text="199号段的样子"), page=PATH, files=files)
    assert done.status_code == 302
    [image] = drafts.entry(SLUG).content["images"]
    assert image["text"] == "199号段的样子"
    page = editor.get(PATH).text
    assert f'src="/api/v1/faq/images/{image["image"]}"' in page
    made_up = typed(image=["0" * 32 + ".png"], image_text=["没有"])
    editor.post(PATH, made_up)
    assert "images" not in drafts.entry(SLUG).content or not drafts.entry(SLUG).content["images"]


def test_uploaded_picture_changes_no_text(desk_service: Service, editor: Desk) -> None:
    before = drafts.entry(SLUG).revision
    send = f"{PATH}/picture"
    files = {"image": ("a.png", drawn(), "image/png")}
    found = editor.post(send, {}, page=PATH, files=files).json()
    assert found["address"] == f"/api/v1/faq/images/{found['image']}"
    assert images.find(found["image"])[1] == "image/png"
    large = {"image": ("a.png", drawn() + bytes(6_000_000), "image/png")}
    refused = editor.post(send, {}, page=PATH, files=large)
    assert (refused.status_code, refused.json()["error"][:7]) == (422, "图片超过5MB")
    assert editor.post(send, {}, page=PATH, files={"other": b""}).status_code == 422
    assert drafts.entry(SLUG).revision == before
    page = editor.get(PATH).text
    # Without scripts, one picture at a time and the sentences as text remain.
    assert 'formaction="/admin/entries/segment_199/pictures#pictures"' in page
    assert re.search(r'<textarea class="form-control no-script" id="f-questions"', page)
    assert page.count("btn-primary") == 1


def test_unknown_probe_is_named(desk_service: Service, editor: Desk) -> None:
    kept = editor.post(f"{PATH}/autosave", typed(probe=["no_such_probe"]), page=PATH)
    assert "诊断“no_such_probe”不存在" in kept.json()["problems"][0]
    page = editor.get(PATH).text
    assert "没有这个诊断" in page
    assert "什么时候开通" in page


def test_text_from_word_is_cleaned(desk_service: Service, editor: Desk) -> None:
    html = "<p class=MsoNormal style='mso-x:y'><b>先</b>看<o:p></o:p></p><ul><li>甲</ul>"
    found = editor.post("/pasted-text", {"html": html, "text": "先看"}, page=PATH).json()
    assert found == {"text": "**先**看\n- 甲", "items": ["**先**看", "甲"], "is_table": False}
    editor.post(PATH, typed(step=["1.\u00a0先登录\n2. 再激活"], questions="一\u00a0句\u200b"))
    saved = drafts.entry(SLUG).content
    assert saved["steps"] == ["先登录", "再激活"]
    assert saved["questions"] == ["一 句"]


def test_related_entries_are_found_by_title(desk_service: Service, editor: Desk) -> None:
    found = editor.get("/entry-suggestions?q=姓名").json()
    assert {"slug": "name_symbol", "title": "姓名中含符号“·”"} in found
    editor.post(PATH, typed(related=[], related_add="姓名中含符号“·”"))
    assert drafts.entry(SLUG).content["related"] == ["name_symbol"]


def test_unknown_related_entry_is_reported_at_its_field(
    desk_service: Service, editor: Desk
) -> None:
    form = typed(answer="先存着。", related=["name_symbol"], related_add="符号")
    told = editor.post(PATH, form)
    assert told.status_code == 422
    field = re.search(r'id="f-related-add"[^>]*value="([^"]*)"[^>]*aria-invalid', told.text)
    assert field is not None
    assert field[1] == "符号"
    assert "没有叫“符号”的条目" in told.text
    assert "标题相近的有：姓名中含符号“·”" in told.text
    # Nothing else is lost, and the draft stays publishable.
    saved = drafts.entry(SLUG)
    assert saved.content["answer"] == "先存着。"
    assert saved.content["related"] == ["name_symbol"]
    assert f'name="revision" value="{saved.revision}"' in told.text


def test_list_is_reordered(desk_service: Service, editor: Desk) -> None:
    def order() -> list[str]:
        found = re.findall(r'href="/admin/entries/(\w+)"', editor.get("/entries").text)
        return [slug for slug in found if slug != "new"][:3]

    first, second, third = order()
    move = {"slug": second, "before": first}
    assert editor.post("/entry-order", move, page="/entries").status_code == 302
    editor.post("/entry-order", {"slug": first, "behind": third}, page="/entries")
    assert order() == [second, third, first]
    editor.post("/entry-order", {"slug": second, "number": "3"}, page="/entries")
    assert [slug for slug in order() if slug != "new"][:3] == [third, first, second]
    for number in ("0", "x"):
        form = {
            "slug": first,
            "number": number,
            "category": drafts.entry(first).content["category"],
        }
        wrong = editor.post("/entry-order", form, page="/entries")
        assert wrong.status_code == 422
        # The list shows the field in red with the typed text.
        assert re.search(rf'is-invalid"[^>]*name="number" value="{number}"', wrong.text)
        assert wrong.text.count("请填从1开始的数字") == 1
        assert f'option value="{form["category"]}" selected' in wrong.text
    nothing = editor.post("/entry-category", {"new_category": "甲"}, page="/entries")
    assert nothing.status_code == 422
    assert 'id="e-category" role="alert">请先勾选条目' in nothing.text
    unnamed = editor.post("/entry-category", {"chosen": [first]}, page="/entries")
    assert 'id="e-category" role="alert">请填写分类的名称' in unnamed.text
    assert re.search(rf'value="{first}" form="recategorise" checked', unnamed.text)

    editor.post(
        "/entry-category", {"chosen": [first, third], "new_category": "甲"}, page="/entries"
    )
    assert drafts.entry(first).content["category"] == "甲"
    rename = {"act": "rename", "category": "甲", "new_category": "乙"}
    editor.post("/entry-category", rename, page="/entries?category=甲")
    assert drafts.entry(third).content["category"] == "乙"
    assert drafts.entry(second).content["category"] != "乙"


def test_list_shows_the_figures_of_entries(desk_service: Service, editor: Desk) -> None:
    for helpful in (True, True, False):
        asked = data_of(desk_service.post("/faq/ask", json={"question": "199号段暂不支持"}))
        rated = {"json": {"helpful": helpful}}
        desk_service.post(f"/faq/messages/{asked['message_id']}/feedback", **rated)
    row = editor.get("/entries?q=199号段手机号").text
    assert "67%" in row
    assert "3次评价" in row


def test_entry_is_created_held_back_and_retired(desk_service: Service, editor: Desk) -> None:
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


def test_form_has_one_primary_button_and_marks_its_menu_entry(
    desk_service: Service, editor: Desk
) -> None:
    page = editor.get(PATH).text
    assert re.findall(r'class="[^"]*btn-primary[^"]*"[^>]*>.*?(\w+)</', page) == ["保存"]
    marked = re.findall(r'aria-current="true">.*?nav-link-title">([^<]+)<', page)
    assert marked == ["常见问题"]


def test_auditor_reads_entries_and_changes_none(desk_service: Service) -> None:
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    assert auditor.get(PATH).status_code == 200
    form = typed(answer="不该写进去。")
    for path in (PATH, f"{PATH}/autosave", f"{PATH}/state", f"{PATH}/roll-back", "/entries/new"):
        assert auditor.post(path, form, page=PATH).status_code == 403, path
    for path in ("/publish", "/releases/1/again"):
        assert auditor.post(path, {}, page=PATH).status_code == 403, path
    assert drafts.entry(SLUG).content["answer"] != "不该写进去。"
