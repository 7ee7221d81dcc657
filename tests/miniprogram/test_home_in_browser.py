"""The start page of the mini program in a browser."""

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect

from miniprogram_api import clock
from miniprogram_api.operations import announcements, outages
from models.accounts.accounts import FROZEN
from tests.support.app import Phone
from tests.support.app_ways import fill, press
from tests.support.people.accounts import tables_of
from tests.support.people.persons import person


def test_visitor_reads_the_news_asks_and_begins(phone: Phone) -> None:
    with tables_of(phone.service):
        announcements.save(
            None,
            title="系统升级",
            text="30日22:00起系统升级。",
            districts=[],
            starts_at=None,
            ends_at=None,
            actor="test",
        )
        until = clock.now() + timedelta(hours=3)
        outages.switch_off("sms", "短信通道正在抢修，恢复前请稍候。", until, actor="test")
    page = phone.open()
    expect(page).to_have_title("登记注册身份验证")
    expect(page.get_by_text("短信通道正在抢修")).to_be_visible()
    expect(page.get_by_role("link", name="系统升级")).to_be_visible()
    expect(page.get_by_role("heading", name="先办好账号")).to_be_visible()
    expect(page.get_by_text("主办：")).to_be_visible()
    assert phone.faults() == []

    page.get_by_role("button", name="大字版").click()
    page.reload()
    expect(page.locator(".page.elder")).to_be_visible()
    page.get_by_role("combobox").fill("收不到验证码怎么办")
    page.get_by_role("combobox").press("Enter")
    expect(page.get_by_role("log").get_by_text("收不到验证码怎么办")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="注册", exact=True).click()
    expect(page).to_have_url(re.compile("pages/register/index"))
    # What was begun is offered first.
    fill(page, "姓名", "王秀英")
    page.go_back()
    page.reload()
    press(page, "接着注册")
    expect(page.get_by_label("姓名", exact=True)).to_have_value("王秀英")


def test_account_sees_what_to_do_now(make_phone: Callable[..., Phone]) -> None:
    verified = make_phone()
    verified.sign_in(person(number=3301), level=4, verified_by="face")
    page = verified.open()
    expect(page.get_by_role("heading", name="要办登记业务，请先开启")).to_be_visible()
    # Without an answer the page says so, its links lead on, and the card stays away.
    page.route("**/api/**", lambda route: route.abort())
    page.reload()
    expect(page.locator("[data-refusal]")).to_contain_text("网络连接失败")
    page.get_by_role("link", name="窗口查询").click()
    expect(page).to_have_url(re.compile("pages/windows/index"))
    page.go_back()
    expect(page.locator("[data-refusal]")).to_contain_text("网络连接失败")
    page.unroute("**/api/**")
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_role("heading", name="要办登记业务，请先开启")).to_be_visible()

    frozen = make_phone()
    frozen.sign_in(person(number=3302), status=FROZEN)
    page = frozen.open()
    expect(page.get_by_role("heading", name="账号已冻结")).to_be_visible()
    page.get_by_role("button", name="查看窗口").click()
    expect(page).to_have_url(re.compile("pages/windows/index"))
    for way in ("face", "ctid"):
        frozen.open(f"pages/{way}/index")
        expect(page.get_by_role("heading", name="账号已冻结")).to_be_visible()
        expect(page.get_by_text("还有别的办法")).to_have_count(0)
