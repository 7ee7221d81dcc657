"""Take what a desk sends of a person: judge it, prepare and encrypt its pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from miniprogram_api.captures import pictures, readings
from miniprogram_api.captures.evidence import (
    ASKED,
    CARD_BACK,
    CARD_FRONT,
    CHIP_PHOTO,
    GUARDIAN_PROOF,
    PHOTO,
    READING,
    Evidence,
)
from miniprogram_api.captures.pictures import Taken
from miniprogram_api.captures.readings import CardReading
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.pictures import photos
from miniprogram_api.pictures.pictures import UnreadablePicture, reencoded
from miniprogram_api.services import Services
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts import invalid, words

FILES = (*ASKED, GUARDIAN_PROOF)
"""The names of the files that a desk sends."""
CHIP_READ = "chip_read"
"""The reason of a missing picture of a card whose chip was read."""
FOREIGN, OTHER_CARD = "foreign", "other_card"
"""Why a reading counts as typed."""
UNSTATED = "unstated"
"""The reason of a missing photo where the desk sent none."""
NOT_CHOSEN = (CHIP_READ, UNSTATED)
"""Reasons that no clerk chooses."""
CHIP_SIDE, CHIP_BYTES = 800, 100_000


@dataclass(frozen=True, slots=True)
class Capture:
    """What a desk sends of a person, as received."""

    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Name of a missing picture → a key of ``words("captures.reasons")``."""
    reading: str = field(default="", repr=False)
    """A reader's signed answer; empty without one."""
    agrees_to_comparison: bool = False
    """The person agreed to a comparison of photo and chip."""

    @classmethod
    def received(
        cls,
        files: Mapping[str, bytes],
        reasons: Mapping[str, str],
        reading: str,
        *,
        agrees_to_comparison: bool,
    ) -> "Capture":
        """Return what a desk sent; a photo without a reason is missing for none that was said."""
        said = {PHOTO: UNSTATED} if PHOTO not in files else {}
        return cls(files, {**said, **reasons}, reading, agrees_to_comparison)


def take(
    services: Services, member: StaffMember, capture: Capture, name: str, id_number: str
) -> Taken:
    """Return what counts of a capture for an act about this person; without effect.

    Outside of a transaction; the vendor is asked to compare only where the person agreed. Raises
    Refused: BODY_TOO_LARGE, INVALID_INPUT with every refused field.
    """
    refused = RefusedFields()
    card = None
    if capture.reading:
        card = refused.attempt(lambda: readings.read(member, capture.reading))
    is_person = card is not None and (card.reading.name, card.reading.id_number) == (
        name,
        id_number,
    )
    reading = card if card is not None and card.is_genuine and is_person else None
    reasons = _reasons(refused, capture, is_read=reading is not None)
    prepared: dict[str, bytes] = {}
    for file in FILES:
        content = capture.files.get(file)
        if content:
            picture = refused.attempt(
                lambda file=file, content=content: photos.prepared(content, file)  # type: ignore[misc]
            )
            if picture is not None:
                prepared[file] = picture
    refused.raise_if_any()
    if card is not None and reading is None:
        reasons[READING] = OTHER_CARD if card.is_genuine else FOREIGN
    chip = None if reading is None else _chip_photo(reading)
    if chip is not None:
        prepared[CHIP_PHOTO] = chip
    evidence = Evidence(
        photo_taken=PHOTO in prepared,
        card_seen=CARD_FRONT in prepared and CARD_BACK in prepared,
        reading=None if reading is None else reading.reading,
        comparison=_compared(services, capture, prepared),
        reasons=reasons,
        guardian_proof=GUARDIAN_PROOF in prepared,
    )
    sealed = {name: pictures.seal(services.settings, one) for name, one in prepared.items()}
    return Taken(evidence, sealed, None if reading is None else reading.nonce)


def _reasons(refused: RefusedFields, capture: Capture, *, is_read: bool) -> dict[str, str]:
    """Return the reasons of the missing pictures."""
    found = {}
    for name in ASKED:
        if capture.files.get(name):
            continue
        reason = capture.reasons.get(name, "")
        if not reason and is_read and name != PHOTO:
            reason = CHIP_READ
        elif reason and (reason not in words("captures.reasons") or reason == CHIP_READ):
            refused.refuse(invalid("captures.any.reason", field=name))
        if reason:
            found[name] = reason
    return found


def _compared(services: Services, capture: Capture, prepared: Mapping[str, bytes]) -> float | None:
    """Return how alike the person's photo and the chip's are; None: not compared."""
    is_wanted = services.settings.face_compare != "off" and capture.agrees_to_comparison
    if not is_wanted or not {PHOTO, CHIP_PHOTO} <= prepared.keys():
        return None
    return services.clients.face_compare.compare(prepared[CHIP_PHOTO], prepared[PHOTO])


def _chip_photo(card: CardReading) -> bytes | None:
    """Return the JPEG to store; None where the chip's photo cannot be read."""
    if card.photo is None:
        return None
    try:
        return reencoded(card.photo, CHIP_SIDE, CHIP_BYTES)
    except UnreadablePicture:
        return None
