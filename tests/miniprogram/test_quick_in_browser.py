"""What shows before the program runs, and what is kept of it on the phone."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.app import HOME, Phone
from tests.support.people.persons import person
from tests.support.service.waiting import eventually

SOMEONE = person("李建国", number=7301, birth=date(1970, 3, 9))
ENTRY = "**/assets/index-*.js"
REGISTER = "pages/register/index"
# Name, class and place of each part below an element.
PLACES = """(selector) => [...document.querySelectorAll(`${selector} .page *`)].map((part) => {
    const {x, y, width, height} = part.getBoundingClientRect();
    return [part.tagName, part.className, x, y, width, height].join(" ");
})"""
# Adds up the layout shifts; where there are none, none is reported.
SHIFTS = """() => new Promise((done) => {
    const sum = (list) => list.getEntries()
        .filter((shift) => !shift.hadRecentInput)
        .reduce((sum, {value}) => sum + value, 0);
    new PerformanceObserver((list) => done(sum(list)))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(0), 1000);
})"""
MOST_SHIFT = 0.05


class Held:
    """Hold the program's own script back until it is let go."""

    def __init__(self, phone: Phone) -> None:
        self.phone, self.page = phone, phone.page
        self.routes: list[Route] = []
        self.page.route(ENTRY, lambda route: self.routes.append(route), times=1)

    def open(self, address: str = HOME) -> Page:
        """Open a page without its program."""
        self.page.goto(f"{self.phone.service.url}/m/#/{address}", wait_until="commit")
        return self.page

    def let_go(self) -> None:
        assert eventually(lambda: self.page.wait_for_timeout(10) or self.routes)
        self.routes[0].continue_()


@pytest.fixture
def held(phone: Phone) -> Held:
    return Held(phone)


@pytest.mark.parametrize("is_elder", [False, True])
def test_first_view_has_its_place_before_the_program_runs(
    phone: Phone, held: Held, is_elder: bool
) -> None:
    if is_elder:
        phone.store("elder", True)
    page = held.open()
    expect(page.get_by_role("heading", level=1)).to_have_text("登记注册身份验证")
    expect(page.get_by_role("button", name="注册", exact=True)).to_be_visible()
    before = page.evaluate(PLACES, "#shell")
    held.let_go()
    expect(page.locator("#shell")).to_have_count(0)
    # The main part grows by the foot.
    after = page.evaluate(PLACES, "#app")
    moved = [old for old, new in zip(before, after, strict=False) if old != new]
    assert len(before) > 50
    assert all(part.startswith("MAIN ") for part in moved)


def test_what_is_pressed_early_is_done_when_the_program_runs(held: Held) -> None:
    page = held.open()
    page.get_by_role("button", name="注册", exact=True).click()
    held.let_go()
    expect(page.get_by_label("姓名")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="注册", exact=True)).to_be_visible()


def test_what_is_typed_early_stays(held: Held) -> None:
    page = held.open()
    page.get_by_label("您的问题").fill("收不到验证码")
    held.let_go()
    expect(page.locator("#shell")).to_have_count(0)
    expect(page.get_by_label("您的问题")).to_have_value("收不到验证码")


def test_another_page_shows_its_own_title_first(held: Held) -> None:
    page = held.open("pages/tickets/index?kind=complaint")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的申请")
    expect(page.get_by_role("button")).to_have_count(0)
    held.let_go()
    expect(page.get_by_label("请说说情况")).to_be_visible()


def test_an_account_is_not_asked_to_register_first(phone: Phone, held: Held) -> None:
    phone.sign_in(SOMEONE, level=4)
    page = held.open()
    expect(page.get_by_text("正在打开")).to_be_visible()
    expect(page.get_by_role("button", name="注册", exact=True)).to_have_count(0)
    held.let_go()
    expect(page.get_by_role("main")).not_to_contain_text("正在打开")


def test_news_do_not_wait_for_the_login(phone: Phone) -> None:
    logins: list[Route] = []
    phone.page.route("**/web/login", lambda route: logins.append(route))
    with phone.page.expect_response("**/api/v1/announcements*"):
        page = phone.open()
    expect(page.get_by_role("button", name="注册", exact=True)).to_be_visible()
    expect(page.get_by_text("主办：")).to_be_visible()
    assert len(logins) == 1
    logins[0].continue_()


@pytest.mark.parametrize("address", ["pages/home/index", REGISTER])
def test_nothing_moves_while_a_page_opens(phone: Phone, address: str) -> None:
    asked: list[Route] = []
    phone.page.route("**/api/v1/*", lambda route: asked.append(route))
    page = phone.open(address)
    expect(page.get_by_role("button", name=re.compile("注册|下一步")).first).to_be_visible()
    page.wait_for_timeout(500)
    assert asked
    for route in asked:
        route.continue_()
    phone.page.unroute("**/api/v1/*")
    expect(page.get_by_text("主办：")).to_be_visible()
    assert page.evaluate(SHIFTS) <= MOST_SHIFT


def test_few_files_are_loaded_first(phone: Phone, held: Held) -> None:
    """Each costs a turn on the network, and what is loaded later waits for what came."""
    page = held.open(REGISTER)
    expect(page.get_by_role("heading", level=1)).to_have_text("注册")
    held.let_go()
    expect(page.get_by_label("姓名")).to_be_visible()
    names = page.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
    files = [name.rsplit("/", 1)[1] for name in names if "/m/assets/" in name]
    assert sum(name.endswith(".css") for name in files) == 1
    assert len(files) == 5, files


@pytest.fixture
def offline(make_phone: Callable[..., Phone]) -> Iterator[Phone]:
    """Return a phone whose lost files are no complaint."""
    phone = make_phone()
    yield phone
    phone.complaints.clear()


def test_page_that_cannot_be_loaded_says_so_and_comes_with_the_network(offline: Phone) -> None:
    phone, page = offline, offline.open()
    expect(page.get_by_text("主办：")).to_be_visible()
    phone.context.set_offline(True)
    page.get_by_role("link", name="窗口查询").click()
    expect(page.get_by_role("alert")).to_contain_text("手机没有网络，这一页打不开")
    expect(page.get_by_role("heading", level=1)).to_have_text("窗口查询")
    expect(page.get_by_text("没有网络")).to_have_count(1)
    page.get_by_role("button", name="返回").click()
    expect(page.get_by_role("link", name="窗口查询")).to_be_visible()
    # A second tap at once opens nothing twice.
    page.wait_for_timeout(600)
    page.get_by_role("link", name="窗口查询").click()
    expect(page.get_by_role("alert")).to_contain_text("手机没有网络，这一页打不开")
    phone.context.set_offline(False)
    expect(page.get_by_text("今天").first).to_be_visible()


def test_page_of_another_release_is_loaded_anew_once(offline: Phone) -> None:
    lost: list[Any] = []

    def lose(route: Route) -> None:
        lost.append(route)
        route.fulfill(status=404, body="")

    offline.page.route("**/assets/pages-windows-*", lose)
    page = offline.open("pages/windows/index")
    expect(page.get_by_role("alert")).to_contain_text("这一页没有打开")
    assert page.evaluate("performance.getEntriesByType('navigation')[0].type") == "reload"
    offline.page.unroute("**/assets/pages-windows-*")
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_text("今天").first).to_be_visible()
