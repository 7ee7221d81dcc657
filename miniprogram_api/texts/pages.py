"""The pages of the front end and their titles."""

from pathlib import Path

import yaml

FILE = Path(__file__).with_name("pages.yaml")
ROOT = "pages/"

TITLES: dict[str, str] = {
    ROOT + path: title for path, title in yaml.safe_load(FILE.read_text(encoding="utf-8")).items()
}
"""Path → title, in the order of the file."""


def is_page(address: str) -> bool:
    """Return whether an address, with or without a query, is one of the pages."""
    return address.partition("?")[0] in TITLES
