"""A real browser that keeps everything that it asked for and complained about."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

# As long as its clicks wait: five seconds are little where other tests take all cores.
expect.set_options(timeout=30_000)

DESKTOP, PHONE = (1280, 860), (390, 844)
# Whoever types before the browser put the focus where the page wants it keeps his own.
_NO_COMPLAINT = "Autofocus processing was blocked"


@dataclass
class Visit:
    """A page, the addresses that it asked for, and what it complained about."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def browsing(size: tuple[int, int] = DESKTOP) -> Iterator[Visit]:
    """An empty page of this width and height.

    Skips the test where there is no chromium, but not on CI, where a skipped test would be a lie.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("There is no chromium on this machine.")
        pytest.skip("There is no chromium on this machine.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield visit_in(browser, size)
        finally:
            browser.close()


def visit_in(browser: Browser, size: tuple[int, int] = DESKTOP) -> Visit:
    """An empty page with cookies of its own in a browser that runs."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
    visit = Visit(page)
    page.on("request", lambda request: visit.asked.append(request.url))
    page.on("console", lambda message: _note(visit, message.text))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    return visit


def _note(visit: Visit, text: str) -> None:
    if not text.startswith(_NO_COMPLAINT):
        visit.complaints.append(text)
