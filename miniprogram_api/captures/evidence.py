"""The evidence of one act at a desk, as it is stored with what a second person decides."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from models.second_person import SecondPersonRequest

PHOTO, CARD_FRONT, CARD_BACK = "photo", "card_front", "card_back"
GUARDIAN_PROOF = "guardian_proof"
READING = "reading"
"""In ``Evidence.reasons``: why a reading counts as typed."""
CHIP_PHOTO = "chip_photo"
"""The photo that a card reader read from the chip."""
ASKED = (PHOTO, CARD_FRONT, CARD_BACK)
"""The pictures of every act; each may be replaced by a reason."""
PICTURES = (PHOTO, CHIP_PHOTO, CARD_FRONT, CARD_BACK, GUARDIAN_PROOF)
"""In the order of a page."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A genuine reading of the person's card, by a registered reader over the service's nonce."""

    serial: str
    """The reader's."""
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of the person; the defaults mean nothing."""

    photo_taken: bool = False
    card_seen: bool = False
    """Both sides of the card were photographed."""
    reading: Reading | None = None
    """None: the card was typed."""
    comparison: float | None = None
    """How much the person's photo is like the chip's, 0 to 100; None: not compared."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Name of a missing picture → a key of ``words("captures.reasons")``; ``reading`` → a key of
    ``words("captures.readings")``: a reading was sent that counts as typed."""
    guardian_proof: bool = False
    """A paper that proves the guardianship was photographed."""

    def stored(self) -> str:
        """Return it as JSON for the encrypted column."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, stored: str) -> "Evidence":
        """Return what ``stored`` gave."""
        content: dict[str, Any] = json.loads(stored)
        reading = content.pop("reading")
        return cls(reading=None if reading is None else Reading(**reading), **content)


def of(request: SecondPersonRequest) -> Evidence:
    """Return the evidence of an act; of one from before pictures were taken: nothing seen."""
    return Evidence() if request.evidence is None else Evidence.read(request.evidence)
