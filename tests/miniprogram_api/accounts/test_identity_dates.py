"""New card dates are verified at the source before they are stored."""

from datetime import date, datetime
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import IdentityDatesChange
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import IdentityCheck
from tests.support.people.accounts import Time, account_of, account_session, fresh
from tests.support.people.identity_dates import change_dates
from tests.support.people.persons import person
from tests.support.people.registrations import sent_code
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=clock.SHANGHAI)


def refusal(rules: Rules, session: SessionInfo, **changes: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        change_dates(rules, session, **changes)
    return caught.value


def spent_codes() -> int:
    return int(SmsCode.select().where(SmsCode.used_at.is_null(False)).count())


@both_databases
@pytest.mark.parametrize("level", [3, 4])
def test_new_dates_are_verified_and_stored_with_history(rules: Rules, level: int) -> None:
    account = account_of(SOMEONE, level=level)
    session = account_session(account)
    sent_code(SOMEONE.phone, "confirm")
    changed = change_dates(rules, session)
    assert changed.valid_from == date(2025, 7, 1)
    assert changed.valid_until == "2045-07-01"
    assert changed.level == level
    (call,) = rules.sandbox.calls("CheckIdNameDate")
    assert call["request"]["ValidityBegin"] == "20250701"
    (change,) = IdentityDatesChange.select()
    assert (change.valid_from_before, change.valid_until_before) == (
        SOMEONE.valid_from,
        SOMEONE.valid_until,
    )
    assert (change.valid_from, change.valid_until) == (date(2025, 7, 1), date(2045, 7, 1))
    assert IdentityCheck.get().purpose == "dates"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("不符", Reason.FOUR_ELEMENTS_MISMATCH),
        ("无效", Reason.IDENTITY_INVALID),
        ("无记录", Reason.IDENTITY_NO_RECORD),
        ("源忙", Reason.IDENTITY_SOURCE_BUSY),
        ("限次", Reason.IDENTITY_DAILY_LIMIT),
    ],
)
def test_unconfirmed_dates_are_not_stored(rules: Rules, name: str, reason: Reason) -> None:
    account = account_of(person(f"王{name}", number=7))
    sent_code(SOMEONE.phone, "confirm")
    assert refusal(rules, account_session(account)).reason is reason
    assert fresh(account).valid_from == SOMEONE.valid_from
    assert IdentityDatesChange.select().count() == 0
    assert spent_codes() == 0


def test_dates_with_warnings_are_stored_once_confirmed(rules: Rules) -> None:
    account = account_of(SOMEONE)
    session = account_session(account)
    sent_code(SOMEONE.phone, "confirm")
    doubtful = {"valid_until": "长期"}
    refused = refusal(rules, session, **doubtful)
    assert refused.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    codes = tuple(warning["code"] for warning in refused.details["warnings"])
    assert rules.sandbox.calls("CheckIdNameDate") == []
    changed = change_dates(rules, session, **doubtful, confirmed_warnings=codes)
    assert changed.valid_until == "长期"
    assert fresh(account).long_term


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"valid_from": ""}, "valid_from"),
        ({"valid_until": "2025-13-01"}, "valid_until"),
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"valid_from": "2031-01-01"}, "valid_from"),
    ],
)
def test_invalid_dates_are_refused(rules: Rules, changes: dict[str, str], field: str) -> None:
    session = account_session(account_of(SOMEONE))
    refused = refusal(rules, session, **changes, sms_code="000000")
    assert refused.reason is Reason.INVALID_INPUT
    assert field in {entry["field"] for entry in refused.details["fields"]}


def test_temporary_card_leads_to_a_window(rules: Rules) -> None:
    with Time(NOON).running():
        session = account_session(account_of(SOMEONE))
        refused = refusal(rules, session, valid_from="2026-11-20", valid_until="2027-02-20")
    assert refused.reason is Reason.DOCUMENT_NEEDS_WINDOW


def test_dates_change_at_most_three_times_in_30_days(rules: Rules) -> None:
    time = Time(NOON)
    with time.running():
        account = account_of(SOMEONE)
        for _ in range(3):
            sent_code(SOMEONE.phone, "confirm")
            change_dates(rules, account_session(account))
            time.advance(days=1)
        sent_code(SOMEONE.phone, "confirm")
        refused = refusal(rules, account_session(account))
        assert refused.reason is Reason.IDENTITY_DATES_LIMIT
        assert refused.details == {"retry_after": 27 * 86_400}
        assert len(rules.sandbox.calls("CheckIdNameDate")) == 3
        time.advance(days=27)
        sent_code(SOMEONE.phone, "confirm")
        change_dates(rules, account_session(account))
    assert IdentityDatesChange.select().count() == 4
