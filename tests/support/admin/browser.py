"""A real browser that records requests and complaints."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import chromium

# The time-out of clicks: five seconds are short while other tests use all cores.
expect.set_options(timeout=30_000)

DESKTOP, PHONE = (1280, 860), (390, 844)
# A user who types before the page sets the focus keeps it.
_NO_COMPLAINT = "Autofocus processing was blocked"


@dataclass
class Visit:
    """Hold a page, the addresses that it requested and its complaints."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def browsing(size: tuple[int, int] = DESKTOP) -> Iterator[Visit]:
    """Open an empty page of this width and height.

    Skips the test without chromium, except on CI.
    """
    with chromium() as browser:
        yield visit_in(browser, size)


def visit_in(
    browser: Browser, size: tuple[int, int] = DESKTOP, *, ignore_https_errors: bool = False
) -> Visit:
    """Open an empty page with its own cookies in a running browser."""
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        ignore_https_errors=ignore_https_errors,
    )
    visit = Visit(page)
    page.on("request", lambda request: visit.asked.append(request.url))
    page.on("console", lambda message: _note(visit, message.text))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    return visit


def _note(visit: Visit, text: str) -> None:
    if not text.startswith(_NO_COMPLAINT):
        visit.complaints.append(text)
