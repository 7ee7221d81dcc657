"""The entry editor in a browser: rows, Word text, preview, pictures, conflicts and trial."""

import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from faq.editing import drafts
from faq.release import publishing
from handlers.admin.frame.access import COOKIE
from tests.support.admin.browser import Visit, browsing
from tests.support.admin.staff import member_of, token_of
from tests.support.people.photos import drawn
from tests.support.service.service import Service
from tests.support.service.waiting import eventually

SLUG = "segment_199"
# Sets a value that no page sets.
SCRIPT = "<img src=x onerror=window.done=1><script>window.done=1</script>"
PASTE = """([selector, html, text]) => {
    const data = new DataTransfer();
    data.setData("text/html", html);
    data.setData("text/plain", text);
    const target = document.querySelector(selector);
    target.focus();
    const how = {clipboardData: data, bubbles: true, cancelable: true};
    target.dispatchEvent(new ClipboardEvent("paste", how));
}"""
PASTE_PICTURE = """(bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "pasted.png", {type: "image/png"}));
    const how = {clipboardData: data, bubbles: true, cancelable: true};
    document.querySelector("#f-answer").dispatchEvent(new ClipboardEvent("paste", how));
}"""
DROP_PICTURE = """(bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "dropped.png", {type: "image/png"}));
    const how = {dataTransfer: data, bubbles: true, cancelable: true};
    document.querySelector("#f-title").dispatchEvent(new DragEvent("drop", how));
}"""
EXPECTED = re.compile(r"409 \(CONFLICT\)|422 \(UNPROCESSABLE")
EXAMPLES = "[data-examples=questions]"
KEPT = "#saving:has-text('已保存')"


@pytest.fixture(scope="module")
def visit() -> Iterator[Visit]:
    with browsing((1280, 900)) as one:
        yield one


@pytest.fixture
def editor(desk_service: Service, visit: Visit) -> Iterator[Page]:
    """Open the form of an entry as an editor."""
    visit.asked.clear()
    visit.complaints.clear()
    page = visit.page
    page.context.clear_cookies()
    token = token_of(member_of("editor", name="李编辑"))
    page.context.add_cookies(
        [{"name": COOKIE, "value": token, "url": f"{desk_service.url}/admin", "httpOnly": True}]
    )
    page.goto(f"{desk_service.url}/admin/entries/{SLUG}")
    yield page
    # The browser reports the conflict and the refused picture that tests provoke.
    assert [said for said in visit.complaints if not EXPECTED.search(said)] == []
    assert [url for url in visit.asked if not url.startswith(desk_service.url)] == []
    page.goto("about:blank")


def saved(name: str, slug: str = SLUG) -> Any:
    return drafts.entry(slug).content.get(name)


def test_typed_text_is_previewed_and_autosaved(editor: Page) -> None:
    state = editor.locator("section:has(#state)")
    expect(state).to_contain_text("随产品提供")
    expect(editor.get_by_role("button", name="放弃修改")).to_be_hidden()
    editor.fill("#f-answer", "先看**公告**。")
    editor.wait_for_selector("#preview strong")
    assert editor.inner_text(".phone-answer") == "先看公告。"
    steps = editor.locator("[name=step]")
    steps.first.focus()
    editor.keyboard.press("End")
    editor.keyboard.press("Enter")
    editor.keyboard.type("第二步")
    assert steps.nth(1).input_value() == "第二步"
    # A preview that arrives during a click moves the button away from the pointer.
    editor.locator("[data-item]:has([name=step])").nth(1).locator("[data-row=up]").press("Enter")
    expect(steps.first).to_have_value("第二步")
    editor.select_option("[name=action_type] >> nth=2", "call")
    editor.fill("[name=action_label] >> nth=2", "打电话")
    editor.fill("[name=action_target] >> nth=2", "12345")
    editor.wait_for_selector(KEPT)
    assert saved("answer") == "先看**公告**。"
    assert saved("steps")[0] == "第二步"
    assert saved("actions")[-1] == {"type": "call", "label": "打电话", "call": "12345"}
    assert "打电话" in editor.inner_text("#preview")
    expect(state).to_contain_text("有修改")
    expect(state).to_contain_text("李编辑，")
    editor.once("dialog", lambda dialog: dialog.accept())
    editor.get_by_role("button", name="放弃修改").click()
    expect(state).to_contain_text("已发布")
    assert saved("answer") != "先看**公告**。"


