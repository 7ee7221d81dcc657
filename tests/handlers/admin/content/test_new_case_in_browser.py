"""A case made in the pages: from the list to the published text, with few clicks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from faq.editing import drafts
from handlers.admin.frame.access import COOKIE
from tests.support.admin.browser import PHONE, Visit, browsing
from tests.support.admin.clicks import PATIENCE, Clicks
from tests.support.admin.staff import member_of, token_of
from tests.support.people.photos import drawn
from tests.support.service.service import Service, data_of

SLUG = "yin_hang_ka_yan_zheng_bu_guo"
MOST_CLICKS, HIGHEST_ROW = 17, 40


@pytest.fixture
def visit(small_service: Service) -> Iterator[Visit]:
    with browsing((1440, 900)) as one:
        cookie = {"name": COOKIE, "value": token_of(member_of("editor")), "httpOnly": True}
        one.page.context.add_cookies([cookie | {"url": f"{small_service.url}/admin"}])  # type: ignore[list-item]
        yield one
        assert one.complaints == []


def test_new_case_is_published_with_few_clicks(
    small_service: Service, visit: Visit, tmp_path: Path
) -> None:
    page, clicks = visit.page, Clicks(visit.page)
    page.goto(f"{small_service.url}/admin/entries")
    clicks.on("link", "新建")
    expect(page.locator("#f-title")).to_be_focused()
    page.keyboard.type("银行卡验证不过")
    expect(page.locator("#f-slug")).to_have_value(SLUG)
    clicks.into("#f-category", "身份核验")
    clicks.on("button", "新建")
    page.wait_for_url(f"**/entries/{SLUG}?**", wait_until="load")

    clicks.into("#f-answer", "请核对开户时留的手机号。")
    clicks.into("[name=step] >> nth=0", "打开银行的应用。")
    for step in ("查看留的手机号。", "回来再验证一次。"):
        page.keyboard.press("Enter")
        page.keyboard.type(step)
    clicks.at(page.locator("[data-examples=questions] [data-adding]"))
    for example in ("银行卡验证不过", "银行卡怎么都验不了"):
        page.keyboard.type(example)
        page.keyboard.press("Enter")
    files = [tmp_path / "1.png", tmp_path / "2.png"]
    for side, file in zip((40, 80), files, strict=True):
        file.write_bytes(drawn(side=side))
    with page.expect_file_chooser() as chosen:
        clicks.at(page.locator("#f-picture"))
    chosen.value.set_files(files)
    expect(page.locator("[name=image_text]")).to_have_count(2)
    for number in (0, 1):
        clicks.into(f"[name=image_text] >> nth={number}", f"第{number + 1}张")
    clicks.on("button", "发布这一条")
    clicks.on("button", "发布")
    expect(page.get_by_role("status").first).to_contain_text("已发布", timeout=PATIENCE)
    assert clicks.end() <= MOST_CLICKS

    entry = drafts.entry(SLUG).content
    assert (entry["case"], len(entry["steps"]), len(entry["images"])) == (17, 3, 2)
    asked = data_of(small_service.post("/faq/ask", json={"question": "银行卡怎么都验不了"}))
    assert (asked["case"], asked["slug"]) == (17, SLUG)

    _look_at_the_list(small_service, page)


def _look_at_the_list(service: Service, page: Page) -> None:
    """Measure the rows; on a phone the table says that it scrolls."""
    height = "row => row.getBoundingClientRect().height"
    for query in ("", "?arrange=1"):
        page.goto(f"{service.url}/admin/entries{query}")
        rows = page.locator(".entry-list tbody tr").all()
        assert max(row.evaluate(height) for row in rows) <= HIGHEST_ROW
    expect(page.locator(".table-responsive.scrolls")).to_have_count(0)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    table = page.locator(".table-responsive.scrolls")
    expect(table).to_have_attribute("tabindex", "0")
    hint = table.evaluate("table => getComputedStyle(table, '::before').content")
    assert "左右滑动" in hint
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
