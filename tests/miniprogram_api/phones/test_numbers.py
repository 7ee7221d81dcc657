"""Mobile numbers: their form and the ranges in use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.identity.documents.findings import Finding
from miniprogram_api.phones import numbers as phone_numbers

ASSIGNED = (
    *range(130, 140),
    *(145, 147, 149, 150, 151, 152, 153, 155, 156, 157, 158, 159, 162, 165, 166, 167),
    *(170, 171, 172, 173, 175, 176, 177, 178),
    *range(180, 194),
    *range(195, 200),
)


def finding_code(raw: str | None) -> str:
    result = phone_numbers.normalise(raw)
    assert isinstance(result, Finding)
    assert result.field == "phone"
    assert result.case is None
    return result.code


@pytest.mark.parametrize(
    "typed",
    [
        "13800138001",
        "+86 138 0013 8001",
        "0086-138-0013-8001",
        "8613800138001",
        "１３８００１３８００１",
        "\u202d138\u00a000138001\u202c",
    ],
)
def test_valid_numbers_are_accepted(typed: str) -> None:
    assert phone_numbers.normalise(typed) == "13800138001"


def test_segments() -> None:
    for segment in range(100, 200):
        result = phone_numbers.normalise(f"{segment}00138001")
        if segment in ASSIGNED:
            assert result == f"{segment}00138001"
            assert phone_numbers.segment(result) == str(segment)
        else:
            assert isinstance(result, Finding)
            assert result.code == "phone_unassigned"
            assert str(segment) in result.message


def test_199_is_a_mobile_number() -> None:
    assert phone_numbers.normalise("19900138001") == "19900138001"


def test_listed_new_segment_is_accepted() -> None:
    assert phone_numbers.normalise("19400138001", {"194"}) == "19400138001"
    assert isinstance(phone_numbers.normalise("15400138001", {"194"}), Finding)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (None, "phone_missing"),
        ("", "phone_missing"),
        (" -\u200b", "phone_missing"),
        ("1380013800", "phone_not_mobile"),
        ("138001380011", "phone_not_mobile"),
        ("01088886666", "phone_not_mobile"),
        ("12345", "phone_not_mobile"),
        ("8613800138", "phone_not_mobile"),
        ("1380013800a", "phone_not_mobile"),
        ("1380013800\x00", "phone_not_mobile"),
        ("\u0661\u0663\u0668" + "0" * 8, "phone_not_mobile"),
        ("张三", "phone_not_mobile"),
        ("1" * 1_000_000, "phone_not_mobile"),
        (" " * 1_000_000, "phone_not_mobile"),
        ("1410012345678", "phone_internet_of_things"),
        ("1440012345678", "phone_internet_of_things"),
        ("+86 1440012345678", "phone_internet_of_things"),
        ("1064812345678", "phone_internet_of_things"),
        ("+852 9123 4567", "phone_foreign"),
        ("0085291234567", "phone_foreign"),
        ("+1 202 555 0100", "phone_foreign"),
        ("15400138001", "phone_unassigned"),
        ("14100138001", "phone_unassigned"),
    ],
)
def test_invalid_numbers_are_refused(typed: str | None, code: str) -> None:
    assert finding_code(typed) == code


@given(
    st.one_of(st.text(st.characters()), st.text("0123456789+-() １", max_size=20)),
)
def test_every_text_is_a_number_or_a_finding(text: str) -> None:
    result = phone_numbers.normalise(text)
    if isinstance(result, str):
        assert phone_numbers.normalise(result) == result
        assert phone_numbers.normalise(f"+86{result}") == result
    else:
        result.message.encode("utf-8")
