"""Text typed in the forms of the content survives networks, sessions, tabs and other editors."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, Route, expect

from faq.editing import drafts
from faq.release.parts import Key
from handlers.admin.content.forms import catalogue
from miniprogram_api import clock
from miniprogram_api.staff.members import StaffMember
from models.desks.staff import StaffSession
from tests.support.admin.browser import Visit, browsing
from tests.support.admin.staff import STAFF_PASSWORD, member_of
from tests.support.service.service import Service
from tests.support.service.waiting import eventually

SLUG = "segment_199"
SAVED = re.compile(r"^已保存 \d\d:\d\d:\d\d$")
SECRET = pyotp.random_base32()


@pytest.fixture(scope="module")
def visit() -> Iterator[Visit]:
    with browsing((1440, 900)) as one:
        yield one


@pytest.fixture
def member(small_service: Service) -> StaffMember:
    secret = {"totp_secret": SECRET, "totp_confirmed_at": clock.now()}
    return member_of("editor", name="李编辑", **secret)


@pytest.fixture
def editor(small_service: Service, visit: Visit, member: StaffMember) -> Iterator[Page]:
    """Sign in as an editor with a second factor and open an entry."""
    page = visit.page
    page.context.clear_cookies()
    page.goto(f"{small_service.url}/admin/sign-in?next=/admin/entries/{SLUG}")
    page.get_by_label("用户名").fill(member.username)
    page.get_by_label("密码", exact=True).fill(STAFF_PASSWORD)
    page.get_by_label("动态口令").fill(pyotp.TOTP(SECRET).now())
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(f"**/entries/{SLUG}", wait_until="load")
    yield page
    page.unroute_all()
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")


def answer(slug: str = SLUG) -> str:
    return str(drafts.entry(slug).content["answer"])


def type_answer(page: Page, text: str) -> None:
    page.get_by_label("答案", exact=True).fill(text)


def expect_saved(page: Page) -> None:
    expect(page.locator("#saving")).to_have_text(SAVED)


def sign_in_again(page: Page, member: StaffMember, *, totp: bool) -> None:
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("李编辑，您写的都还在这一页上")
    dialog.get_by_label("密码").fill("Guess-in-1-go")
    if totp:
        # The number of the sign-in is used; the next one is accepted early.
        number = pyotp.TOTP(SECRET).at(clock.now() + timedelta(seconds=30))
        dialog.get_by_label("动态口令").fill(number)
    else:
        expect(dialog.get_by_label("动态口令")).to_be_hidden()
    dialog.get_by_role("button", name="登录", exact=True).click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    dialog.get_by_label("密码").fill(STAFF_PASSWORD)
    dialog.get_by_role("button", name="登录", exact=True).click()
    expect(dialog).to_be_hidden()


def test_ended_session_is_continued_on_the_page(editor: Page, member: StaffMember) -> None:
    area = editor.get_by_label("答案", exact=True)
    area.fill("写到一")
    StaffSession.update(last_seen_at=clock.now() - timedelta(minutes=16)).execute()
    area.press_sequentially("半，页面")
    sign_in_again(editor, member, totp=False)
    expect(area).to_be_focused()
    area.press_sequentially("锁了。")
    expect_saved(editor)
    assert answer() == "写到一半，页面锁了。"
    # Another session has another CSRF token; the form is sent with it.
    StaffSession.delete().execute()
    area.press_sequentially("退出了。")
    editor.get_by_role("button", name="保存", exact=True).click()
    sign_in_again(editor, member, totp=True)
    expect(editor.locator("main")).to_contain_text("已保存。")
    assert answer() == "写到一半，页面锁了。退出了。"
    expect(area).to_have_value(answer())


def test_lost_network_and_lost_answers_lose_no_text(editor: Page) -> None:
    editor.context.set_offline(True)
    type_answer(editor, "断网时写的。")
    expect(editor.locator("#saving")).to_have_text("没有网络，文字留在这台电脑上，会自动再存")
    editor.get_by_role("button", name="保存", exact=True).click()
    expect(editor.get_by_label("答案", exact=True)).to_have_value("断网时写的。")
    editor.context.set_offline(False)
    expect_saved(editor)
    assert answer() == "断网时写的。"

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    editor.route("**/autosave", lose, times=1)
    type_answer(editor, "回执丢了。")
    expect(editor.locator("#saving")).to_contain_text("没有网络")
    type_answer(editor, "回执丢了，又写了一句。")
    expect_saved(editor)
    assert answer() == "回执丢了，又写了一句。"
    assert editor.evaluate("Object.keys(localStorage)") == []


def test_text_of_a_closed_browser_is_offered(editor: Page, small_service: Service) -> None:
    address = f"{small_service.url}/admin/entries/{SLUG}"
    with editor.context.expect_page() as opened:
        editor.evaluate("open(location.href)")
    crashed = opened.value
    # The text of a page whose script has not run is kept at the next change.
    crashed.wait_for_load_state("load")
    crashed.route("**/autosave", lambda route: route.abort())
    type_answer(crashed, "崩溃以前写的。")
    steps = crashed.locator("[name=step]")
    steps.first.press("Enter")
    crashed.keyboard.type("新的一步")
    expect(crashed.locator("#saving")).to_contain_text("没有网络")
    crashed.close()
    editor.goto(address)
    left = editor.locator("#left-here")
    expect(left).to_contain_text("上次没来得及保存的文字")
    expect(left).to_contain_text("崩溃以前写的。")
    # A change of another editor is not overwritten by it.
    part = drafts.entry(SLUG)
    theirs = {**part.content, "title": "对方的标题"}
    drafts.save(part.key, theirs, based_on=part.revision, editor="staff:0")
    left.get_by_role("button", name="用这份").click()
    expect(editor.locator("main")).to_contain_text("您写的一个字都没有丢")
    editor.get_by_role("button", name="合并保存").click()
    expect(editor.get_by_label("答案", exact=True)).to_have_value("崩溃以前写的。")
    expect(left).to_be_hidden()
    content = drafts.entry(SLUG).content
    assert (content["title"], content["steps"][1]) == ("对方的标题", "新的一步")
    # The bar is hidden before the page's script has run, too.
    assert eventually(lambda: editor.evaluate("localStorage.length === 0"), 10)


def test_autosave_works_after_a_refused_picture_and_by_key(editor: Page) -> None:
    editor.set_input_files("#f-picture", {"name": "a.png", "mimeType": "", "buffer": b"x"})
    expect(editor.locator(".image-failed")).to_contain_text("图片打不开")
    type_answer(editor, "图没有传上，文字还在。")
    editor.keyboard.press("Control+s")
    expect_saved(editor)
    assert answer() == "图没有传上，文字还在。"
    editor.reload()
    expect(editor.get_by_label("答案", exact=True)).to_have_value(answer())


@pytest.mark.parametrize(
    ("path", "kind", "field"),
    [("lists/replies", "replies", "unknown"), ("catalogue/license", "catalogue", "statutory")],
)
def test_other_forms_are_saved_while_typed(
    editor: Page, small_service: Service, path: str, kind: str, field: str
) -> None:
    def saved() -> str:
        content = drafts.part(Key(kind)).content
        if kind == "catalogue":
            content = _license(content)[1]
        return str(content[field])

    editor.goto(f"{small_service.url}/admin/{path}")
    for text in ("一句话", "两句话"):
        editor.locator(f"[name={field}]").fill(text)
        expect_saved(editor)
        assert saved() == text
    part = drafts.part(Key(kind))
    theirs: Any = {**part.content, field: "别人的"} if kind == "replies" else None
    if theirs is None:
        place, item = _license(part.content)
        theirs = catalogue.replaced(part.content, place, {**item, field: "别人的"})
    drafts.save(part.key, theirs, based_on=part.revision, editor="staff:0")
    editor.locator(f"[name={field}]").fill("我的")
    expect(editor.locator("#saving")).to_contain_text("刚改过")
    editor.get_by_role("button", name="保存草稿").click()
    expect(editor.get_by_role("alert").first).to_contain_text("您写的都还在下面")
    expect(editor.locator(f"[name={field}]")).to_have_value("我的")
    assert saved() == "别人的"


def _license(content: Any) -> tuple[catalogue.Path, catalogue.Row]:
    found = catalogue.find(content, "license")
    assert found is not None
    return found
