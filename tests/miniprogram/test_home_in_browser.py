"""The start page of the mini program in a browser."""

from playwright.sync_api import expect

from tests.support.app import Phone
from tests.support.people.persons import person


def test_home_opens_for_visitors_and_accounts(phone: Phone) -> None:
    page = phone.open()
    expect(page).to_have_title("登记注册身份验证")

    phone.sign_in(person(number=3001), level=4)
    page = phone.open()
    expect(page.locator("#app")).not_to_be_empty()
