"""The documents that a clerk ticks as seen."""

import pytest

from miniprogram_api.captures import evidence_seen
from miniprogram_api.captures.evidence_seen import Document
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import words


def test_every_document_has_a_name_and_no_name_is_left_over() -> None:
    assert [*evidence_seen.NAMES] == [*words("desk.evidence_seen")] == [*Document]
    assert evidence_seen.names(["id_card", "household_register"]) == ["居民身份证原件", "户口簿"]


@pytest.mark.parametrize("ticked", [[], ["driving_licence"], ["id_card", "driving_licence"]])
def test_a_document_must_be_ticked_and_known(ticked: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        evidence_seen.require(ticked)
    assert refused.value.reason is Reason.INVALID_INPUT
    assert refused.value.details["fields"][0]["field"] == "evidence_seen"


def test_known_documents_are_taken() -> None:
    evidence_seen.require([*Document])
