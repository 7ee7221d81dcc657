"""Fixtures: one service and one browser per process, cleared for each scenario."""

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser

from miniprogram_api.staff.members import StaffMember
from tests.support.admin.browser import PHONE, Visit, browsing, visit_in
from tests.support.admin.centre_pages import CentreInBrowser
from tests.support.admin.clerks import ClerkInBrowser
from tests.support.admin.staff import member_of
from tests.support.people.accounts import tables_of
from tests.support.service.service import Service


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsing() as visit:
        assert visit.page.context.browser is not None
        yield visit.page.context.browser


@pytest.fixture
def visits(browser: Browser, service: Service) -> Iterator[list[Visit]]:
    """Open pages that must make no foreign request and no complaint."""
    opened: list[Visit] = []
    yield opened
    for visit in opened:
        visit.page.close()
        assert [
            url for url in visit.asked if not url.startswith((service.url, "data:", "blob:"))
        ] == []
        # Browsers report a returned form as a failed resource.
        assert [said for said in visit.complaints if "422" not in said] == []


@pytest.fixture
def centre(
    browser: Browser, visits: list[Visit], service: Service
) -> tuple[CentreInBrowser, CentreInBrowser]:
    """Sign in two members of the information centre on a large screen."""
    visits.append(visit_in(browser))
    with tables_of(service):
        return (
            CentreInBrowser(visits[-1], service, member_of("centre", name="李工")),
            CentreInBrowser(visits[-1], service, member_of("centre", name="钱工")),
        )


class Counter(ClerkInBrowser):
    """Drive a window with one phone and two clerks, the first signed in."""

    def __init__(self, visit: Visit, service: Service) -> None:
        super().__init__(visit.page, service)
        self._tables = partial(tables_of, service)
        with self._tables():
            self._second: StaffMember = member_of("clerk")
            self.sign_in(member_of("clerk"))

    def sign_in_second_clerk(self) -> None:
        with self._tables():
            self.sign_in(self._second)


@pytest.fixture
def window(browser: Browser, visits: list[Visit], service: Service) -> Counter:
    """Create a window with two clerks."""
    visits.append(visit_in(browser, PHONE))
    return Counter(visits[-1], service)
