"""Public pages in a browser: the chat and the documentation, nothing loaded from elsewhere."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.admin.browser import DESKTOP, PHONE, Visit, browsing
from tests.support.api.operations import operations
from tests.support.faq.bot import unclear
from tests.support.service.service import Service


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visit(request: pytest.FixtureRequest, service: Service) -> Iterator[Visit]:
    """Open a page that must end without complaints and foreign requests."""
    with browsing(request.param) as visit:
        yield visit
        assert visit.complaints == []
        assert visit.asked
        assert [url for url in visit.asked if not url.startswith(service.url)] == []


def width_beyond_the_screen(page: Page) -> int:
    found: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found


def test_chat_answers(service: Service, visit: Visit) -> None:
    page = visit.page
    page.goto(service.url)
    expect(page).to_have_title("登记注册身份验证")
    expect(page.locator("#readiness span")).to_have_text("一切就绪，可以办理")
    bubbles = page.locator(".bubble.bot")

    page.get_by_label("您的问题").fill("199的号码收不到验证码")
    page.get_by_role("button", name="发送").click()
    expect(bubbles.last.locator("h3")).to_have_text("199号段手机号暂不支持")
    expect(bubbles.last.locator("li").first).to_be_visible()
    # The user's findings are above the entry's text.
    expect(bubbles.last.locator(".finding.block + h3")).to_be_visible()
    expect(bubbles.last.locator(".finding")).to_contain_text("199号段暂不支持")
    assert page.get_by_label("您的问题").input_value() == ""

    page.locator("#suggestions button").nth(2).click()
    expect(bubbles.last.locator("h3")).to_have_text("登录提示“用户不存在”")

    page.get_by_label("您的问题").fill("<img src=x onerror=alert(1)>")
    page.get_by_label("您的问题").press("Enter")
    expect(page.locator(".bubble.me").last).to_have_text("<img src=x onerror=alert(1)>")
    expect(bubbles.last).not_to_have_text("正在查找…")
    assert page.locator(".talk img").count() == 0
    assert width_beyond_the_screen(page) == 0


def test_ambiguous_question_offers_options(service: Service, visit: Visit) -> None:
    page = visit.page
    page.goto(service.url)
    page.get_by_label("您的问题").fill(unclear(service)["question"])
    page.get_by_role("button", name="发送").click()
    choice = page.locator(".bubble.bot .choices button").first
    wanted = choice.inner_text()
    choice.click()
    expect(page.locator(".bubble.me").last).to_have_text(wanted)
    expect(page.locator(".bubble.bot").last.locator("h3")).to_have_text(wanted)


def test_chat_reports_a_lost_connection(service: Service, visit: Visit) -> None:
    page = visit.page
    page.goto(service.url)
    page.route("**/faq/ask", lambda route: route.abort())
    page.get_by_label("您的问题").fill("收不到验证码")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".bubble.bot").last).to_contain_text("网络连接失败")
    # The browser reports the interrupted request.
    visit.complaints[:] = [text for text in visit.complaints if "ERR_FAILED" not in text]


def test_documentation_shows_every_operation(service: Service, visit: Visit) -> None:
    page = visit.page
    page.goto(f"{service.url}/docs")
    assert page.locator("article").count() == len(operations())
    headings = page.locator("main section > h2").all_inner_texts()
    assert all(re.search(r"[\u4e00-\u9fff]", heading) for heading in headings)
    article = page.locator("article", has_text=re.compile(r"POST\s*/api/v1/sms-codes")).first
    article.locator("summary").click()
    expect(article.get_by_text("SMS_RATE_LIMITED")).to_be_visible()
    assert width_beyond_the_screen(page) == 0


def test_page_links_to_inbox_and_documentation(service: Service) -> None:
    with browsing() as visit:
        page = visit.page
        page.goto(service.url)
        page.get_by_role("link", name="接口文档").first.click()
        expect(page.get_by_role("heading", name="接口文档")).to_be_visible()
        page.get_by_role("link", name="首页").click()
        page.get_by_role("link", name="沙箱收件箱").first.click()
        expect(page.get_by_text("还没有短信")).to_be_visible()
        assert visit.complaints == []
        ours = (service.url, service.sandbox.url)
        assert [url for url in visit.asked if not url.startswith(ours)] == []


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_content_security_policy_forbids_external_and_inline(service: Service, path: str) -> None:
    answer = service.get(path, base="")
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    assert re.findall(r'(?:src|href)="(?:https?:)?//(?!127\.0\.0\.1)', answer.text) == []
    assert not re.search(r"<(script|style)[^>]*>[^<]", answer.text)
    assert " style=" not in answer.text


@pytest.mark.parametrize("host", ['"><script>alert(1)</script>', "evil.example", "[::1]:80", ""])
def test_forged_host_is_harmless(service: Service, host: str) -> None:
    answer = service.get("/", base="", headers={"Host": host})
    assert answer.status_code in (200, 400)
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("name", ["../__init__.py", "..%2f..%2fconfig.py", "nothing.js", "%00", ""])
def test_only_static_files_of_the_pages_are_served(service: Service, name: str) -> None:
    answer = service.get(f"/assets/{name}", base="")
    assert answer.status_code == 404
    assert answer.json()["code"] == "NOT_FOUND"