def test_text_typed_before_the_script_loads_is_previewed(editor: Page) -> None:
    held: list[Route] = []
    editor.route("**/entry.js*", lambda route: held.append(route))
    with editor.expect_request("**/entry.js*"):
        editor.reload(wait_until="commit")
    editor.fill("#f-answer", "写得**快**的人。")
    expect(editor.locator("#preview strong", has_text="快")).to_be_hidden()
    held[0].continue_()
    editor.wait_for_selector("#preview strong:has-text('快')")
    # Nothing is stored before the editor continues.
    assert saved("answer") != "写得**快**的人。"
    editor.locator("#f-answer").press_sequentially("了")
    editor.wait_for_selector(KEPT)
    assert saved("answer") == "写得**快**的人。了"
    editor.unroute("**/entry.js*")


def test_text_from_word_is_cleaned(editor: Page) -> None:
    html = (
        "<html xmlns:o='x'><style>p{mso-x:1}</style><p class=MsoListParagraph><span "
        "style='mso-list:Ignore'>1.<span>&nbsp;&nbsp; </span></span>先<b>登录</b><o:p></o:p></p>"
        "<p class=MsoListParagraph><span>2.&nbsp;&nbsp;</span>再激活</p></html>"
    )
    last = editor.locator("[name=step]").count() - 1
    editor.locator("[name=step]").nth(last).evaluate("(one) => { one.id = 'last'; }")
    editor.evaluate(PASTE, ["#last", html, "1.\t先登录\n2.\t再激活"])
    editor.wait_for_selector("[name=step] >> nth=4")
    found = [one.input_value() for one in editor.locator("[name=step]").all()]
    assert found[last:] == ["先**登录**", "再激活"]
    editor.evaluate(PASTE, [f"{EXAMPLES} [data-adding]", "", "l\t第一句\u00a0\nl\t第二句"])
    expect(editor.locator("#f-questions")).to_have_value(re.compile("第一句\n第二句"))
    expect(editor.locator(EXAMPLES)).to_contain_text("加了2句")


