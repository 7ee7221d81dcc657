"""Members of the information centre in a real browser, for scenarios.

    with browsing() as visit:
        first, second = CentreInBrowser(visit, service, member_of("centre")), CentreInBrowser(…)
        first.claim(ticket_id)
        approval = first.ask(ticket_id, "correct_phone", reason="核对户籍一致")
        second.approve(approval)

The members share the browser; each act signs in first and returns the message of the page.
"""

import re

from playwright.sync_api import Dialog, Page

from handlers.admin.frame.access import COOKIE
from miniprogram_api.staff.members import StaffMember
from tests.support.admin.browser import Visit
from tests.support.admin.staff import token_of
from tests.support.service.service import Service


class StaffInBrowser:
    """Drive the pages as a member of staff; ``page`` is the browser's."""

    def __init__(self, visit: Visit, service: Service, member: StaffMember) -> None:
        """Sign in; the process must be bound to the service's database (``tables_of``)."""
        self.page, self.member = visit.page, member
        self._base = f"{service.url}/admin"
        self._cookie = {"name": COOKIE, "value": token_of(member), "url": service.url}
        if visit.page not in _accepting:
            _accepting.append(visit.page)
            visit.page.on("dialog", Dialog.accept)

    def go(self, path: str) -> None:
        """Sign in and open the page at ``path`` below /admin."""
        self.page.context.clear_cookies()
        self.page.context.add_cookies([self._cookie | {"sameSite": "Strict", "httpOnly": True}])
        self.page.goto(self._base + path)

    def send(self, act: str, button: str = "button[type=submit]", **fields: str) -> str:
        """Submit the form in the card ``data-act`` and return the message of the page."""
        card = self.page.locator(f"[data-act={act}]")
        for name, value in fields.items():
            entry = card.locator(f"[name={name}]")
            if entry.evaluate("entry => entry.tagName") == "SELECT":
                entry.select_option(value)
            else:
                entry.fill(value)
        with self.page.expect_navigation():
            card.locator(button).first.click()
        return self.said

    @property
    def said(self) -> str:
        """Return the message at the top of the page."""
        sentences = self.page.locator("main [role=status], main [role=alert]").all_inner_texts()
        return sentences[0].strip() if sentences else ""

    @property
    def text(self) -> str:
        """Return the text of the page below its title."""
        return self.page.locator("main").inner_text()


class CentreInBrowser(StaffInBrowser):
    """Drive the pages as a member with the role ``centre``."""

    def queue(self, query: str = "") -> list[str]:
        """Return the ticket numbers of the first page of the queue; ``query``: ``whose=free``."""
        self.go(f"/centre?{query}")
        links = self.page.locator("main table a").all_inner_texts()
        return [text.rpartition("#")[2] for text in links]

    def look_at(self, ticket_id: str) -> str:
        """Return the text of the ticket's page, masked or not."""
        self.go(f"/centre/tickets/{ticket_id}")
        return self.text

    def open(self, ticket_id: str, reason: str = "follow_up") -> str:
        """Unmask another member's ticket for a preset reason and return its text."""
        self.go(f"/centre/tickets/{ticket_id}")
        self.send("opening", reason=reason)
        return self.text

    def claim(self, ticket_id: str) -> str:
        self.go(f"/centre/tickets/{ticket_id}")
        return self.send("claim")

    def act(self, ticket_id: str, name: str, **fields: str) -> str:
        """Do, or request approval of, one of ``ACTS`` of handlers.admin.centre.tickets."""
        self.go(f"/centre/tickets/{ticket_id}")
        return self.send(name, **fields)

    def ask(self, ticket_id: str, name: str, **fields: str) -> int:
        """Request approval of an act and return the request's id."""
        said = self.act(ticket_id, name, **fields)
        assert "提请已送出" in said, said
        self.go("/second-person?group=centre_acts")
        row = self.page.locator("main tbody tr", has_text=f"#{ticket_id}")
        address = row.locator("a").first.get_attribute("href") or ""
        found = re.search(r"/second-person/(\d+)$", address)
        assert found is not None, address
        return int(found[1])

    def approve(self, approval_id: int) -> str:
        """Unmask the evidence, as the page demands, and approve."""
        self._look_into(approval_id)
        return self.send("decide", "button[value=agree]")

    def refuse(self, approval_id: int, reason: str) -> str:
        self._look_into(approval_id)
        return self.send("decide", "button[value=deny]", reason=reason)

    def answer(self, ticket_id: str, reason: str) -> str:
        """End a ticket with an answer."""
        return self.act(ticket_id, "end", reason=reason)

    def reject(self, ticket_id: str, reason: str) -> str:
        self.go(f"/centre/tickets/{ticket_id}")
        return self.send("end", "button.btn-outline-danger", reason=reason)

    def _look_into(self, approval_id: int) -> None:
        self.go(f"/second-person/{approval_id}")
        if self.page.locator("[data-act=opening]").count():
            self.send("opening")


# Pages whose confirmation dialogs are accepted already.
_accepting: list[Page] = []
