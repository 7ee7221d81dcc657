"""The clerk's day by keys alone: no mouse, and the focus where the work is."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from models.accounts.accounts import Account
from models.desks.tickets import Ticket
from models.second_person import SecondPersonRequest
from tests.support.admin.browser import Visit, browsing
from tests.support.admin.clerks import ClerkInBrowser
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of, fresh
from tests.support.people.captures import picture
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service

SCREEN = (1366, 768)
MOST_TABS = 60
FOCUSED = "document.activeElement"


@pytest.fixture(scope="module")
def browser() -> Iterator[Visit]:
    with browsing(SCREEN) as visit:
        yield visit


@pytest.fixture
def clerk(browser: Visit, desk_service: Service) -> ClerkInBrowser:
    working = ClerkInBrowser(browser.page, desk_service)
    working.sign_in(member_of("clerk"))
    return working


def is_at(page: Page, selector: str) -> bool:
    return bool(page.evaluate(f"{FOCUSED}.matches({selector!r})"))


def to(page: Page, selector: str) -> None:
    """Go to a field or button by the tabulator."""
    expect(page.locator(selector).first).to_be_attached()
    for _ in range(MOST_TABS):
        if is_at(page, selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached from {page.url}")


def starts_at(page: Page, selector: str) -> None:
    """Expect the focus of a page that was just opened."""
    expect(page.locator(selector).first).to_be_focused()


def write(page: Page, selector: str, text: str) -> None:
    to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def opened(page: Page, id_number: str) -> None:
    """Search a person and unmask the record: type, Enter, Enter."""
    starts_at(page, "#f-id_number")
    page.keyboard.insert_text(id_number)
    page.keyboard.press("Enter")
    starts_at(page, "button:has-text('查看完整信息')")
    page.keyboard.press("Enter")
    expect(page.locator("[data-person=opened]")).to_be_visible()


def seen(page: Page, reason: str = "") -> None:
    """Tick the first paper, which has the focus, and say why; a photo is taken meanwhile."""
    starts_at(page, "[name=seen_id_card]")
    page.keyboard.press("Space")
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.locator("#f-photo").set_input_files(photo)  # type: ignore[arg-type]
    if reason:
        write(page, "#f-reason", reason)
    page.keyboard.press("Enter")


def test_person_is_verified_and_authorised(clerk: ClerkInBrowser) -> None:
    someone = person("张三丰", number=31)
    account, page = account_of(someone), clerk.page
    clerk.go()
    opened(page, someone.id_number)
    starts_at(page, "[data-act=verify]")
    page.keyboard.press("Enter")
    seen(page, "多次刷脸未通过")
    starts_at(page, "[name=answer][value=yes]")
    page.keyboard.press("ArrowDown")
    to(page, "main button.btn-primary")
    page.keyboard.press("Enter")
    expect(page.locator("[data-done]")).to_be_visible()
    assert fresh(account).level == 4
    to(page, "a[href$='/receipt']")
    page.keyboard.press("Enter")
    expect(page.locator("[data-receipt]")).to_be_visible()
    starts_at(page, "[data-print]")


def test_person_without_a_phone_is_registered(clerk: ClerkInBrowser) -> None:
    someone, page = person("张三丰", number=32), clerk.page
    clerk.go("/registrations")
    starts_at(page, "#f-name")
    for name, value in someone.four_elements.items():
        write(page, f"#f-{name}", value)
    page.keyboard.press("Enter")
    starts_at(page, "#f-phone")
    to(page, "[name=consent_signed]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    # A refusal leads to its field.
    starts_at(page, "#f-phone")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    to(page, "main button.btn-primary")
    page.keyboard.press("Enter")
    seen(page, "本人没有智能手机")
    expect(page.locator("[data-ask=authorization]")).to_be_visible()
    assert (Account.get().level, Account.get().phone) == (4, None)


def test_lost_phone_and_renewed_card(clerk: ClerkInBrowser) -> None:
    someone, page = person("张三丰", number=33), clerk.page
    account_of(someone, level=4)
    clerk.go()
    opened(page, someone.id_number)
    to(page, "[data-act=renew]")
    page.keyboard.press("Enter")
    starts_at(page, "#f-valid_from")
    page.keyboard.insert_text("2026-06-03")
    write(page, "#f-valid_until", "2046-06-03")
    to(page, "[name=evidence_seen]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("有效期已更新")).to_be_visible()
    to(page, "[data-act=change_phone]")
    page.keyboard.press("Enter")
    starts_at(page, "#f-phone")
    page.keyboard.insert_text(make_phone(71))
    to(page, "[name=evidence_seen]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("原来的手机号已收到通知")).to_be_visible()
    assert SecondPersonRequest.get().kind == "correct_phone"


def test_ticket_is_filed(clerk: ClerkInBrowser) -> None:
    someone, page = person("张三丰", number=34), clerk.page
    account_of(someone)
    clerk.go()
    opened(page, someone.id_number)
    to(page, "[data-act=identity_dispute]")
    page.keyboard.press("Enter")
    starts_at(page, "#f-name")
    # The suspect's phone is never filled in.
    expect(page.locator("#f-phone")).to_have_value("")
    write(page, "#f-phone", make_phone(72))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tickets/"))
    assert Ticket.get().phone == make_phone(72)
