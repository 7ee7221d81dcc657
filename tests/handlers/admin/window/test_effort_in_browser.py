"""What acts of a clerk's day cost, counted in the browser; the table is docs/clerks_day.md."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.admin.browser import Visit, browsing
from tests.support.admin.clerks import ClerkInBrowser
from tests.support.admin.effort import CLICK, PICTURE, Cost, Effort
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import synced_account
from tests.support.service.service import Service

SCREEN = (1366, 768)
TWO_MINUTES = 120


@pytest.fixture(scope="module")
def browser() -> Iterator[Visit]:
    with browsing(SCREEN) as visit:
        yield visit


@pytest.fixture(scope="module")
def effort(browser: Visit) -> Effort:
    return Effort(browser.page)


@pytest.fixture
def clerk(browser: Visit, desk_service: Service) -> ClerkInBrowser:
    working = ClerkInBrowser(browser.page, desk_service)
    working.sign_in(member_of("clerk"))
    working.go()
    return working


def require(cost: Cost, clicks: int, fields: int) -> None:
    """Fail when an act costs more than this without its pictures."""
    print(cost)
    assert cost.clicks - cost.pictures <= clicks, cost
    assert cost.fields <= fields, cost


def require_two_minutes(cost: Cost) -> None:
    """Fail when the act takes longer with a photo of the person and of both sides of the card."""
    without = cost.seconds - cost.pictures * (CLICK + PICTURE)
    assert without + 3 * (CLICK + PICTURE) <= TWO_MINUTES, cost


def print_receipt(clerk: ClerkInBrowser) -> None:
    clerk.page.get_by_role("link", name="打印回执").click()
    # It opens the browser's own window of printing by itself.
    expect(clerk.page.locator("[data-print-now]")).to_be_visible()


def test_verification_from_greeting_to_printed_receipt(
    clerk: ClerkInBrowser, effort: Effort
) -> None:
    someone = person("张三丰", number=61)
    account_of(someone)
    clerk.go()
    effort.begin()
    clerk.find(someone.id_number)
    clerk.open()
    clerk.verify("多次刷脸未通过")
    print_receipt(clerk)
    cost = effort.cost()
    require(cost, 8, 3)
    require_two_minutes(cost)


def test_registration_of_an_old_person_from_greeting_to_printed_receipt(
    clerk: ClerkInBrowser, effort: Effort
) -> None:
    someone = person("王奶奶", number=62)
    clerk.go("/registrations")
    effort.begin()
    clerk.fill_identity(someone)
    clerk.fill_contact(None)
    clerk.see_papers("本人没有智能手机")
    print_receipt(clerk)
    cost = effort.cost()
    require(cost, 10, 6)
    require_two_minutes(cost)


def test_registration_with_a_relatives_phone(clerk: ClerkInBrowser, effort: Effort) -> None:
    clerk.go("/registrations")
    effort.begin()
    clerk.register(person("王大爷", number=63), code_to_relative=make_phone(93))
    require(effort.cost(), 12, 8)


def test_activation(clerk: ClerkInBrowser, effort: Effort) -> None:
    someone = person("赵六", number=64)
    synced_account(someone)
    clerk.go("/registrations")
    effort.begin()
    clerk.register(someone)
    require(effort.cost(), 10, 7)


def test_ticket_to_the_centre(clerk: ClerkInBrowser, effort: Effort) -> None:
    someone = person("张三丰", number=65)
    account_of(someone)
    clerk.go()
    effort.begin()
    clerk.find(someone.id_number)
    clerk.open()
    clerk.file_ticket("phone_change", phone=make_phone(94))
    require(effort.cost(), 4, 2)
