"""Terms of validity: refusals, warnings and suggested dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.identity.documents import id_numbers, terms
from miniprogram_api.identity.documents.findings import Finding, Severity
from miniprogram_api.identity.documents.id_numbers import IdNumber
from miniprogram_api.identity.documents.terms import Term
from tests.support.people.persons import end_of_term, make_id_number

TODAY = date(2026, 11, 24)
PERMIT = "810000"
FOREIGN = "911124"


def holder(birth: date, area: str = "110101") -> IdNumber:
    value = id_numbers.check(make_id_number(birth, area=area), TODAY).value
    assert value is not None
    return value


THIRTY = holder(date(1990, 3, 7))


def only_refusal(valid_from: str | None, valid_until: str | None, person: IdNumber) -> Finding:
    checked = terms.check(valid_from, valid_until, person, TODAY)
    assert checked.value is None
    (refusal,) = checked.refusals
    assert refusal.kind.severity is Severity.REFUSAL
    return refusal


def only_warning(valid_from: str, valid_until: str, person: IdNumber) -> Finding:
    checked = terms.check(valid_from, valid_until, person, TODAY)
    assert checked.value is not None
    assert not checked.refusals
    (warning,) = checked.warnings
    assert warning.kind.severity is Severity.WARNING
    assert warning.field == "valid_until"
    return warning


@pytest.mark.parametrize(
    ("birth", "valid_from", "valid_until"),
    [
        # The day before a birthday and the birthday itself, at each border.
        (date(2008, 6, 10), "2024-06-09", "2029-06-09"),
        (date(2008, 6, 10), "2024-06-10", "2034-06-10"),
        (date(1998, 6, 10), "2024-06-09", "2034-06-09"),
        (date(1998, 6, 10), "2024-06-10", "2044-06-10"),
        (date(1978, 6, 10), "2024-06-09", "2044-06-09"),
        (date(1978, 6, 10), "2024-06-10", "长期"),
        # Born on 29 February: the birthday counts on 1 March in other years.
        (date(1980, 2, 29), "2026-02-28", "2046-02-28"),
        (date(1980, 2, 29), "2026-03-01", "长期"),
        # Issued on 29 February.
        (date(1990, 3, 7), "2024-02-29", "2044-02-29"),
        (date(2000, 3, 7), "2024-02-29", "2034-03-01"),
        (date(2010, 3, 7), "2024-02-29", "2029-03-01"),
        # The first day of all, today, and a card on its last day.
        (date(1940, 1, 1), "2004-03-29", "长期"),
        (date(1990, 3, 7), "2026-11-24", "2046-11-24"),
        (date(1996, 1, 1), "2016-11-24", "2026-11-24"),
    ],
)
def test_usual_terms_are_accepted(birth: date, valid_from: str, valid_until: str) -> None:
    checked = terms.check(valid_from, valid_until, holder(birth), TODAY)
    start = date.fromisoformat(valid_from)
    end = None if valid_until == "长期" else date.fromisoformat(valid_until)
    assert checked.value == Term(start, end)
    assert checked.value.until_text == valid_until
    assert not checked.warnings


@pytest.mark.parametrize(
    "typed", ["长期", "长期有效", "長期", "長期有效", " 长 期\u200b", "长期 有效"]
)
def test_spellings_of_long_term_are_accepted(typed: str) -> None:
    checked = terms.check("2020-01-02", typed, holder(date(1960, 1, 1)), TODAY)
    assert checked == (Term(date(2020, 1, 2), None), (), ())


@pytest.mark.parametrize(
    "typed", ["00000000", "0000-00-00", "0000.00.00", "9999-12-31", "99991231", "9999年12月31日"]
)
def test_long_term_values_of_other_systems_are_a_warning(typed: str) -> None:
    checked = terms.check("2020-01-02", typed, holder(date(1960, 1, 1)), TODAY)
    assert checked.value == Term(date(2020, 1, 2), None)
    (warning,) = checked.warnings
    assert warning.code == "valid_until_read_as_long_term"
    assert (warning.suggestion, warning.case) == ("长期", 14)


def test_long_term_value_of_other_systems_below_46_has_two_warnings() -> None:
    checked = terms.check("2020-01-02", "00000000", THIRTY, TODAY)
    assert [(warning.code, warning.suggestion) for warning in checked.warnings] == [
        ("valid_until_read_as_long_term", "长期"),
        ("valid_until_long_term_unlikely", "2040-01-02"),
    ]


@pytest.mark.parametrize(
    ("birth", "valid_from", "valid_until", "code", "suggestion", "case"),
    [
        (date(1990, 3, 7), "2020-01-02", "2030-01-02", "term_mismatch", "2040-01-02", 4),
        (date(2000, 3, 7), "2020-01-02", "2040-01-02", "term_mismatch", "2030-01-02", 4),
        (date(2000, 3, 7), "2020-01-02", "2031-01-02", "term_mismatch", "2030-01-02", 4),
        (date(2010, 3, 7), "2024-02-29", "2034-03-01", "term_mismatch", "2029-03-01", 4),
        (date(1990, 3, 7), "2020-01-02", "2040-01-01", "day_off", "2040-01-02", 4),
        (date(1990, 3, 7), "2020-01-02", "2040-01-03", "day_off", "2040-01-02", 4),
        (date(2000, 3, 7), "2020-02-29", "2030-02-28", "day_off", "2030-03-01", 4),
        (date(1990, 3, 7), "2020-01-02", "2040-01-04", "term_mismatch", "2040-01-02", 4),
        (date(1990, 3, 7), "2020-01-02", "长期", "long_term_unlikely", "2040-01-02", 14),
        (date(1974, 1, 3), "2020-01-02", "长期有效", "long_term_unlikely", "2040-01-02", 14),
        (date(1974, 1, 2), "2020-01-02", "2040-01-02", "long_term_likely", "长期", 14),
    ],
)
def test_unusual_terms_are_a_warning(
    birth: date, valid_from: str, valid_until: str, code: str, suggestion: str, case: int
) -> None:
    person = holder(birth)
    warning = only_warning(valid_from, valid_until, person)
    assert (warning.code, warning.case) == (f"valid_until_{code}", case)
    assert warning.suggestion == suggestion
    assert suggestion in warning.message
    again = terms.check(valid_from, suggestion, person, TODAY)
    assert again.value is not None
    assert not again.warnings


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "code", "suggestion"),
    [
        (None, "2040-01-02", "valid_from_missing", None),
        (" ", "2040-01-02", "valid_from_missing", None),
        ("gestern", "2040-01-02", "valid_from_format", None),
        ("长期", "2040-01-02", "valid_from_long_term", None),
        ("2019-02-29", "2039-03-01", "valid_from_impossible", None),
        ("00000000", "2039-03-01", "valid_from_impossible", None),
        ("2026-11-25", "2046-11-25", "valid_from_in_future", None),
        ("9999-12-31", "长期", "valid_from_in_future", None),
        ("2004-03-28", "长期", "valid_from_too_early", None),
        ("1989-01-01", "长期", "valid_from_too_early", None),
        ("2020-01-02", None, "valid_until_missing", "2040-01-02"),
        ("2020-01-02", "", "valid_until_missing", "2040-01-02"),
        ("2020-01-02", "二十年", "valid_until_format", None),
        ("2020-01-02", "9" * 1_000_000, "valid_until_format", None),
        ("2020-01-02", "2040-13-02", "valid_until_impossible", "2040-01-02"),
        ("2020-01-02", "2020-01-02", "valid_until_not_after_start", "2040-01-02"),
        ("2020-01-02", "2010-01-02", "valid_until_not_after_start", "2040-01-02"),
        ("2020-01-02", "2026-11-23", "valid_until_expired", "2040-01-02"),
    ],
)
def test_invalid_terms_are_refused(
    valid_from: str | None, valid_until: str | None, code: str, suggestion: str | None
) -> None:
    refusal = only_refusal(valid_from, valid_until, THIRTY)
    assert (refusal.code, refusal.suggestion) == (code, suggestion)
    assert refusal.case == (14 if "long_term" in code else 4)


def test_term_ending_on_a_missing_leap_day_ends_on_1_march() -> None:
    refusal = only_refusal("2024-02-29", "2034-02-29", holder(date(2000, 3, 7)))
    assert (refusal.code, refusal.suggestion) == ("valid_until_impossible", "2034-03-01")


def test_suggestion_is_never_an_expired_date() -> None:
    refusal = only_refusal("2006-01-02", "2016-01-02", holder(date(1985, 1, 1)))
    assert (refusal.code, refusal.suggestion) == ("valid_until_expired", None)


@pytest.mark.parametrize(
    ("valid_until", "start"), [("2030-05-06", "2025-05-06"), ("2028-02-29", "2023-03-01")]
)
def test_permit_with_the_first_day_of_an_older_one_offers_its_own(
    valid_until: str, start: str
) -> None:
    someone = holder(date(1990, 1, 1), PERMIT)
    refusal = only_refusal("2020-05-06", valid_until, someone)
    assert (refusal.field, refusal.code) == ("valid_from", "valid_from_permit_term")
    assert refusal.suggestion == start
    assert "5年" in refusal.message
    assert start in refusal.message
    assert terms.check(start, valid_until, someone, TODAY).value is not None


def test_permit_of_ten_years_hears_its_term_and_its_day() -> None:
    refusal = only_refusal("2020-05-06", "2036-05-06", holder(date(1990, 1, 1), PERMIT))
    assert (refusal.code, refusal.suggestion) == ("valid_until_permit_over", None)
    assert "5年" in refusal.message
    assert "2025-05-06" in refusal.message


def test_missing_end_follows_from_start_and_age() -> None:
    assert only_refusal("2020-01-02", "", holder(date(1964, 1, 2))).suggestion == "长期"
    assert only_refusal("2006-01-02", "", THIRTY).suggestion is None


def test_card_issued_before_birth_is_refused() -> None:
    refusal = only_refusal("2009-12-31", "2029-12-31", holder(date(2010, 1, 1)))
    assert refusal.code == "valid_from_before_birth"


def test_both_dates_are_refused_at_once() -> None:
    checked = terms.check("2034-03-27", "2014-03-27", THIRTY, TODAY)
    assert [refusal.code for refusal in checked.refusals] == [
        "valid_from_in_future",
        "valid_until_not_after_start",
    ]


def test_only_the_dates_are_checked_without_a_holder() -> None:
    assert terms.check("2020-01-02", "2024-01-02", None, TODAY).refusals
    assert terms.check("2020-01-02", "2033-01-02", None, TODAY) == (
        Term(date(2020, 1, 2), date(2033, 1, 2)),
        (),
        (),
    )


@pytest.mark.parametrize("birth", [date(2015, 1, 1), date(1990, 1, 1), date(1950, 1, 1)])
def test_permits_last_five_years_at_any_age(birth: date) -> None:
    person = holder(birth, PERMIT)
    assert terms.check("2024-05-06", "2029-05-06", person, TODAY).value is not None
    assert not terms.check("2024-05-06", "2029-05-06", person, TODAY).warnings
    refusal = only_refusal("2024-05-06", "2034-05-06", person)
    assert (refusal.code, refusal.suggestion) == ("valid_until_permit_term", "2029-05-06")
    refusal = only_refusal("2024-05-06", "2027-12-31", person)
    assert (refusal.code, refusal.suggestion) == ("valid_until_permit_term", "2029-05-06")
    refusal = only_refusal("2024-05-06", "长期", person)
    assert (refusal.code, refusal.suggestion) == ("valid_until_permit_long_term", "2029-05-06")
    assert refusal.case == 14
    warning = only_warning("2024-05-06", "2029-05-05", person)
    assert (warning.code, warning.suggestion) == ("valid_until_day_off", "2029-05-06")


def test_cards_of_foreigners_last_ten_years_from_18_on_and_five_below() -> None:
    grown_up = holder(date(1981, 8, 3), FOREIGN)
    assert not terms.check("2024-05-06", "2034-05-06", grown_up, TODAY).warnings
    assert only_warning("2024-05-06", "长期", grown_up).suggestion == "2034-05-06"
    assert only_warning("2024-05-06", "2044-05-06", grown_up).code == "valid_until_term_mismatch"
    child = holder(date(2006, 5, 7), FOREIGN)
    assert not terms.check("2024-05-06", "2029-05-06", child, TODAY).warnings
    assert not terms.check("2024-05-07", "2034-05-07", child, TODAY).warnings


@pytest.mark.parametrize("valid_until", ["2027-01-15", "2027-01-14", "2027-01-16"])
def test_temporary_cards_lead_to_a_window(valid_until: str) -> None:
    refusal = only_refusal("2026-10-15", valid_until, THIRTY)
    assert refusal.code == "valid_until_temporary_card"
    assert refusal.leads_to_window
    assert only_warning("2026-10-15", "2027-01-17", THIRTY).code == "valid_until_term_mismatch"


BIRTHS = st.dates(date(1900, 1, 1), date(2012, 11, 24))
STARTS = st.dates(date(2004, 3, 29), TODAY)


@given(BIRTHS, STARTS)
def test_the_usual_term_agrees_with_another_computation(birth: date, start: date) -> None:
    if start < birth:
        return
    usual = terms.usual_term(holder(birth), start)
    assert usual == Term(start, end_of_term(birth, start))


@given(BIRTHS, STARTS, st.integers(-20, 9000), st.sampled_from(["110101", PERMIT, FOREIGN]))
def test_suggested_dates_are_valid(birth: date, start: date, days: int, area: str) -> None:
    person = holder(birth, area)
    end = (start + timedelta(days=days)).isoformat()
    for valid_until in (end, "长期", "2040-13-02"):
        checked = terms.check(start.isoformat(), valid_until, person, TODAY)
        for finding in (*checked.refusals, *checked.warnings):
            if finding.suggestion is not None:
                typed = (start.isoformat(), finding.suggestion)
                if finding.field == "valid_from":
                    typed = (finding.suggestion, valid_until)
                again = terms.check(*typed, person, TODAY)
                assert not again.refusals or "valid_from" in again.refusals[0].code


@given(BIRTHS, STARTS, st.integers(-20, 9000), st.sampled_from(["110101", PERMIT, FOREIGN]))
def test_every_term_is_accepted_refused_or_a_warning(
    birth: date, start: date, days: int, area: str
) -> None:
    person = holder(birth, area)
    end = start + timedelta(days=days)
    checked = terms.check(start.isoformat(), end.isoformat(), person, TODAY)
    codes = {refusal.code for refusal in checked.refusals}
    if checked.value is not None:
        assert not codes
        assert checked.value == Term(start, end)
        assert max(start, birth) <= end
        assert end >= TODAY
        usual = terms.usual_term(person, start).valid_until
        assert bool(checked.warnings) == (end != usual)
        if area == PERMIT:
            assert usual is not None
            assert abs((end - usual).days) <= 1
    else:
        assert codes
        assert ("valid_from_before_birth" in codes) == (start < birth)
        assert ("valid_until_not_after_start" in codes) == (days <= 0)


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_is_handled(valid_from: str, valid_until: str) -> None:
    checked = terms.check(valid_from, valid_until, THIRTY, TODAY)
    assert (checked.value is None) == bool(checked.refusals)
