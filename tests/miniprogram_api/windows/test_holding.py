"""The rule that tells which acts of one clerk are held, and why."""

import pytest

from miniprogram_api.captures.evidence import Evidence, Reading
from miniprogram_api.identity.documents.id_numbers import Document
from miniprogram_api.windows.holding import LOW_COMPARISON, HeldReason, held_because

READ = Reading("R1", "张三", "11010119820107991X", "2024-06-03", "2044-06-03")
PHOTO = Evidence(photo_taken=True)
REFUSED = Evidence(reasons={"photo": "refused"})
CARD = Document.RESIDENT_CARD


@pytest.mark.parametrize(
    ("evidence", "answer", "document", "age", "denied_lately", "reason"),
    [
        (PHOTO, None, CARD, 30, False, None),
        (PHOTO, "four_elements_mismatch", CARD, 30, False, HeldReason.MISMATCH),
        (PHOTO, "identity_no_record", CARD, 30, False, HeldReason.NO_RECORD),
        (PHOTO, "identity_invalid", CARD, 30, False, HeldReason.INVALID),
        (PHOTO, None, CARD, 30, True, HeldReason.AFTER_DENIAL),
        (PHOTO, None, Document.FOREIGN_CARD, 30, False, HeldReason.FOREIGN_DOCUMENT),
        (PHOTO, None, Document.RESIDENCE_PERMIT, 30, False, None),
        (PHOTO, None, CARD, 13, False, HeldReason.MINOR),
        (PHOTO, None, CARD, 14, False, None),
        (Evidence(photo_taken=True, guardian_proof=True), None, CARD, 13, False, None),
        # Who wants no photo needs no second person where the card was read.
        (REFUSED, None, CARD, 30, False, HeldReason.NO_EVIDENCE),
        (Evidence(), None, CARD, 30, False, HeldReason.NO_EVIDENCE),
        (Evidence(reasons={"photo": "unstated"}), None, CARD, 30, False, HeldReason.NO_EVIDENCE),
        (Evidence(reading=READ), None, CARD, 30, False, None),
        (Evidence(reasons={"photo": "refused"}, reading=READ), None, CARD, 30, False, None),
        (Evidence(photo_taken=True, comparison=LOW_COMPARISON), None, CARD, 30, False, None),
        (
            Evidence(photo_taken=True, comparison=LOW_COMPARISON - 0.1),
            None,
            CARD,
            30,
            False,
            HeldReason.COMPARISON,
        ),
        # A reading is no way round the source's no.
        (
            Evidence(photo_taken=True, reading=READ),
            "identity_no_record",
            CARD,
            30,
            False,
            HeldReason.NO_RECORD,
        ),
    ],
)
def test_what_is_held(
    evidence: Evidence,
    answer: str | None,
    document: Document,
    age: int,
    denied_lately: bool,
    reason: HeldReason | None,
) -> None:
    held = held_because(evidence, answer, document, age, denied_lately=denied_lately)
    assert held is reason