def test_pictures_are_uploaded_while_the_page_stays(editor: Page, tmp_path: Path) -> None:
    files = {"a.png": drawn(), "b.pdf": b"%PDF", "c.png": drawn() + bytes(6_000_000)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    rows, address = editor.locator(".image-row"), editor.url
    editor.fill("#f-answer", "看图。")
    editor.set_input_files("#f-picture", [tmp_path / name for name in files])
    expect(rows.nth(1)).to_contain_text("b.pdf”没有加上：图片打不开")
    expect(rows.nth(2)).to_contain_text("c.png”没有加上：图片超过5MB")
    rows.nth(1).locator("[name=image_text]").fill("留着的说明")
    rows.nth(0).locator("[name=image_text]").fill("号段的样子")
    editor.evaluate(PASTE_PICTURE, list(drawn(side=44)))
    editor.evaluate(DROP_PICTURE, list(drawn(side=48)))
    expect(editor.locator(".image-row [name=image_text]")).to_have_count(5)
    expect(rows.nth(4).locator("[name=image]")).to_have_value(re.compile("png|jpg"))
    for at, text in ((3, "粘贴的"), (4, "拖进来的")):
        rows.nth(at).locator("[name=image_text]").fill(text)
    rows.nth(4).locator("[data-row=up]").click()
    editor.wait_for_selector(KEPT)
    expect(editor.locator(".phone img")).to_have_count(3)
    editor.locator(".phone img").first.scroll_into_view_if_needed()
    expect(editor.locator(".phone img").first).to_have_js_property("naturalWidth", 80)
    assert [one["text"] for one in saved("images")] == ["号段的样子", "拖进来的", "粘贴的"]
    assert saved("answer") == "看图。"
    # Nothing left the page: the refused pictures and the address are as before.
    assert rows.nth(1).locator("[name=image_text]").input_value() == "留着的说明"
    assert editor.url == address
    rows.nth(2).locator("[data-row=remove]").click()
    with editor.expect_file_chooser() as chooser:
        rows.nth(1).get_by_role("button", name="换一张").click()
    chooser.value.set_files([tmp_path / "a.png"])
    expect(editor.locator(".image-failed")).to_have_count(0)
    expect(editor.locator(".phone img")).to_have_count(4)
    editor.wait_for_selector(KEPT)
    assert saved("images")[1]["text"] == "留着的说明"


def test_examples_are_searched_marked_and_restored(editor: Page) -> None:
    part = drafts.entry(SLUG)
    many = [f"第{number}种说法的号段问题" for number in range(300)]
    value = {**part.content, "questions": [*many, "199号段不能用", "199號段不能用"]}
    drafts.save(part.key, value, based_on=part.revision, editor="test")
    editor.reload()
    table = editor.locator(EXAMPLES)
    rows = table.locator("tbody tr:not([hidden])")
    expect(table).to_contain_text("302条")
    table.scroll_into_view_if_needed()
    expect(rows.nth(301)).to_contain_text("这里写了两次")
    table.locator("[data-find]").fill("第29")
    expect(table).to_contain_text("11 / 302条")
    rows.first.locator("[data-delete]").click()
    expect(table).to_contain_text("10 / 301条")
    table.get_by_role("button", name="撤销").click()
    expect(table).to_contain_text("11 / 302条")
    table.locator("[data-find]").fill("")
    table.locator("[data-show]").select_option("twice")
    expect(rows).to_have_count(2)
    rows.nth(1).locator("textarea").fill("199号段几时能用")
    table.locator("[data-adding]").fill("加的一句")
    editor.keyboard.press("Enter")
    expected = [*many, "199号段不能用", "199号段几时能用", "加的一句"]
    assert eventually(lambda: saved("questions") == expected), saved("questions")


def test_facts_are_inserted_where_the_cursor_is(editor: Page) -> None:
    editor.fill("#f-answer", "请看：。")
    editor.evaluate("document.querySelector('#f-answer').setSelectionRange(3, 3)")
    editor.get_by_role("button", name="插入已知的事实").click()
    facts = editor.locator("#facts")
    facts.locator("[data-find-fact]").fill("199")
    expect(facts.locator("[data-fact]:visible")).to_have_count(1)
    editor.locator("#f-answer").focus()
    facts.locator("[data-fact]:visible [data-insert]").click()
    expect(editor.locator("#f-answer")).to_have_value("请看：199号段暂不支持。")
    expect(editor.locator("[data-length-of=f-answer]")).to_contain_text("13字")
    # A text for the state says what is looked up, not what holds today.
    closed = editor.locator("[name='answer.range_closed']")
    closed.fill("")
    facts.locator("[data-fact]:visible [data-insert]").click()
    expect(closed).to_have_value("{号段}号段暂不支持")
    facts.get_by_role("button", name="{日期}", exact=True).click()
    expect(closed).to_have_value("{号段}号段暂不支持{日期}")
    editor.fill("#f-answer", "长" * 601)
    expect(editor.locator(".too-long")).to_have_count(1)
    editor.wait_for_selector(KEPT)


def test_saving_waits_for_the_autosave(editor: Page) -> None:
    editor.route("**/autosave", lambda route: (time.sleep(1), route.continue_()))
    editor.fill("#f-answer", "写完马上保存。")
    editor.wait_for_selector("#saving:has-text('正在保存')")
    editor.click(".save-bar button")
    # One's own text is not shown as another editor's.
    editor.wait_for_selector("text=已保存。")
    editor.unroute("**/autosave")
    assert saved("answer") == "写完马上保存。"


def test_conflict_is_resolved_field_by_field(editor: Page) -> None:
    part = drafts.entry(SLUG)
    theirs = {**part.content, "answer": "对方写的。", "category": "对方的分类"}
    drafts.save(part.key, theirs, based_on=part.revision, editor="staff:0")
    editor.fill("#f-answer", "我写的。")
    editor.wait_for_selector("#saving:has-text('刚改过')")
    assert saved("answer") == "对方写的。"
    editor.click(".save-bar button")
    editor.wait_for_selector("text=用我的")
    assert editor.is_checked("[name='pick.category'][value=theirs]")
    editor.check("[name='pick.answer'][value=mine]")
    editor.click("button:has-text('合并保存')")
    editor.wait_for_selector("text=已保存。")
    assert (saved("answer"), saved("category")) == ("我写的。", "对方的分类")
    editor.click("a:has-text('历史')")
    assert "答案" in editor.inner_text(".card >> nth=1")


def test_draft_is_tried_beside_the_form(small_service: Service, editor: Page) -> None:
    publishing.current().keep()
    editor.fill("#f-answer", "还没发布的答案。")
    editor.select_option("#f-person", "closed_range")
    editor.fill("#f-question", "199号段暂不支持")
    editor.keyboard.press("Enter")
    editor.wait_for_selector("#talk [data-memory]")
    assert "199****5678" in editor.inner_text("#talk")
    editor.click("text=为什么这样回答")
    assert "199号段手机号暂不支持" in editor.inner_text("#talk .candidates")
    # A changed example is learnt in the worker, and the page does not wait for it.
    editor.get_by_role("button", name="按文字编辑").first.click()
    editor.fill("#f-questions", f"{saved('questions')[0]}\n199号{secrets.token_hex(4)}")
    editor.fill("#f-question", "199号段呢")
    editor.keyboard.press("Enter")
    editor.wait_for_selector("#talk [role=status]")
    editor.fill("#f-tags", "号段")
    expect(editor.locator("#talk [data-memory]")).to_have_count(2, timeout=60_000)
    assert editor.locator("#talk [role=status]").count() == 0


def test_script_in_an_entry_is_not_executed(editor: Page, desk_service: Service) -> None:
    url = desk_service.url
    editor.fill("#f-title", f"199号段{SCRIPT}")
    editor.fill("#f-answer", f"**{SCRIPT}** [x](javascript:window.done=1)")
    editor.fill("[name=step] >> nth=0", SCRIPT)
    editor.fill("[name=action_label] >> nth=0", SCRIPT)
    editor.wait_for_selector(KEPT)
    editor.wait_for_selector("#preview:has-text('onerror')")
    part = drafts.entry(SLUG)
    assert SCRIPT in part.content["title"]
    assert editor.locator("#problems li").count() == 1
    paths = [f"/entries/{SLUG}", "/entries", f"/entries/{SLUG}/history", "/publish"]
    for path in paths:
        editor.goto(f"{url}/admin{path}")
        assert "onerror" in editor.content()
        assert editor.evaluate("window.done") is None, path

    # Its examples, the title among them, are the learnt ones.
    held = publishing.current()
    changed = {"answer": SCRIPT, "variants": {}}
    entries = tuple(
        entry.model_copy(update=changed) if entry.slug == SLUG else entry
        for entry in held.content.entries
    )
    publishing.publish(held.content.model_copy(update={"entries": entries}), after=held.number)
    editor.goto(url)
    editor.fill("#question", "199号段暂不支持")
    editor.click("text=发送")
    editor.wait_for_selector("#talk:has-text('onerror')")
    assert editor.locator("#talk img, #talk script").count() == 0
    assert editor.evaluate("window.done") is None
