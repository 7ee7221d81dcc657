"""The authorisation switch: permission, length and effectiveness."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts, authorisation
from miniprogram_api.accounts.authorisation import Authorisation
from miniprogram_api.authorisation_effect import judge
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import ACTIVE, CANCELLED, FROZEN, UNACTIVATED, Account
from models.accounts.sms_codes import SmsCode
from models.desks.audit import AuditEntry
from tests.support.people.accounts import Time, account_of, account_session, fresh
from tests.support.people.persons import person
from tests.support.people.registrations import CODE, issued_proof, sent_code
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王小明", number=7)


def at(day: date) -> Time:
    return Time(datetime.combine(day, time(10, 0), clock.SHANGHAI))


def switch(rules: Rules, session: SessionInfo, **changes: Any) -> Authorisation:
    given = {"enabled": True, "sms_code": CODE, "phone_proof": None, "until": None, **changes}
    assert session.account_id is not None
    proof = PhoneProof(given.pop("sms_code"), given.pop("phone_proof"))
    return authorisation.switch(rules.services, session.account_id, proof, session=session, **given)


def refusal(rules: Rules, session: SessionInfo, **changes: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        switch(rules, session, **changes)
    return caught.value


def verified(**changes: Any) -> SessionInfo:
    session = account_session(account_of(SOMEONE, **{"level": 4, "verified_by": "face", **changes}))
    sent_code(SOMEONE.phone, "confirm")
    return session


@both_databases
@pytest.mark.parametrize("until", ["2026-11-24", "2026/12/08", "2026年12月8日", "20261208"])
def test_authorisation_is_switched_on(rules: Rules, until: str) -> None:
    with at(date(2026, 11, 24)).running() as time:
        session = verified()
        before = authorisation.current(rules.services, session.account_id or 0)
        assert (before.enabled, before.reason) == (False, "off")
        found = switch(rules, session, until=until)
        assert found.enabled
        assert (found.effective, found.reason) == (True, "ok")
        assert found.latest_until == date(2026, 12, 8)
        assert found.note is None
        assert found.until is not None
        last = found.until
        # The last day counts in full.
        time.now = datetime.combine(last, datetime.max.time(), clock.SHANGHAI)
        assert authorisation.current(rules.services, session.account_id or 0).effective
        time.advance(seconds=1)
        ended = authorisation.current(rules.services, session.account_id or 0)
        assert (ended.enabled, ended.effective, ended.reason) == (True, False, "ended")
    assert SmsCode.select().where(SmsCode.used_at.is_null(False)).count() == 1
    assert AuditEntry.get(AuditEntry.tag == "api:authorization:enabled").account_id is not None


@pytest.mark.parametrize(
    ("until", "code", "suggestion"),
    [
        (None, "required", None),
        ("", "required", None),
        ("soon", "wrong_form", None),
        ("2026-02-30", "wrong_form", None),
        ("长期", "wrong_form", None),
        ("2026-11-23", "past", "2026-11-24"),
        ("0001-01-01", "past", "2026-11-24"),
        ("2026-12-09", "too_late", "2026-12-08"),
        ("9999-12-31", "too_late", "2026-12-08"),
    ],
)
def test_invalid_days_are_refused(
    rules: Rules, until: str | None, code: str, suggestion: str | None
) -> None:
    with at(date(2026, 11, 24)).running():
        session = verified()
        refused = refusal(rules, session, until=until)
    assert refused.reason is Reason.INVALID_INPUT
    (entry,) = refused.details["fields"]
    assert (entry["field"], entry["code"], entry.get("suggestion")) == ("until", code, suggestion)
    assert SmsCode.select().where(SmsCode.used_at.is_null(False)).count() == 0


def test_setting_limits_the_length(rules: Rules) -> None:
    services = rules.with_settings(authorization_max_working_days=3)
    with at(date(2026, 11, 24)).running():
        session = verified()
        assert authorisation.current(services, session.account_id or 0).latest_until == date(
            2026, 11, 27
        )


def test_year_without_published_holidays_is_logged(rules: Rules) -> None:
    with at(date(2026, 12, 30)).running():
        session = verified()
        found = switch(rules, session, until="2027-01-13")
        assert found.note is not None
        assert "2027" in found.note
        assert found.latest_until == date(2027, 1, 13)


def test_level_three_cannot_switch_it_on(rules: Rules) -> None:
    session = verified(level=3)
    # Level comes before what is wrong with the fields and before the code.
    refused = refusal(rules, session, until="soon", sms_code="000000")
    assert refused.reason is Reason.LEVEL_TOO_LOW
    found = authorisation.current(rules.services, session.account_id or 0)
    assert (found.effective, found.reason) == (False, "level_too_low")


def test_switching_it_on_needs_a_proof_and_off_none(rules: Rules) -> None:
    with at(date(2026, 11, 24)).running():
        session = verified()
        day = "2026-12-01"
        refused = refusal(rules, session, until=day, sms_code=None)
        assert refused.details["fields"][0]["field"] == "sms_code"
        assert refusal(rules, session, until=day, sms_code="000000").reason is Reason.SMS_CODE_WRONG
        proof = issued_proof(SOMEONE.phone, session)
        assert switch(rules, session, until=day, sms_code=None, phone_proof=proof).effective
        for _ in range(2):
            off = switch(rules, session, enabled=False, sms_code=None)
            assert (off.enabled, off.until, off.effective, off.reason) == (
                False,
                None,
                False,
                "off",
            )
    assert AuditEntry.select().where(AuditEntry.tag == "api:authorization:disabled").count() == 1


def test_a_frozen_account_does_not_change_it(rules: Rules) -> None:
    session = verified(status=FROZEN)
    for enabled in (True, False):
        refused = refusal(rules, session, enabled=enabled, until="2026-12-01")
        assert refused.reason is Reason.ACCOUNT_FROZEN
    assert authorisation.current(rules.services, session.account_id or 0).reason == "frozen"


def test_level_lost_during_the_call_refuses_it(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = verified()
    prove = authorisation.prove_holder

    def slow(*arguments: Any, **more: Any) -> Any:
        Account.update(level=3).execute()
        return prove(*arguments, **more)

    monkeypatch.setattr(authorisation, "prove_holder", slow)
    until = clock.today().isoformat()
    assert refusal(rules, session, until=until).reason is Reason.LEVEL_TOO_LOW
    assert not fresh(Account.get()).authorization_enabled


TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "ok"),
        ({"valid_until": TODAY}, "ok"),
        ({"valid_until": None, "long_term": True}, "ok"),
        ({"authorization_until": TODAY}, "ok"),
        ({"authorization_enabled": False}, "off"),
        ({"authorization_until": TODAY - timedelta(days=1)}, "ended"),
        ({"level": 3}, "level_too_low"),
        ({"status": UNACTIVATED}, "level_too_low"),
        ({"valid_until": TODAY - timedelta(days=1)}, "card_expired"),
        ({"valid_until": None}, "card_expired"),
        ({"status": FROZEN, "level": 3}, "frozen"),
        ({"status": CANCELLED, "authorization_enabled": False}, "cancelled"),
    ],
)
def test_effectiveness_is_computed_when_used(changes: dict[str, Any], reason: str) -> None:
    account = Account(
        **{
            "status": ACTIVE,
            "level": 4,
            "valid_until": TODAY + timedelta(days=999),
            "long_term": False,
            "authorization_enabled": True,
            "authorization_until": TODAY + timedelta(days=1),
            **changes,
        }
    )
    found = judge(account, TODAY)
    assert (found.reason, found.effective) == (reason, reason == "ok")


def test_account_shows_the_same_effectiveness(rules: Rules) -> None:
    session = verified()
    switch(rules, session, until=clock.today().isoformat())
    shown = accounts.current(session.account_id or 0)
    found = authorisation.current(rules.services, session.account_id or 0)
    assert asdict(shown.authorization).items() <= asdict(found).items()
    assert shown == accounts.summary(Account.get(), clock.now())
