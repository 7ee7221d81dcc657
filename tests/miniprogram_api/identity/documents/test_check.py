"""The local check of all four elements."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.identity.documents.check import Check, IdentityElements, check
from miniprogram_api.identity.documents.findings import Severity
from tests.support.people.persons import make_id_number, person

TODAY = date(2026, 11, 24)
ZHANG = person("张三", birth=date(1990, 3, 7))


def checked(**changes: str | None) -> Check:
    return check(**{**ZHANG.four_elements, **changes}, today=TODAY)


def codes(result: Check) -> tuple[list[str], list[str]]:
    return [f.code for f in result.refusals], [f.code for f in result.warnings]


def test_valid_person_has_no_findings() -> None:
    result = checked()
    assert result.elements == IdentityElements(
        "张三", ZHANG.id_number, ZHANG.valid_from, ZHANG.valid_until
    )
    assert codes(result) == ([], [])
    assert not result.elements.long_term
    assert not result.needs_guardian
    assert not result.needs_window


@pytest.mark.parametrize("number", range(0, 100_000, 9_973))
def test_test_people_are_valid(number: int) -> None:
    someone = person("李四", number=number)
    assert check(**someone.four_elements, today=TODAY).elements is not None
    assert codes(check(**someone.four_elements, today=TODAY)) == ([], [])


def test_everything_is_normalised() -> None:
    elder = person(birth=date(1950, 1, 31), sequence=998)
    result = check(
        " 阿里•买买提 ",
        elder.id_number.translate({ord(str(d)): 0xFF10 + d for d in range(10)}),
        "2024年6月3日",
        "長期",
        TODAY,
    )
    assert codes(result) == ([], [])
    assert result.elements == IdentityElements(
        "阿里·买买提", elder.id_number, date(2024, 6, 3), None
    )
    assert result.elements.long_term


def test_all_fields_may_be_wrong_at_once() -> None:
    result = check("", None, "x", "y", TODAY)
    assert result.elements is None
    assert [finding.field for finding in result.refusals] == [
        "name",
        "id_number",
        "valid_from",
        "valid_until",
    ]
    assert not result.needs_window


def test_warnings_are_confirmed_by_code() -> None:
    result = checked(name="阿里 买买提", valid_until="长期")
    assert result.elements is not None
    assert codes(result) == ([], ["name_space", "valid_until_long_term_unlikely"])
    assert result.unconfirmed([]) == result.warnings
    assert [f.code for f in result.unconfirmed(["name_space", "other"])] == [
        "valid_until_long_term_unlikely"
    ]
    assert result.unconfirmed({"name_space", "valid_until_long_term_unlikely"}) == []
    assert checked(name="阿里 买买提", valid_until="长期") == result


def test_warnings_are_returned_with_refusals() -> None:
    result = checked(name="张", id_number="1")
    assert codes(result) == (["id_number_length"], ["name_single_character"])


@pytest.mark.parametrize(
    ("birth", "needs_guardian"), [(date(2012, 11, 24), False), (date(2012, 11, 25), True)]
)
def test_person_under_14_needs_a_guardian(birth: date, needs_guardian: bool) -> None:
    child = person("王小", birth=birth)
    result = check(**child.four_elements, today=TODAY)
    assert result.needs_guardian is needs_guardian
    assert result.needs_window is needs_guardian
    assert (result.elements is None) is needs_guardian
    assert codes(result) == (["id_number_under_14"] if needs_guardian else [], [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id_number": "CAN310012345678"}, "id_number_foreign_card"),
        ({"id_number": "H12345678"}, "id_number_travel_document"),
        (
            {"valid_from": "2026-10-15", "valid_until": "2027-01-15"},
            "valid_until_temporary_card",
        ),
    ],
)
def test_documents_unsupported_by_the_source_are_refused(
    changes: dict[str, str], code: str
) -> None:
    result = checked(**changes)
    assert result.needs_window
    assert code in [finding.code for finding in result.refusals if finding.leads_to_window]


def test_new_numbers_of_foreigners_pass_with_a_warning() -> None:
    number = make_id_number(date(1981, 8, 3), area="911124")
    result = check("ZHANG, SAN", number, "2024-06-03", "2034-06-03", TODAY)
    assert result.elements is not None
    assert codes(result) == ([], ["id_number_foreign_resident"])
    assert not result.needs_window


def test_personal_data_stays_out_of_logs() -> None:
    shown = repr(checked()) + repr(
        checked(name="阿里 买买提", id_number=ZHANG.id_number[:17] + "9")
    )
    assert "张三" not in shown
    assert "阿里" not in shown
    assert ZHANG.id_number[:17] not in shown


ABSURD = st.one_of(
    st.none(),
    st.text(st.characters()),
    st.sampled_from(
        [
            *ZHANG.four_elements.values(),
            "长期",
            "\x00",
            "\ud800",
            "😀" * 1000,
            "9" * 5000,
            "٠١٢",
            "' OR 1=1 --",
            "阿里 买买提",
        ]
    ),
)


@given(ABSURD, ABSURD, ABSURD, ABSURD)
def test_any_input_gives_elements_or_refusals(
    name: str | None, id_number: str | None, valid_from: str | None, valid_until: str | None
) -> None:
    result = check(name, id_number, valid_from, valid_until, TODAY)
    assert (result.elements is None) == bool(result.refusals)
    fields = [finding.field for finding in result.refusals]
    assert len(fields) == len(set(fields))
    assert all(f.kind.severity is Severity.REFUSAL for f in result.refusals)
    assert all(f.kind.severity is Severity.WARNING for f in result.warnings)
    assert len({f.code for f in result.warnings}) == len(result.warnings)
    for finding in [*result.refusals, *result.warnings]:
        assert len(finding.message) <= 60
        (finding.message + (finding.suggestion or "")).encode("utf-8")


@pytest.mark.parametrize(
    "character", ["张", "1", " ", "·", ".", "\u200b", "-", "x", "\ud800", "𠮷"]
)
def test_a_megabyte_is_refused(character: str) -> None:
    text = character * 1_000_000
    result = check(text, text, text, text, TODAY)
    assert [finding.field for finding in result.refusals] == [
        "name",
        "id_number",
        "valid_from",
        "valid_until",
    ]
