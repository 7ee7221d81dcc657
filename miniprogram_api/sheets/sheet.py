"""What is drawn on a sheet, and on a slip of checked names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Value = str | bytes
"""Text, or a picture."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One decision of a person for one or several posts."""

    roles: tuple[str, ...]
    at: datetime
    way: str
    source_number: str
    code: str
    """Grouped, as it is printed."""
    address: str
    """Of the page that verifies the code; drawn as a QR code."""
    photo: bytes | None = None
    signature: bytes | None = None
    no_photo: str = ""
    """Why there is no portrait, as a sentence of the sheet."""
    no_signature: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One person of a matter with all posts, or one post."""

    company: str
    declared_on: date
    kind: str
    name: str
    document_type: str
    document_number: str
    phone: str
    confirmations: tuple[Confirmation, ...]
    guardians: tuple[str, ...] = ()
    """Those of a minor, each as a sentence of the sheet."""


@dataclass(frozen=True, slots=True)
class NameSlip:
    """What a slip says.

    ``code``: grouped, as it is printed. ``library_date``: ``YYYY-MM-DD``, None without a register.
    ``names``: each ``{"name", "result", "parts", "findings", "frees"}``, as the check answered.
    """

    code: str
    made_at: datetime
    scope: str
    library_date: str | None
    rules_version: str
    note: str
    names: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A PDF, and the code points for which the fonts have no glyph."""

    pdf: bytes
    missing: frozenset[int]
