"""The carrier of a phone, by its first digits."""

from functools import cache
from pathlib import Path

import yaml

OTHER = "other"
_LIST = Path(__file__).with_name("carriers.yaml")


def of_phone(phone: str) -> str:
    """Return the carrier of a canonical phone: ``mobile``, ``unicom``, …, or OTHER."""
    return _carriers().get(phone[:4]) or _carriers().get(phone[:3]) or OTHER


@cache
def _carriers() -> dict[str, str]:
    """Return first digits → carrier."""
    listed: dict[str, list[int]] = yaml.safe_load(_LIST.read_text("utf-8"))
    return {str(digits): carrier for carrier, all_digits in listed.items() for digits in all_digits}
