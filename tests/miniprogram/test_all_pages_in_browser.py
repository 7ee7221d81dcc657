"""Every page of the mini program in elder mode on the narrowest phone, with and without account."""

from collections.abc import Callable

import pytest
import yaml
from playwright.sync_api import Page, Request, expect

from tests.support.app import ELDER, Phone
from tests.support.matters.systems import matter_body, person_body, system_of
from tests.support.people.persons import person
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import Service

LIST = REPOSITORY / "miniprogram_api" / "texts" / "pages.yaml"
TITLES: dict[str, str] = yaml.safe_load(LIST.read_text(encoding="utf-8"))
# How high a button must be, by the mode.
TARGETS = {"elder": 60, "standard": 44}

_FAULTS = """(target) => {
    const shown = (part) => part.offsetParent !== null && !part.closest(".unseen")
    const said = (part) => (part.innerText || part.ariaLabel || part.outerHTML).slice(0, 40)
    const all = (selector) => [...document.querySelectorAll(selector)].filter(shown)
    const box = (part) => part.getBoundingClientRect()
    return [
        ...all("button, a, [role=button], [role=link], label.app-button, label.tick, select")
            .filter((part) => box(part).height < target)
            .map((part) => `small: ${said(part)}`),
        ...all(".page *")
            .filter((part) => box(part).right > innerWidth + 1 || box(part).left < -1)
            .map((part) => `wide: ${said(part)}`),
        ...(all(".app-button.primary").length > 1 ? ["several primary buttons"] : []),
    ]
}"""


class Walk:
    """Open pages and note what is wrong with each."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.faults: dict[str, list[str]] = {}
        self._pending: set[Request] = set()
        phone.page.on("request", lambda request: self._pending.add(request))
        for ended in ("requestfinished", "requestfailed"):
            phone.page.on(ended, lambda request: self._pending.discard(request))

    def visit(self, address: str, title: str, **query: str) -> Page:
        """Open a page, wait until it has all that it asks for, and look at it."""
        page = self.phone.open(f"pages/{address}", **query)
        expect(page).to_have_title(title)
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text(title)
        # A screen reader reads the new page, not the link that led to it.
        expect(heading).to_be_focused()
        expect(page.locator(".page.elder")).to_have_count(1)
        page.wait_for_timeout(50)
        while self._pending:
            page.wait_for_timeout(20)
        for mode, target in TARGETS.items():
            page.evaluate(ELDER, mode == "elder")
            self.note(address, *(f"{mode}: {fault}" for fault in page.evaluate(_FAULTS, target)))
        return page

    def note(self, address: str, *faults: str) -> None:
        if faults:
            self.faults.setdefault(address, []).extend(faults)


@pytest.fixture
def walk(make_phone: Callable[..., Phone]) -> Walk:
    """Return a walk on the narrowest phone, in elder mode."""
    phone = make_phone(viewport={"width": 320, "height": 640})
    phone.store("elder", "yes")
    return Walk(phone)


def test_visitor_reaches_every_page(walk: Walk) -> None:
    for address, title in TITLES.items():
        walk.visit(address, title)
    assert walk.faults == {}


def test_verified_person_reaches_every_page_without_refusals(walk: Walk, service: Service) -> None:
    someone = person(number=4901)
    made = system_of(service).call("POST", "/matters", matter_body(person_body(someone)))
    queries = {"matters/confirm": {"id": made.json()["data"]["matter_id"]}}
    walk.phone.sign_in(someone, level=4, verified_by="face")
    for address, title in TITLES.items():
        page = walk.visit(address, title, **queries.get(address, {}))
        walk.note(address, *page.locator("[data-refusal]").all_inner_texts())
    assert walk.faults == {}
