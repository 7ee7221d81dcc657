"""Which acts of one clerk are held before effect: the one place of the rule."""

from enum import StrEnum

from miniprogram_api import clock
from miniprogram_api.captures.evidence import Evidence
from miniprogram_api.desks import asking
from miniprogram_api.identity.documents import id_numbers
from miniprogram_api.identity.documents.check import GUARDIAN_AGE
from miniprogram_api.identity.documents.id_numbers import Document

LOW_COMPARISON = 60.0
"""Below it the photo of the person is unlike the photo of the chip, of 0 to 100."""


class HeldReason(StrEnum):
    """Why an act waits for a second person; the first three are the source's no."""

    MISMATCH = "four_elements_mismatch"
    NO_RECORD = "identity_no_record"
    INVALID = "identity_invalid"
    AFTER_DENIAL = "after_denial"
    """A second person denied a verification of the same person within a working day."""
    MINOR = "minor_without_proof"
    FOREIGN_DOCUMENT = "foreign_document"
    COMPARISON = "low_comparison"
    NO_EVIDENCE = "no_evidence"
    """Neither a photo of the person nor a reading of the card, with a reason or without one."""


def held_because(
    evidence: Evidence,
    source_answer: str | None,
    document: Document,
    age: int,
    *,
    denied_lately: bool = False,
) -> HeldReason | None:
    """Return why an act with this evidence is held, None when it takes effect at once.

    ``source_answer``: the word for the source's no, else None. ``age``: in full years.
    """
    if source_answer is not None:
        return HeldReason(source_answer)
    if denied_lately:
        return HeldReason.AFTER_DENIAL
    if age < GUARDIAN_AGE and not evidence.guardian_proof:
        return HeldReason.MINOR
    if document is Document.FOREIGN_CARD:
        return HeldReason.FOREIGN_DOCUMENT
    if evidence.comparison is not None and evidence.comparison < LOW_COMPARISON:
        return HeldReason.COMPARISON
    if not evidence.photo_taken and evidence.reading is None:
        return HeldReason.NO_EVIDENCE
    return None


def of_person(id_number: str, evidence: Evidence, source_answer: str | None) -> HeldReason | None:
    """Return why an act for the holder of a canonical ID number is held, None when it is not."""
    today = clock.today()
    holder = id_numbers.check(id_number, today).value
    return held_because(
        evidence,
        source_answer,
        Document.RESIDENT_CARD if holder is None else holder.document,
        GUARDIAN_AGE if holder is None else holder.age_on(today),
        denied_lately=asking.denied_lately(id_number),
    )
