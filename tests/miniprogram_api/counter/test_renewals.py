"""The dates of a renewed card at the window."""

from datetime import date

import pytest

from miniprogram_api.counter import renewals
from miniprogram_api.ledger import comparison
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.windows.verifications import OnSite
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of, fresh
from tests.support.people.persons import Person, person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

SOMEONE = person(number=21)
SEEN = on_site(["id_card"], "换领了新证")
DATES = ("2026-06-03", "2046-06-03")


def renew(
    rules: Rules, dates: tuple[str, str] = DATES, seen: OnSite = SEEN, someone: Person = SOMEONE
) -> int:
    clerk = member_of("clerk")
    return renewals.renew(
        rules.services, clerk, someone.id_number, dates, seen, address="192.0.2.7"
    )


def refusal(rules: Rules, *values: object, **named: object) -> Refused:
    with pytest.raises(Refused) as refused:
        renew(rules, *values, **named)  # type: ignore[arg-type]
    return refused.value


def test_dates_are_stored_after_the_source_has_confirmed_them(rules: Rules) -> None:
    account = account_of(SOMEONE, level=4)
    number = renew(rules)
    changed = fresh(account)
    assert (changed.valid_from, changed.valid_until) == (date(2026, 6, 3), date(2046, 6, 3))
    assert changed.level == 4
    (line,) = lines_about(SOMEONE.id_number)
    assert (line.number, line.action) == (number, "dates_corrected")
    assert line.content["after"] == {"valid_from": DATES[0], "valid_until": DATES[1]}
    assert line.content["evidence"] == ["居民身份证原件"]
    assert "dates_without_act" not in {one.what for one in comparison.compare()}


def test_no_of_the_source_changes_nothing(rules: Rules) -> None:
    someone = person("张不符", number=22)
    account = account_of(someone, level=4)
    assert refusal(rules, someone=someone).reason is Reason.FOUR_ELEMENTS_MISMATCH
    assert fresh(account).valid_from == account.valid_from
    assert lines_about(someone.id_number) == []


def test_every_wrong_field_is_told_at_once(rules: Rules) -> None:
    account_of(SOMEONE, level=4)
    refused = refusal(rules, ("x", "y"), on_site([], "换证"))
    assert refused.reason is Reason.INVALID_INPUT
    fields = {one["field"] for one in refused.details["fields"]}
    assert fields == {"evidence_seen", "valid_from", "valid_until"}


def test_person_needs_an_activated_account(rules: Rules) -> None:
    assert refusal(rules).reason is Reason.PERSON_NOT_REGISTERED
    account_of(SOMEONE, status="frozen")
    assert refusal(rules).reason is Reason.ACCOUNT_FROZEN
