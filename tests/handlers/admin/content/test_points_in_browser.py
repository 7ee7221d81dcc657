"""The table of points in a browser: typing, adding, moving, finding, and a whole conversation."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from faq.editing import draft_points, drafts
from handlers.admin.frame.access import COOKIE
from tests.support.admin.browser import Visit, browsing
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

SLUG = "segment_199"
KEPT = "#saving:has-text('已保存')"
POINT = {
    "id": "people",
    "question": "一个号能注册几个人",
    "wordings": ["三个人能挂一个号吗", "全家共用一个手机号", "一个号码注册几家人"],
    "answer": "一个手机号最多供{一号账号数}个人注册。",
    "is_local": True,
}


@pytest.fixture(scope="module")
def visit() -> Iterator[Visit]:
    with browsing((1440, 900)) as one:
        yield one


@pytest.fixture
def editor(small_service: Service, visit: Visit) -> Iterator[Page]:
    """Open the points of an entry as an editor."""
    draft_points.put(SLUG, POINT, editor="test")
    visit.complaints.clear()
    page = visit.page
    page.context.clear_cookies()
    token = token_of(member_of("editor", name="李编辑"))
    url = small_service.url
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": f"{url}/admin"}])
    page.goto(f"{url}/admin/entries/{SLUG}/points")
    yield page
    assert visit.complaints == []
    page.goto("about:blank")


def ids() -> list[str]:
    return [point["id"] for point in draft_points.read(drafts.entry(SLUG))]


def test_point_is_typed_moved_and_deleted(editor: Page) -> None:
    before = ids()
    line = editor.locator("#point-people")
    expect(line.locator("[data-shown=local]")).to_be_visible()
    line.locator("summary").click()
    line.get_by_label("短答").fill("最多三个人。")
    expect(line.locator("[data-shown=answer]")).to_have_text("最多三个人。")
    expect(line.locator(".length-of")).to_have_text("6/120")
    line.get_by_label("待本局确认").uncheck()
    line.get_by_label("只在这些情况下说：加一种情况").fill("密码已锁定（locked）")
    expect(line.locator("[name='states.people']")).to_be_checked()
    editor.wait_for_selector(KEPT)
    assert draft_points.find(SLUG, "people")["answer"] == "最多三个人。"
    assert draft_points.find(SLUG, "people")["states"] == ["locked"]
    assert "is_local" not in draft_points.find(SLUG, "people")

    editor.get_by_role("button", name="加一个要点").click()
    new = editor.locator(".point").last
    new.get_by_label("问题", exact=True).fill("号是公司的行不行")
    new.get_by_label("别的问法").fill("公司的号\n单位手机")
    expect(new.locator("[data-wordings]")).to_have_text("2种，至少3种，一行一句")
    new.get_by_label("短答").fill("要用本人的号。")
    expect(editor.locator("#problems")).to_contain_text("至少3条，现在2条")
    new.get_by_label("别的问法").fill("公司的号\n单位手机\n老板给的号")
    expect(editor.locator("#problems")).to_have_text("")
    new.get_by_role("button", name="这个要点上移").click()
    editor.once("dialog", lambda dialog: dialog.accept())
    line.get_by_role("button", name="删除这个要点").click()
    expect(line).to_have_count(0)
    editor.get_by_role("button", name="保存", exact=True).click()
    editor.wait_for_url("**/points?done=saved")
    after = ids()
    assert "people" not in after
    assert len(after) == len(before)
    assert draft_points.find(SLUG, after[-1])["question"] == "号是公司的行不行"


def test_points_are_found_by_their_words(editor: Page) -> None:
    editor.get_by_label("在要点里查找").fill("全家共用")
    expect(editor.locator(".point:visible")).to_have_count(1)
    editor.get_by_label("在要点里查找").fill("没有这样的话")
    expect(editor.get_by_text("没有符合的要点。")).to_be_visible()
    editor.get_by_label("在要点里查找").fill("")
    editor.get_by_label("只看待本局确认的").check()
    expect(editor.locator(".point:visible")).to_have_count(1)


def test_trial_asks_a_whole_conversation(editor: Page) -> None:
    editor.get_by_label("问题", exact=True).last.fill("199的号注册不了\n要等多久")
    editor.locator("#try button[type=submit]").click()
    expect(editor.locator("#talk .said")).to_have_count(2, timeout=120_000)
    expect(editor.locator("#talk .told")).to_have_count(2, timeout=120_000)
    assert editor.locator("#talk [data-memory]").count() == 2
