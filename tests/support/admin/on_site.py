"""What a clerk records of a person at the window: the card seen and a photo taken."""

from collections.abc import Sequence

from miniprogram_api.captures.evidence import Evidence
from miniprogram_api.captures.pictures import Taken
from miniprogram_api.windows.verifications import OnSite

PHOTO = Evidence(photo_taken=True, card_seen=True)


def on_site(
    evidence_seen: Sequence[str], reason: str, place: str = "", evidence: Evidence = PHOTO
) -> OnSite:
    """Return the record with what was captured, by default photos."""
    return OnSite(evidence_seen, reason, place, Taken(evidence))
