"""The table of findings: codes, sentences and cases."""

import re
from string import Formatter
from typing import Any

import pytest

from miniprogram_api.identity.documents.findings import Kind, Severity

LONGEST_VALUES: dict[str, Any] = {
    "position": 400,
    "letter": "Ｗ",
    "length": 10_000_000,
    "expected": "2034-03-27",
    "until": "2034-03-27",
    "word": "经营部",
    "segment": "154",
}
FIELDS = ["name", "id_number", "valid_from", "valid_until", "phone"]
EVERY_KIND = pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.code)


@EVERY_KIND
def test_codes_are_snake_case_and_begin_with_their_field(kind: Kind) -> None:
    assert kind.field_name in FIELDS
    assert re.fullmatch(f"{kind.field_name}_[a-z0-9_]+", kind.code)


@EVERY_KIND
def test_sentences_are_complete_and_at_most_60_characters(kind: Kind) -> None:
    names = [name for _, name, _, _ in Formatter().parse(kind.sentence) if name]
    message = kind.finding(**{name: LONGEST_VALUES[name] for name in names}).message
    assert len(message) <= 60
    assert message.endswith("。")
    assert "{" not in message
    assert re.search("请|可", message), "it says what to do next"


@EVERY_KIND
def test_cases(kind: Kind) -> None:
    if kind is Kind.PHONE_RANGE_UNSUPPORTED:
        assert kind.case == 2
    elif kind.field_name == "phone" or kind is Kind.ID_NUMBER_DISPUTED:
        assert kind.case is None
    elif "LONG_TERM" in kind.name:
        assert kind.case == 14
    else:
        assert kind.case in {4, 13}


def test_sentences_of_findings_are_unique() -> None:
    assert len({kind.sentence for kind in Kind}) == len(Kind)


def test_finding_has_its_kind() -> None:
    finding = Kind.NAME_DIGIT.finding(position=3, case=13)
    assert finding.kind is Kind.NAME_DIGIT
    assert (finding.field, finding.code, finding.case) == ("name", "name_digit", 13)
    assert finding.message == "姓名第3个字是数字，请按证件上的姓名改好。"
    assert finding.suggestion is None
    assert not finding.leads_to_window


def test_only_certain_findings_lead_to_a_window() -> None:
    assert {(kind.code, kind.severity) for kind in Kind if kind.leads_to_window} == {
        ("id_number_foreign_card", Severity.REFUSAL),
        ("id_number_travel_document", Severity.REFUSAL),
        ("id_number_under_14", Severity.REFUSAL),
        ("id_number_foreign_resident", Severity.WARNING),
        ("valid_until_temporary_card", Severity.REFUSAL),
    }
    # Their sentences are told by the code alone.
    assert not any("{" in kind.sentence for kind in Kind if kind.leads_to_window)


def test_findings_keep_personal_data_out_of_logs() -> None:
    finding = Kind.NAME_SPACE.finding(suggestion="阿里·买买提")
    assert "阿里" not in repr(finding)
    assert finding.message not in repr(finding)
