"""Registration of a person without a smartphone at a window."""

from dataclasses import replace
from datetime import date

import pytest

from miniprogram_api.operations import figures
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import verification_details
from miniprogram_api.windows import registration as window_registration
from miniprogram_api.windows.guardians import Guardian
from miniprogram_api.windows.registration import WindowForm
from models.accounts.accounts import Account
from models.accounts.consents import ConsentRecord
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.captures import CAPTURED
from tests.support.people.persons import Person, person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def form(someone: Person, **changes: object) -> WindowForm:
    elements = someone.four_elements
    made = WindowForm(
        name=elements["name"],
        id_number=elements["id_number"],
        valid_from=elements["valid_from"],
        valid_until=elements["valid_until"],
        phone=someone.phone,
        phone_of_relative=True,
        consent_signed=True,
        on_site=on_site(["id_card"], "本人没有智能手机"),
        capture=CAPTURED,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def guardian_of(parent: Person) -> Guardian:
    elements = parent.four_elements
    return Guardian(
        parent.name,
        parent.id_number,
        "父亲",
        elements["valid_from"],
        elements["valid_until"],
        "birth_certificate",
    )


def refusal(rules: Rules, made: WindowForm) -> Refused:
    with pytest.raises(Refused) as refused:
        window_registration.register(rules.services, member_of("clerk"), made, address="192.0.2.1")
    return refused.value


@BOTH
def test_registration_reaches_level_4_in_one_sitting(rules: Rules) -> None:
    someone, clerk = person(number=6), member_of("clerk")

    done = window_registration.register(rules.services, clerk, form(someone), address="192.0.2.1")

    account = Account.get()
    assert (account.id, account.level, account.verified_by) == (done.account_id, 4, "manual")
    assert (account.phone, account.phone_verified_by) == (someone.phone, "manual")
    assert (account.source, account.password_hash) == ("window", None)
    assert {row.key for row in ConsentRecord.select()} == {"general", "identity", "desk"}
    (line,) = lines_about(someone.id_number)
    assert (line.number, line.action) == (done.ledger_number, "person_registered")
    assert line.content["source_said"] == "match"
    assert line.content["phone_of_relative"] is True
    assert [review.id for review in verification_details.pending(clerk)] == [done.verification_id]
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1
    # He is counted as registered and as verified.
    figures.update(rules.services)
    report = figures.report(figures.last_days(1))
    assert report.count("accounts", "api:account:registered") == 1
    assert report.count("accounts", "api:account:verified") == 1


def test_clerk_may_submit_the_card_after_a_mismatch(rules: Rules) -> None:
    someone = person("张不符", number=7)
    assert refusal(rules, form(someone)).reason is Reason.FOUR_ELEMENTS_MISMATCH
    assert Account.select().count() == 0
    held = window_registration.register(
        rules.services, member_of("clerk"), form(someone, despite_source=True), address="192.0.2.1"
    )
    assert not held.effective
    assert lines_about(someone.id_number)[0].content["source_said"] == "four_elements_mismatch"


def test_child_needs_a_guardian(rules: Rules) -> None:
    child = person("张小宝", birth=date(2016, 5, 1), sequence=991, issued=date(2024, 6, 3))
    entries = refusal(rules, form(child)).details["fields"]
    assert [entry["field"] for entry in entries] == ["guardian"]
    parent = person(number=8)
    minor = Guardian("张小宝", child.id_number, "哥哥", proof="household_register")
    entries = refusal(rules, form(child, guardian=minor)).details["fields"]
    assert [entry["field"] for entry in entries] == ["guardian"]

    window_registration.register(
        rules.services,
        member_of("clerk"),
        form(child, guardian=guardian_of(parent)),
        address="192.0.2.1",
    )

    line = lines_about(child.id_number)[0]
    assert line.content["guardian"]["relation"] == "父亲"


def test_registered_person_and_missing_consent_are_refused(rules: Rules) -> None:
    someone = person(number=9)
    assert refusal(rules, form(someone, consent_signed=False)).reason is Reason.CONSENT_REQUIRED
    assert refusal(rules, form(someone, phone="1")).reason is Reason.INVALID_INPUT
    nothing_seen = on_site([], "")
    fields = refusal(rules, form(someone, on_site=nothing_seen)).details["fields"]
    assert {entry["field"] for entry in fields} == {"evidence_seen", "reason"}
    account_of(someone)
    assert refusal(rules, form(someone)).reason is Reason.ALREADY_REGISTERED
    with pytest.raises(Refused) as refused:
        window_registration.register(
            rules.services, member_of("centre"), form(someone), address="192.0.2.1"
        )
    assert refused.value.reason is Reason.FORBIDDEN


def test_a_clerk_sends_codes_to_more_people_than_a_wechat_user_may(rules: Rules) -> None:
    clerk, most = member_of("clerk"), rules.services.settings.phones_per_wechat_user
    for number in range(most + 1):
        sent = window_registration.send_code(rules.services, clerk, f"138000001{number:02}")
        assert sent.remaining == {"hour": 2, "day": 4}
