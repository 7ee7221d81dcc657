"""Passkeys in a real browser, with the virtual authenticator of Chromium's protocol."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Page, expect

from handlers.admin.frame.access import COOKIE
from models.desks.staff import StaffPasskey
from tests.support.admin.browser import browsing
from tests.support.admin.staff import STAFF_PASSWORD, member_of
from tests.support.service.service import Service

SCREEN = (390, 844)
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page() -> Iterator[Page]:
    with browsing(SCREEN) as visit:
        yield visit.page


@pytest.fixture
def device(page: Page) -> CDPSession:
    """Give the browser a device with a fingerprint sensor."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session


def address(service: Service, path: str) -> str:
    """Return an address by name: a relying party is no IP address."""
    return f"{service.url}/admin{path}".replace("127.0.0.1", "localhost")


def sign_in(page: Page, service: Service, username: str) -> None:
    page.goto(address(service, "/sign-in"))
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(STAFF_PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def test_first_passkey_is_set_and_signs_in(
    desk_service: Service, page: Page, device: CDPSession
) -> None:
    member = member_of("clerk", username="passkeyclerk")
    sign_in(page, desk_service, member.username)
    page.goto(address(desk_service, "/passkeys"))
    page.get_by_label("名称").fill("窗口电脑")
    page.get_by_role("button", name="设通行密钥").click()
    expect(page.get_by_text("通行密钥已设好")).to_be_visible()
    assert StaffPasskey.get().name == "窗口电脑"

    page.context.clear_cookies()
    page.goto(address(desk_service, "/sign-in?next=/admin/profile"))
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_text("本次已用通行密钥验证")).to_be_visible()
    assert COOKIE in {cookie["name"] for cookie in page.context.cookies()}


def test_password_is_not_enough_beside_a_passkey(
    desk_service: Service, page: Page, device: CDPSession
) -> None:
    member = member_of("editor", username="passkeyeditor")
    sign_in(page, desk_service, member.username)
    page.goto(address(desk_service, "/passkeys"))
    page.get_by_role("button", name="设通行密钥").click()
    expect(page.get_by_text("通行密钥已设好")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, desk_service, member.username)
    expect(page.get_by_text("请先用通行密钥验证")).to_be_visible()
    page.goto(address(desk_service, "/entries"))
    expect(page).to_have_url(address(desk_service, "/passkeys"))
    page.get_by_role("button", name="验证").click()
    expect(page).to_have_url(address(desk_service, "/"))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("NotAllowedError", "取消了、等太久了，或这台设备上没有您的通行密钥"),
        ("TimeoutError", "等太久了。请再点一次"),
        ("AbortError", "被打断了"),
        ("InvalidStateError", "这台设备已经设过您的通行密钥"),
        ("NotSupportedError", "请换一台设备或安全密钥"),
        ("ConstraintError", "请先在设备的设置里开启锁屏"),
        ("SecurityError", "请从正式网址打开"),
        ("UnknownError", "还没有通行密钥的，用密码登录"),
    ],
)
def test_error_of_the_browser_is_told_with_the_next_step(
    desk_service: Service, page: Page, error: str, said: str
) -> None:
    page.goto(address(desk_service, "/sign-in"))
    page.evaluate(
        """(name) => {
            const fails = async () => { throw new DOMException("The operation failed.", name); };
            Object.defineProperty(navigator, "credentials", { value: { get: fails } });
        }""",
        error,
    )
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    assert "operation failed" not in page.content()


def test_finger_that_does_not_fit_is_told(
    desk_service: Service, page: Page, device: CDPSession
) -> None:
    page.goto(address(desk_service, "/sign-in"))
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_text("这台设备上没有您的通行密钥")).to_be_visible()
    # The page of a browser that answers with a foreign key.
    page.locator("form[data-passkey]").evaluate(
        "form => { form.elements.credential.value = '{}'; form.submit(); }"
    )
    expect(page.get_by_text("通行密钥没有通过")).to_be_visible()
