"""Working days: the operator's table first, then the package, then Monday to Friday."""

from datetime import date, datetime, time, timedelta

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import Settings
from miniprogram_api import clock, working_days
from miniprogram_api.accounts import authorisation
from miniprogram_api.operations import holiday_calendar
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Refused
from miniprogram_api.tickets.due import due, is_estimated
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
NOON = datetime(2026, 12, 18, 12, tzinfo=clock.SHANGHAI)


def enter(day: date, kind: str = "holiday") -> None:
    with clock.replaced(lambda: NOON):
        holiday_calendar.set_day(day, kind, "", actor="command")


# Tuesday, 24 November 2026, and days with and without holidays after them.
@pytest.mark.parametrize(
    ("today", "latest", "guessed_year"),
    [
        (date(2026, 11, 24), date(2026, 12, 8), None),
        (date(2026, 11, 27), date(2026, 12, 11), None),
        (date(2026, 11, 28), date(2026, 12, 11), None),
        # 中秋 is Friday 25 September; 国庆 is off from 1 to 7 October, for Saturday 10 October.
        (date(2026, 9, 24), date(2026, 10, 15), None),
        (date(2026, 9, 30), date(2026, 10, 20), None),
        # The last days of the last year that the calendar knows.
        (date(2026, 12, 17), date(2026, 12, 31), None),
        (date(2026, 12, 18), date(2027, 1, 1), 2027),
        (date(2026, 12, 31), date(2027, 1, 14), 2027),
    ],
)
def test_authorisation_ends_on_the_tenth_working_day(
    tables: Settings, today: date, latest: date, guessed_year: int | None
) -> None:
    found = working_days.nth_after(today, 10)
    assert (found.day, found.guessed_year) == (latest, guessed_year)


def test_marked_days_know_holidays_and_days_made_up_for_them(tables: Settings) -> None:
    # 国庆 is off from 1 to 7 October, for Saturday 10 October.
    days = working_days.marked(date(2026, 9, 30), date(2026, 10, 11))
    working = [day.isoformat() for day, is_working in days if is_working]
    assert len(days) == 12
    assert working == ["2026-09-30", "2026-10-08", "2026-10-09", "2026-10-10"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(date(2027, 1, 1), date(2500, 1, 1)), st.integers(1, 60))
def test_monday_to_friday_count_without_a_calendar(
    tables: Settings, today: date, count: int
) -> None:
    found = working_days.nth_after(today, count)
    passed = [today + timedelta(days=n + 1) for n in range((found.day - today).days)]
    assert found.guessed_year is not None
    assert found.day.weekday() < 5
    assert sum(day.weekday() < 5 for day in passed) == count


@both_databases
def test_entered_days_of_a_new_year_count_at_once(tables: Settings) -> None:
    assert working_days.nth_after(date(2026, 12, 18), 10) == working_days.LastDay(
        date(2027, 1, 1), 2027
    )
    # Friday to Sunday off, for Saturday 9 January.
    for day in (1, 2, 3):
        enter(date(2027, 1, day))
    enter(date(2027, 1, 9), "workday")
    assert working_days.nth_after(date(2026, 12, 18), 10).guessed_year == 2027, "not all is entered"
    enter(date(2027, 10, 1))
    last = working_days.nth_after(date(2026, 12, 18), 10)
    assert last == working_days.LastDay(date(2027, 1, 4), None)
    # Monday 4 to Saturday 9 January are six working days.
    assert working_days.nth_after(date(2027, 1, 3), 6).day == date(2027, 1, 9)
    assert working_days.is_known(2027)


def test_entered_day_corrects_the_package(tables: Settings) -> None:
    assert not working_days.is_working_day(date(2026, 10, 1))
    enter(date(2026, 10, 1), "workday")
    assert working_days.is_working_day(date(2026, 10, 1))
    # The rest of the year remains.
    assert not working_days.is_working_day(date(2026, 10, 2))
    assert working_days.is_working_day(date(2026, 10, 10))


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 10, 31), None),
        (date(2026, 11, 1), 2027),
        (date(2026, 12, 31), 2027),
        (date(2027, 1, 1), 2027),
    ],
)
def test_next_year_is_missing_from_november(
    tables: Settings, today: date, missing: int | None
) -> None:
    assert working_days.missing_year(today) == missing
    enter(date(2027, 1, 1))
    assert working_days.missing_year(today) == missing, "not all is entered"
    enter(date(2027, 10, 1))
    assert working_days.missing_year(today) is None


def test_guess_is_logged_once(tables: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    working_days._warn.cache_clear()
    log = structlog.testing.CapturingLogger()
    monkeypatch.setattr(working_days, "log", log)
    working_days.is_working_day(date(2031, 1, 1))
    working_days.nth_after(date(2031, 1, 1), 3)
    assert [(call.method_name, call.kwargs) for call in log.calls] == [("warning", {"year": 2031})]


def test_estimated_last_day_says_so(rules: Rules) -> None:
    account = account_of(person(number=7), level=4, verified_by="face")
    session = account_session(account)
    with clock.replaced(lambda: NOON):
        found = authorisation.current(rules.services, account.id)
        assert found.note is not None
        assert "按周一至周五估算" in found.note
        with pytest.raises(Refused) as caught:
            authorisation.switch(
                rules.services,
                account.id,
                enabled=True,
                until="2027-01-02",
                session=session,
                proof=PhoneProof(),
            )
        (field,) = caught.value.details["fields"]
        assert (field["code"], field["suggestion"]) == ("too_late", "2027-01-01")
        assert "1月1日（按周一至周五估算）" in field["message"]

        enter(date(2027, 1, 1))
        enter(date(2027, 10, 1))
        found = authorisation.current(rules.services, account.id)
        assert (found.note, found.latest_until) == (None, date(2027, 1, 4))


def test_ticket_due_in_an_unknown_year_is_estimated(tables: Settings) -> None:
    opened = datetime.combine(date(2026, 12, 31), time(10), clock.SHANGHAI)
    assert due("other", opened).date() == date(2027, 1, 5)
    assert is_estimated(due("other", opened))
    assert not is_estimated(opened)
    enter(date(2027, 1, 1))
    enter(date(2027, 10, 1))
    assert due("other", opened).date() == date(2027, 1, 6)
    assert not is_estimated(due("other", opened))
