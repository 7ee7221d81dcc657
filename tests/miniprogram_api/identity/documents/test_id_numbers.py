"""ID numbers: accepted forms, refusals and decoded data."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.identity.documents import id_numbers
from miniprogram_api.identity.documents.findings import Finding
from miniprogram_api.identity.documents.id_numbers import Document
from tests.support.people.persons import make_id_number

TODAY = date(2026, 11, 24)
BIRTH = date(1990, 3, 7)
NUMBER = "11010119900307993X"
REGIONS = [(11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71)]
RESIDENT_PROVINCES = [str(code) for first, last in REGIONS for code in range(first, last + 1)]


def only_refusal(raw: str | None) -> Finding:
    checked = id_numbers.check(raw, TODAY)
    assert checked.value is None
    assert not checked.warnings
    (refusal,) = checked.refusals
    assert (refusal.field, refusal.case) == ("id_number", 4)
    return refusal


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        "11010119900307993x",
        "11010119900307993\uff38",
        "11010119900307993\uff58",
        "11010119900307993\u2169",
        "11010119900307993\u2179",
        "11010119900307993\u00d7",
        "１１０１０１１９９００３０７９９３Ｘ",
        " 110101 19900307 993X\u00a0",
        "110101-19900307-993X\t",
        "\u202a11010119900307993X\u202c\u200b",
    ],
)
def test_valid_numbers_are_accepted(typed: str) -> None:
    checked = id_numbers.check(typed, TODAY)
    assert not checked.refusals
    assert not checked.warnings
    assert checked.value is not None
    assert checked.value.number == NUMBER
    assert checked.value.birth_date == BIRTH
    assert checked.value.document is Document.RESIDENT_CARD
    assert checked.value.age_on(date(2026, 3, 6)) == 35


@pytest.mark.parametrize("area", ["321119", "632826", "440307", "719999", "659900"])
def test_unknown_county_code_is_accepted(area: str) -> None:
    assert not id_numbers.check(make_id_number(BIRTH, area=area), TODAY).refusals


def test_provinces() -> None:
    for code in range(90):
        number = make_id_number(BIRTH, area=f"{code:02}0101")
        codes = [refusal.code for refusal in id_numbers.check(number, TODAY).refusals]
        if str(code) in RESIDENT_PROVINCES:
            assert codes == []
        elif code in {81, 82, 83}:
            assert codes == ["id_number_permit_address"]
        else:
            assert codes == ["id_number_province"]


@pytest.mark.parametrize("area", ["810000", "820000", "830000"])
def test_residence_permits(area: str) -> None:
    checked = id_numbers.check(make_id_number(BIRTH, area=area), TODAY)
    assert checked.value is not None
    assert checked.value.document is Document.RESIDENCE_PERMIT
    assert not checked.warnings


def test_new_numbers_of_foreigners_are_a_warning() -> None:
    checked = id_numbers.check(make_id_number(date(1981, 8, 3), area="911124"), TODAY)
    assert checked.value is not None
    assert checked.value.document is Document.FOREIGN_CARD
    (warning,) = checked.warnings
    assert warning.code == "id_number_foreign_resident"
    assert warning.leads_to_window


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (None, "id_number_missing"),
        ("", "id_number_missing"),
        (" \u200b-\t", "id_number_missing"),
        ("1101011990030799", "id_number_length"),
        (NUMBER + "0", "id_number_length"),
        (NUMBER + "X", "id_number_length"),
        ("19900307", "id_number_length"),
        ("1", "id_number_length"),
        ("1" * 1_000_000, "id_number_length"),
        ("110101900307993", "id_number_old"),
        ("110101901307993", "id_number_old"),
        ("11O10119900307993X", "id_number_letter"),
        ("1101011990030799l", "id_number_letter"),
        ("11010119900307X93X", "id_number_letter"),
        ("11010119900307993A", "id_number_letter"),
        ("11010119900307993*", "id_number_character"),
        ("1101011990030799张X", "id_number_character"),
        ("1101011990030799\x00X", "id_number_character"),
        ("1101011990030799\ud800X", "id_number_character"),
        ("😀", "id_number_character"),
        ("\u0661" * 18, "id_number_character"),
        ("' OR 1=1 --", "id_number_character"),
        ("010101199003079905", "id_number_province"),
        ("811101199003079905", "id_number_permit_address"),
        ("110101199002309905", "id_number_birth_date"),
        ("110101199013079905", "id_number_birth_date"),
        ("110101000003079905", "id_number_birth_date"),
        (make_id_number(date(2026, 11, 25)), "id_number_birth_in_future"),
        (make_id_number(date(1895, 11, 24)), "id_number_too_old"),
        ("110101199003079939", "id_number_check_character"),
        ("911124198108039901", "id_number_check_character"),
        ("CAN310012345678", "id_number_foreign_card"),
        ("can3100-1234 5678", "id_number_foreign_card"),
        ("H12345678", "id_number_travel_document"),
        ("m1234567890", "id_number_travel_document"),
        ("02345678", "id_number_travel_document"),
        ("0123456701(A)", "id_number_travel_document"),
        ("E12345678", "id_number_travel_document"),
        ("EA1234567", "id_number_travel_document"),
        ("C01X00T47", "id_number_travel_document"),
        ("A123456(7)", "id_number_travel_document"),
        ("A123456789", "id_number_travel_document"),
    ],
)
def test_invalid_numbers_are_refused(typed: str | None, code: str) -> None:
    refusal = only_refusal(typed)
    assert refusal.code == code
    refusal.message.encode("utf-8")


@pytest.mark.parametrize("birth", [date(2026, 11, 24), date(1895, 11, 25), date(1896, 1, 1)])
def test_ages_from_0_to_130_are_accepted(birth: date) -> None:
    assert not id_numbers.check(make_id_number(birth), TODAY).refusals


def test_old_number_suggests_its_18_digit_form() -> None:
    assert only_refusal("110101900307993").suggestion == NUMBER
    assert only_refusal("110101901307993").suggestion is None, "no such birthday"
    assert only_refusal("990101900307993").suggestion is None, "only foreigners begin with 9"


@pytest.mark.parametrize(
    ("typed", "position", "letter", "suggestion"),
    [
        ("1101O119900307993X", 5, "O", NUMBER),
        ("1101o119900307993X", 5, "o", NUMBER),
        ("l10101199003O7993X", 1, "l", NUMBER),
        ("110101-I9900307-993X", 7, "I", NUMBER),
        ("1101 Ｏ1 19900307 993X", 5, "O", NUMBER),
        ("1101O11990030799X", 5, "O", None),
        ("1101O119900307991X", 5, "O", None),
        ("11010119900307993A", 18, "A", None),
    ],
)
def test_refusal_names_the_letter_and_its_position(
    typed: str, position: int, letter: str, suggestion: str | None
) -> None:
    refusal = only_refusal(typed)
    assert f"第{position}位是字母{letter}" in refusal.message
    assert refusal.suggestion == suggestion


@given(st.integers(0, 9))
def test_wrong_check_character_suggests_no_other_number(last: int) -> None:
    refusal = only_refusal(f"{NUMBER[:17]}{last}")
    assert refusal.code == "id_number_check_character"
    assert refusal.suggestion is None


@given(
    st.dates(date(1896, 11, 25), TODAY),
    st.integers(990, 999),
    st.sampled_from(RESIDENT_PROVINCES),
    st.integers(0, 9999),
)
def test_generated_numbers_are_accepted_and_decoded(
    birth: date, sequence: int, province: str, county: int
) -> None:
    number = make_id_number(birth, sequence, f"{province}{county:04}")
    checked = id_numbers.check(number, TODAY)
    assert checked.value is not None
    assert checked.value.number == number
    assert checked.value.birth_date == birth


@given(
    st.one_of(
        st.text(st.characters()),
        st.text("0123456789XxOolI-() \u200b×Ⅹ９Ｘ", max_size=24),
        st.from_regex("[0-9]{17}[0-9X]", fullmatch=True),
        st.from_regex("[0-9]{15}", fullmatch=True),
    )
)
def test_every_text_has_a_value_or_one_refusal(text: str) -> None:
    checked = id_numbers.check(text, TODAY)
    if checked.value is None:
        (refusal,) = checked.refusals
        refusal.message.encode("utf-8")
        if refusal.suggestion is not None:
            assert not id_numbers.check(refusal.suggestion, TODAY).refusals
    else:
        assert not checked.refusals
        assert id_numbers.check(checked.value.number, TODAY) == checked


def test_numbers_stay_out_of_logs() -> None:
    value = id_numbers.check(NUMBER, TODAY).value
    assert NUMBER not in repr(value)
    assert "1990" not in repr(value)
