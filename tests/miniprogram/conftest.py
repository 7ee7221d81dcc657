"""Fixtures for the mini program: the built programs, and phones that show it in Chromium."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support import app
from tests.support.app import Phone
from tests.support.chromium import chromium
from tests.support.service.service import Service


@pytest.fixture(scope="session")
def built_app() -> None:
    """Build the program for browsers, unless it is up to date."""
    app.build("h5")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def make_phone(
    built_app: None, service: Service, browser: Browser
) -> Iterator[Callable[..., Phone]]:
    """Return a function that takes another phone; all must end without complaints."""
    phones: list[Phone] = []

    def make(**options: Any) -> Phone:
        phones.append(Phone(service, browser, **options))
        return phones[-1]

    yield make
    for phone in phones:
        phone.close()


@pytest.fixture
def phone(make_phone: Callable[..., Phone]) -> Phone:
    """Return a phone of 390 x 844 pixels that has not opened the program yet."""
    return make_phone()
