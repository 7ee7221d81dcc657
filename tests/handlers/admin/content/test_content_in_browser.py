"""Editors in a browser: import, check, publish, roll back, inbox, review by three persons."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from faq.conversation import inbox
from faq.editing import drafts
from faq.release import publishing
from handlers.admin.frame.access import COOKIE
from tests.support.admin.browser import Visit, browsing
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

SLUG = "segment_199"
# Checks are slow on a busy machine.
PATIENCE = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Visit]:
    with browsing() as visit:
        yield visit


@pytest.fixture
def visit(browser: Visit) -> Iterator[Visit]:
    """Open a page that must end without complaints and foreign requests."""
    browser.complaints.clear()
    browser.asked.clear()
    yield browser
    assert browser.complaints == []
    assert [url for url in browser.asked if not re.match("http://127.0.0.1:|data:", url)] == []


def sign_in_as(page: Page, service: Service, name: str, role: str = "editor") -> str:
    """Sign in as a new member of this name and return the actor of the histories."""
    member = member_of(role, name=name)
    cookie = {"name": COOKIE, "value": token_of(member), "url": f"{service.url}/admin"}
    page.context.clear_cookies()
    page.context.add_cookies([cookie | {"sameSite": "Strict", "httpOnly": True}])
    return member.actor


def change(actor: str, **fields: object) -> None:
    draft = drafts.entry(SLUG)
    drafts.save(draft.key, {**draft.content, **fields}, based_on=draft.revision, editor=actor)


def answers(service: Service) -> set[str]:
    """Return the API's answers, from every worker."""
    return {data_of(service.get(f"/faq/entries/{SLUG}"))["answer"] for _ in range(10)}


def test_check_override_publish_and_rollback(small_service: Service, visit: Visit) -> None:
    page, before = visit.page, answers(small_service)
    number = publishing.current().number
    actor = sign_in_as(page, small_service, "孙编辑")
    change(actor, answer="下月开通。", title="月租", questions=["月租多少", "套餐怎么退"])
    page.goto(f"{small_service.url}/admin/publish")
    page.get_by_role("heading", name="检查结果").wait_for(timeout=PATIENCE)
    expect(page.locator("#check")).to_contain_text("我是199的号，怎么老说不支持")
    assert answers(small_service) == before

    page.get_by_label("说明").fill("改得太多")
    asked: list[str] = []
    note = lambda dialog: (asked.append(dialog.message), dialog.accept())  # noqa: E731
    page.on("dialog", note)
    page.get_by_role("button", name="发布").click()
    # The reason is required before sending and before the confirmation.
    assert page.url.endswith("/admin/publish")
    assert asked == []
    page.get_by_label("仍要发布的理由").fill("改由短信通知")
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_role("status")).to_contain_text("已发布")
    expect(page.locator(".release").first).to_contain_text("改由短信通知")
    assert answers(small_service) == {"下月开通。"}
    assert ["所有用户" in one for one in asked] == [True]
    page.remove_listener("dialog", note)

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_label(f"退回到第{number}次发布的理由").fill("写错了")
    page.get_by_role("button", name="退回").first.click()
    expect(page.locator(".release").first).to_contain_text(
        f"退回到第{number}次发布", timeout=PATIENCE
    )
    assert answers(small_service) == before


def test_bad_rows_of_a_gb18030_file_are_shown(
    small_service: Service, visit: Visit, tmp_path: Path
) -> None:
    rows = [
        ["标识", "类型", "标题", "分类", "答案", "示例问题"],
        ["parking", "指南", "停车", "出行", "门口有车位。", "哪里停车\n有车位吗"],
        ["Bad Slug", "指南", "坏", "出行", "没有。", "坏"],
        ["lost_card", "指南", "没有示例", "出行", "没有。", ""],
    ]
    file = tmp_path / "条目.csv"
    with file.open("w", encoding="gb18030", newline="") as text:
        csv.writer(text).writerows(rows)
    page, before = visit.page, drafts.parts()
    sign_in_as(page, small_service, "孙编辑")
    page.goto(f"{small_service.url}/admin/exchange")
    page.get_by_label("文件", exact=False).first.set_input_files(file)
    page.get_by_role("button", name="上传并预览").click()
    bad = page.locator("#bad-rows .bad-row")
    expect(bad).to_have_count(2)
    expect(bad.nth(0)).to_contain_text("第3行")
    expect(bad.nth(0)).to_contain_text("标识")
    expect(bad.nth(1)).to_contain_text("第4行")
    expect(bad.nth(1)).to_contain_text("示例问题没有填写")
    assert drafts.parts() == before
    page.get_by_label("跳过有问题的行").check()
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("已导入")
    expect(page.locator("main")).to_contain_text("停车")
    assert drafts.entry("parking").content["answer"] == "门口有车位。"
    assert len(drafts.parts()) == len(before) + 1
    page.get_by_role("heading", name="检查结果").wait_for(timeout=PATIENCE)


def test_inbox_group_is_settled_by_three_clicks(desk_service: Service, visit: Visit) -> None:
    question = "怎么给办公室续租"
    data_of(desk_service.post("/faq/ask", json={"question": question}))
    eventually(lambda: inbox.count() == 1)
    page = visit.page
    sign_in_as(page, desk_service, "孙编辑")
    page.goto(f"{desk_service.url}/admin/inbox")
    page.get_by_role("link", name=question).click()
    expect(page.locator(".bubble.asked")).to_have_text(question)
    page.get_by_label("别的条目").select_option(SLUG)
    page.get_by_role("button", name="加进条目").click()
    expect(page.get_by_role("status").first).to_contain_text("加了1个例句到“199号段")
    expect(page.locator("main")).to_contain_text("都处理完了")
    assert question in drafts.entry(SLUG).content["questions"]


def test_three_persons_review_a_draft(review_service: Service, visit: Visit) -> None:
    page, url = visit.page, f"{review_service.url}/admin"
    author = sign_in_as(page, review_service, "甲作者")
    change(author, answer="下月开通，届时短信通知。")
    page.goto(f"{url}/publish")
    page.get_by_label("说明").fill("写明日期", timeout=PATIENCE)
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("main")).to_contain_text("撰写人（甲作者）不能审核")
    expect(page.get_by_role("button", name="审核通过")).to_have_count(0)
    path = page.url.partition("?")[0]

    sign_in_as(page, review_service, "乙审核")
    page.goto(path)
    page.get_by_label("审核意见").fill("可以")
    page.get_by_role("button", name="审核通过").click()
    expect(page.locator("main")).to_contain_text("请第三位编辑发布")
    expect(page.get_by_role("button", name="发布")).to_have_count(0)

    sign_in_as(page, review_service, "丙发布")
    page.goto(path)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_role("status")).to_contain_text("已发布")
    assert answers(review_service) == {"下月开通，届时短信通知。"}
    page.goto(path)
    for name in ("甲作者", "乙审核", "丙发布"):
        expect(page.locator("main")).to_contain_text(name)
