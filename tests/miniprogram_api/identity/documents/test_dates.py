"""Parsing of typed dates and arithmetic in years."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.identity.documents.dates import (
    DateProblem,
    add_months,
    add_years,
    age_on,
    parse,
)

ANY_DAY = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    "typed",
    [
        "2014-03-07",
        "2014.03.07",
        "2014/03/07",
        "20140307",
        "2014年3月7日",
        "2014年03月07日",
        "2014年3月7号",
        "2014-3-7",
        " 2014-03-07\n",
        "\u30002014 年 3 月 7 日",
        "２０１４－０３－０７",
        "２０１４．０３．０７",
        "２０１４／０３／０７",
        "2014\u201303\u201307",
        "2014。03。07",
        "\u200e2014-03-07\u202c",
        "2014\uf98e3\u2f497\u2f47",
    ],
)
def test_date_forms_are_accepted(typed: str) -> None:
    assert parse(typed) == date(2014, 3, 7)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (None, DateProblem.MISSING),
        ("", DateProblem.MISSING),
        (" \u200b", DateProblem.MISSING),
        ("2014-02-29", DateProblem.IMPOSSIBLE),
        ("2014-02-30", DateProblem.IMPOSSIBLE),
        ("2014年13月1日", DateProblem.IMPOSSIBLE),
        ("20140431", DateProblem.IMPOSSIBLE),
        ("00000000", DateProblem.IMPOSSIBLE),
        ("0000-01-01", DateProblem.IMPOSSIBLE),
        ("2014-00-10", DateProblem.IMPOSSIBLE),
        ("14-03-07", DateProblem.UNREADABLE),
        ("2014-03", DateProblem.UNREADABLE),
        ("2014-03.07", DateProblem.UNREADABLE),
        ("2014307", DateProblem.UNREADABLE),
        ("201403070", DateProblem.UNREADABLE),
        ("2014-03-07T00:00:00", DateProblem.UNREADABLE),
        ("2014-W10-5", DateProblem.UNREADABLE),
        ("2014-03-27-2034-03-27", DateProblem.UNREADABLE),
        ("07/03/2014", DateProblem.UNREADABLE),
        ("-2014-03-07", DateProblem.UNREADABLE),
        ("长期", DateProblem.UNREADABLE),
        ("٢٠١٤-٠٣-٠٧", DateProblem.UNREADABLE),
        ("二〇一四年三月七日", DateProblem.UNREADABLE),
        ("2014\x0003\x0007", DateProblem.UNREADABLE),
        ("\ud800", DateProblem.UNREADABLE),
        ("9" * 1_000_000, DateProblem.UNREADABLE),
        (" " * 1_000_000, DateProblem.UNREADABLE),
    ],
)
def test_invalid_dates_are_refused(typed: str | None, problem: DateProblem) -> None:
    assert parse(typed) is problem


@given(ANY_DAY)
def test_every_form_round_trips(day: date) -> None:
    forms = [
        day.isoformat(),
        f"{day:%Y.%m.%d}",
        f"{day:%Y/%m/%d}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
    ]
    assert [parse(form) for form in forms] == [day] * len(forms)


@given(st.one_of(st.text(st.characters()), st.text("0123456789-./年月日 ", max_size=14)))
def test_every_text_gives_a_date_or_a_problem(text: str) -> None:
    assert isinstance(parse(text), date | DateProblem)


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2004, 3, 27), 10, date(2014, 3, 27)),
        (date(2004, 2, 29), 10, date(2014, 3, 1)),
        (date(2004, 2, 29), 5, date(2009, 3, 1)),
        (date(2004, 2, 29), 20, date(2024, 2, 29)),
        (date(2024, 3, 1), 5, date(2029, 3, 1)),
    ],
)
def test_add_years(day: date, years: int, expected: date) -> None:
    assert add_years(day, years) == expected


@given(ANY_DAY, st.sampled_from([5, 10, 20]))
def test_add_years_keeps_month_and_day_wherever_the_calendar_has_it(day: date, years: int) -> None:
    end = add_years(day, years)
    assert end.year == day.year + years
    if (day.month, day.day) == (2, 29) and not calendar.isleap(end.year):
        assert (end.month, end.day) == (3, 1)
    else:
        assert (end.month, end.day) == (day.month, day.day)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 1, 15), date(2024, 4, 15)),
        (date(2023, 11, 30), date(2024, 2, 29)),
        (date(2024, 10, 1), date(2025, 1, 1)),
        (date(2024, 9, 30), date(2024, 12, 30)),
    ],
)
def test_add_three_months(day: date, expected: date) -> None:
    assert add_months(day, 3) == expected


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(1990, 3, 7), date(2006, 3, 6), 15),
        (date(1990, 3, 7), date(2006, 3, 7), 16),
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
        (date(2000, 2, 29), date(2020, 2, 28), 19),
        (date(2000, 2, 29), date(2020, 2, 29), 20),
        (date(1990, 3, 7), date(1990, 3, 7), 0),
    ],
)
def test_age(birth: date, day: date, age: int) -> None:
    assert age_on(birth, day) == age


@given(ANY_DAY, st.integers(0, 50_000))
def test_age_is_the_number_of_birthdays(birth: date, days: int) -> None:
    day = birth + timedelta(days=days)
    age = age_on(birth, day)
    assert add_years(birth, age) <= day < add_years(birth, age + 1)
