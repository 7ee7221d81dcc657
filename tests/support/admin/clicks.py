"""Acts on a page with the clicks counted."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Dialog, Locator, Page

# Checks are slow on a busy machine.
PATIENCE = 60_000


class Clicks:
    """Count clicks: a choice from a list or of a file is two, a confirmation is one."""

    def __init__(self, page: Page, within: str = "body") -> None:
        self.count = 0
        self._page, self._place = page, page.locator(within)
        page.on("dialog", self._accept)

    def end(self) -> int:
        """Stop accepting confirmations; return the count."""
        self._page.remove_listener("dialog", self._accept)
        return self.count

    def on(self, role: Any, name: str | re.Pattern[str]) -> None:
        """Click the first button, link or field of this name."""
        self.at(self._place.get_by_role(role, name=name, exact=True).first)

    def at(self, place: Locator) -> None:
        """Click a place."""
        place.click(timeout=PATIENCE)
        self.count += 1

    def into(self, field: str, text: str) -> None:
        """Click a field and type at its end."""
        self.at(self._page.locator(field))
        self._page.keyboard.press("Control+End")
        self._page.keyboard.insert_text(text)

    def choose(self, field: str, value: str) -> None:
        """Choose from a list."""
        self._page.locator(field).select_option(value)
        self.count += 2

    def files(self, field: str, files: Sequence[Path]) -> None:
        """Choose files."""
        with self._page.expect_file_chooser() as chooser:
            self._page.locator(field).click()
        chooser.value.set_files(files)
        self.count += 2

    def _accept(self, dialog: Dialog) -> None:
        self.count += 1
        dialog.accept()
