"""Accessibility of every page in a browser, on a desk and on a phone.

Admin pages are found in the URL map and by following links.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from handlers.admin.frame.access import COOKIE, PAGES
from miniprogram_api.staff.members import StaffMember
from tests.support.admin import sample_pages
from tests.support.admin.browser import DESKTOP, PHONE, Visit, browsing
from tests.support.admin.desk import url_map
from tests.support.admin.staff import member_of, token_of
from tests.support.service.node import axe
from tests.support.service.service import Service

EVERYTHING = ("administrator", "auditor", "centre", "clerk", "editor", "operator")
# The number of arguments tried for a page with arguments.
MOST_OF_A_KIND = 1
# Files, redirections and what a script requests for a part of a page.
NO_PAGES = {
    "admin.content.check_names",
    "admin.content.entry_overlaps",
    "admin.content.export_content",
    "admin.content.export_points",
    "admin.content.export_question_set",
    "admin.content.import_overlaps",
    "admin.content.list_facts",
    "admin.content.suggest_entries",
    "admin.content.watch_roll_back",
    "admin.dashboard.dashboard_file",
    "admin.frame.show_evidence",
    "admin.ledger.export_seal",
    # Redirects, and a picture.
    "admin.second_person.find_former_approval",
    "admin.second_person.find_former_approvals",
    "admin.second_person.find_former_review",
    "admin.second_person.find_former_reviews",
    "admin.second_person.show_act_picture",
    "admin.second_person.show_matter_picture",
    "admin.system.export_audit",
    "admin.system.export_lookups",
}

LOOK = """async (hasColours) => (await axe.run(document, {
    resultTypes: ["violations"], preload: false, rules: {"color-contrast": {enabled: hasColours}},
})).violations
    .map(({id, nodes}) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" ")}`)
"""
# Scripts hear of the new width after the next frame.
LAID_OUT = "() => new Promise((go) => requestAnimationFrame(() => setTimeout(go)))"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LINKS = "[...document.querySelectorAll('a[href]')].map((link) => link.href)"


class Walk:
    """Visit the pages of a service and collect their faults."""

    def __init__(self, service: Service, visit: Visit) -> None:
        self._service, self.visit = service, visit
        visit.page.add_init_script(axe())
        self._map: MapAdapter = url_map().bind("127.0.0.1")
        self._left: list[str] = []
        self._seen: dict[str, int] = {}
        self.faults: list[str] = []

    @property
    def endpoints(self) -> set[str]:
        return set(self._seen)

    def go(self, paths: list[str]) -> None:
        """Visit these pages and the ones they link to."""
        for path in paths:
            self._note(path)
        while self._left:
            self.look_at(self._left.pop(0))

    def _note(self, path: str) -> None:
        """Queue a page, unless enough of its kind were visited."""
        try:
            endpoint, _ = self._map.match(path.partition("?")[0], method="GET")
        except HTTPException:
            return
        if endpoint in PAGES.keys() - NO_PAGES and self._seen.get(endpoint, 0) < MOST_OF_A_KIND:
            self._seen[endpoint] = self._seen.get(endpoint, 0) + 1
            self._left.append(path)

    def look_at(self, path: str) -> None:
        """Visit one page and note its faults and links."""
        page = self.visit.page
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        answer = page.goto(self._service.url + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        self.faults += [f"{path}: {fault}" for fault in page.evaluate(LOOK, True)]
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.evaluate(LAID_OUT)
        # Colours do not depend on the width.
        self.faults += [f"{path}, phone: {fault}" for fault in page.evaluate(LOOK, False)]
        if page.evaluate(TOO_WIDE) > 0:
            self.faults.append(f"{path}: wider than a phone")
        for link in page.evaluate(LINKS):
            parts = urlsplit(link)
            if parts.netloc == urlsplit(self._service.url).netloc:
                self._note(parts._replace(scheme="", netloc="", fragment="").geturl())
        self.faults += [f"{path}: {said}" for said in self.visit.complaints]
        self.faults += [
            f"{path}: asked {url}"
            for url in self.visit.asked
            if not url.startswith((f"{self._service.url}/", "data:"))
        ]
        self.visit.complaints.clear()
        self.visit.asked.clear()


@pytest.fixture
def walk(desk_service: Service) -> Iterator[Walk]:
    with browsing() as visit:
        yield Walk(desk_service, visit)


def sign_in_with_all_roles(page: Page, service: Service) -> StaffMember:
    """Sign in with every role."""
    member = member_of(*EVERYTHING, name="孙编辑")
    cookie = {"name": COOKIE, "value": token_of(member), "url": service.url}
    page.context.add_cookies([cookie | {"sameSite": "Strict", "httpOnly": True}])
    return member


def signed_in_pages() -> set[str]:
    """Return the endpoints that show a page to a member."""
    return {
        rule.endpoint
        for rule in url_map().iter_rules()
        if rule.endpoint in PAGES
        and not PAGES[rule.endpoint].public
        and "GET" in (rule.methods or ())
    }


def without_arguments() -> list[str]:
    """Return the addresses of signed-in pages without arguments."""
    return sorted(
        rule.rule
        for rule in url_map().iter_rules()
        if rule.endpoint in PAGES
        and not PAGES[rule.endpoint].public
        and "GET" in (rule.methods or ())
        and not rule.arguments
    )


# Some hundred pages, after the start of the service.
@pytest.mark.timeout(900)
def test_every_page_is_accessible(desk_service: Service, walk: Walk) -> None:
    member = sign_in_with_all_roles(walk.visit.page, desk_service)
    walk.go([*sample_pages.fill(desk_service, member), *without_arguments()])
    assert not walk.faults, "\n".join(walk.faults)
    assert signed_in_pages() - walk.endpoints == NO_PAGES


def test_pages_before_signing_in_are_accessible(desk_service: Service, walk: Walk) -> None:
    walk.go(["/admin/sign-in"])
    for path in ("/", "/docs", "/verify"):
        walk.look_at(path)
    assert not walk.faults, "\n".join(walk.faults)
