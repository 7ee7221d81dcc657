"""Accessibility of every admin page in a browser; pages are found by following links."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from handlers.admin.frame.access import COOKIE, PAGES
from tests.support.admin.browser import DESKTOP, PHONE, Visit, browsing
from tests.support.admin.desk import url_map
from tests.support.admin.staff import member_of, token_of
from tests.support.service.node import axe
from tests.support.service.service import Service

EVERYTHING = ("administrator", "auditor", "centre", "clerk", "editor", "operator")
# The number of arguments tried for a page with arguments.
MOST_OF_A_KIND = 1
GRAVE = ("serious", "critical")

LOOK = f"""async () => (await axe.run(document, {{
    resultTypes: ["violations"], preload: false,
}})).violations
    .filter((found) => {list(GRAVE)}.includes(found.impact))
    .map(({{id, nodes}}) => `${{id}}: ${{nodes.map((node) => node.html).slice(0, 3).join(" ")}}`)
"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LINKS = "[...document.querySelectorAll('a[href]')].map((link) => link.href)"


class Walk:
    """Visit the pages of a service and collect their faults."""

    def __init__(self, service: Service, visit: Visit) -> None:
        self._service, self.visit = service, visit
        self._axe = axe()
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
            self._look_at(self._left.pop(0))

    def _note(self, path: str) -> None:
        """Queue a page, unless enough of its kind were visited."""
        try:
            endpoint, _ = self._map.match(path.partition("?")[0], method="GET")
        except HTTPException:
            return
        if endpoint in PAGES and self._seen.get(endpoint, 0) < MOST_OF_A_KIND:
            self._seen[endpoint] = self._seen.get(endpoint, 0) + 1
            self._left.append(path)

    def _look_at(self, path: str) -> None:
        page = self.visit.page
        if not self._is_whole_page(path):
            return
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        answer = page.goto(self._service.url + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        page.evaluate(self._axe)
        self.faults += [f"{path}: {fault}" for fault in page.evaluate(LOOK)]
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
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

    def _is_whole_page(self, path: str) -> bool:
        """Return whether it is a page, not a file or an htmx fragment."""
        answer = self.visit.page.request.get(self._service.url + path)
        kind = answer.headers.get("content-type", "")
        return "text/html" in kind and answer.text().lstrip().startswith("<!doctype")


@pytest.fixture
def walk(desk_service: Service) -> Iterator[Walk]:
    with browsing() as visit:
        yield Walk(desk_service, visit)


def sign_in_with_all_roles(page: Page, service: Service) -> None:
    """Sign in with every role."""
    cookie = {"name": COOKIE, "value": token_of(member_of(*EVERYTHING)), "url": service.url}
    page.context.add_cookies([cookie | {"sameSite": "Strict", "httpOnly": True}])


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


# Some forty pages, after the start of the service.
@pytest.mark.timeout(300)
def test_every_page_is_accessible(desk_service: Service, walk: Walk) -> None:
    token = desk_service.wechat_login()
    asked = {"kind": "other", "description": "请帮我看看账号。"}
    assert desk_service.post("/tickets", token=token, json=asked).ok
    for question in ("推荐一部好看的电影", "推荐一部好看的电影吧"):
        assert desk_service.post("/faq/ask", json={"question": question}).ok
    sign_in_with_all_roles(walk.visit.page, desk_service)
    walk.go(without_arguments())
    assert not walk.faults, "\n".join(walk.faults)
    # The walk found more pages than it began with.
    assert {
        "admin.content.edit_entry",
        "admin.system.edit_staff",
        "admin.content.entry_history",
        "admin.content.show_inbox",
    } <= walk.endpoints


def test_sign_in_pages_are_accessible(walk: Walk) -> None:
    walk.go(["/admin/sign-in"])
    assert not walk.faults, "\n".join(walk.faults)
