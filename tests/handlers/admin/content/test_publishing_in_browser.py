"""My work in a browser: one entry published, planned, and handed in, with the clicks counted."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from faq.editing import drafts
from faq.editing.publication import plans
from handlers.admin.frame.access import COOKIE
from miniprogram_api import clock
from tests.support.admin.browser import Visit, browsing
from tests.support.admin.clicks import PATIENCE, Clicks
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

SLUG, OTHER = "segment_199", "name_symbol"


@pytest.fixture(scope="module")
def browser() -> Iterator[Visit]:
    with browsing((1440, 900)) as visit:
        yield visit


@pytest.fixture
def page(browser: Visit) -> Iterator[Page]:
    """Open a page that must end without complaints; a confirmation counts as a click."""
    browser.complaints.clear()
    yield browser.page
    assert browser.complaints == []


def sign_in_as(page: Page, service: Service, name: str) -> str:
    member = member_of("editor", name=name)
    cookie = {"name": COOKIE, "value": token_of(member), "url": f"{service.url}/admin"}
    page.context.clear_cookies()
    page.context.add_cookies([cookie | {"sameSite": "Strict", "httpOnly": True}])
    page.goto(f"{service.url}/admin/")
    return member.actor


def change(slug: str, actor: str, answer: str) -> None:
    draft = drafts.entry(slug)
    content = {**draft.content, "answer": answer}
    drafts.save(draft.key, content, based_on=draft.revision, editor=actor)


def answer(service: Service, slug: str = SLUG) -> str:
    return str(data_of(service.get(f"/faq/entries/{slug}"))["answer"])


def write(page: Page, clicks: Clicks, text: str) -> None:
    """Open the entry from the list and change one field."""
    clicks.on("link", re.compile("199"))
    clicks.on("textbox", "答案")
    page.get_by_label("答案", exact=True).fill(text)


def in_(seconds: int) -> str:
    """Return a moment as a field takes it."""
    return f"{clock.now() + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}"


def test_editor_publishes_and_plans_one_entry(small_service: Service, page: Page) -> None:
    actor = sign_in_as(page, small_service, "孙编辑")
    change(OTHER, actor, "另一条的草稿。")
    page.reload()
    expect(page.get_by_role("heading", name="我的工作")).to_be_visible()
    page.get_by_role("link", name=re.compile("我的草稿")).click()
    expect(page.locator("tbody tr")).to_have_count(1)

    page.goto(f"{small_service.url}/admin/entries")
    clicks = Clicks(page, "main")
    write(page, clicks, "下月开通。")
    clicks.on("button", "发布这一条")
    expect(page.locator("ins").first).to_contain_text("下月")
    clicks.on("button", "发布")
    expect(page.get_by_role("status").first).to_contain_text("已发布")
    assert clicks.end() <= 6
    assert answer(small_service) == "下月开通。"
    assert answer(small_service, OTHER) != "另一条的草稿。"

    # Some seconds ahead, with an end that is cancelled.
    page.get_by_label("答案", exact=True).fill("已经开通。")
    page.get_by_role("button", name="发布这一条").click()
    page.get_by_label("发布时间").fill(in_(8), timeout=PATIENCE)
    page.get_by_label("到期下架").fill(in_(86_400))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="发布", exact=True).click()
    state = page.get_by_role("region", name="状态")
    expect(state).to_contain_text("等发布时间")
    assert answer(small_service) == "下月开通。"
    state.get_by_role("button", name="取消").last.click()
    expect(page.get_by_role("status").first).to_contain_text("已保存")
    assert eventually(lambda: plans.waiting_or_failed() == [])
    assert answer(small_service) == "已经开通。"
    page.reload()
    expect(state).not_to_contain_text("等发布时间")

    page.get_by_text("到期下架、下次复核").click()
    page.get_by_label("下次复核").fill(f"{clock.today() + timedelta(days=1)}")
    page.get_by_role("button", name="定下").last.click()
    expect(state.get_by_role("status")).to_contain_text("下次复核")
    assert [plan.kind for plan in plans.of_entry(SLUG)] == ["look"]


def test_three_editors_bring_one_entry_into_force(review_service: Service, page: Page) -> None:
    change(OTHER, member_of("editor").actor, "另一条的草稿。")
    sign_in_as(page, review_service, "甲作者")
    page.goto(f"{review_service.url}/admin/entries")
    clicks = Clicks(page, "main")
    write(page, clicks, "下月开通。")
    clicks.on("button", "提交这一条")
    clicks.on("button", "提交审核")
    expect(page.get_by_role("status").first).to_contain_text("已提交审核")
    sign_in_as(page, review_service, "乙审核")
    menu = page.get_by_role("link", name=re.compile("^审核"))
    expect(menu).to_contain_text("1")
    clicks.on("link", re.compile("第1号"))
    expect(page.locator("ins").first).to_contain_text("下月")
    clicks.on("button", "审核通过")
    expect(page.get_by_role("status").first).to_contain_text("签了您的名字")
    sign_in_as(page, review_service, "丙发布")
    clicks.on("link", re.compile("第1号"))
    clicks.on("button", "发布")
    expect(page.get_by_role("status").first).to_contain_text("已发布")
    assert clicks.end() <= 10
    assert answer(review_service) == "下月开通。"
    assert drafts.entry(OTHER).state == "changed"
