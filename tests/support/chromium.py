"""The Chromium of this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

# The first has no windows and needs less than half of the CPU time.
NAMES = ("chromium-headless-shell", "chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the one browser of this process; close what was opened in it meanwhile.

    Skips without Chromium, except on CI.
    """
    browser = _browser()
    before = browser.contexts
    try:
        yield browser
    finally:
        for context in browser.contexts:
            if context not in before:
                context.close()


def stop() -> None:
    """End the browser, if it runs."""
    if _browser.cache_info().currsize:
        _browser().close()
        _playwright().stop()


@cache
def _playwright() -> Playwright:
    return sync_playwright().start()


@cache
def _browser() -> Browser:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("There is no chromium on this machine.")
        pytest.skip("There is no chromium on this machine.")
    return _playwright().chromium.launch(
        executable_path=path,
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )
