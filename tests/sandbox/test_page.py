"""The sandbox's inbox page in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.sandbox.tencent_client import send_sms
from tests.support.chromium import chromium
from tests.support.service.sandbox import SandboxServer

PHONE = "13800138011"


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page(permissions=["clipboard-write"])


def test_new_messages_appear_without_reloading(sandbox: SandboxServer, page: Page) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{sandbox.url}/sandbox/inbox")
    expect(page.get_by_text("还没有短信")).to_be_visible()
    page.get_by_label("手机号").fill("1380")
    send_sms(sandbox, PHONE)
    expect(page.locator(".sms.new .code b")).to_have_text("482913")
    # Typed text survives the refresh.
    assert page.get_by_label("手机号").input_value() == "1380"

    page.get_by_title("点击复制验证码").click()
    expect(page.locator(".code span")).to_have_text("已复制")

    page.get_by_label("手机号").fill("13800138012")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_text("还没有短信")).to_be_visible()
    assert complaints == []
    assert asked
    assert all(url.startswith(sandbox.url) for url in asked)
