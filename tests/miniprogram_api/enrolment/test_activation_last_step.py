"""The last step of an activation, and simultaneous activations."""

from datetime import date, timedelta
from typing import Any

import pytest

from miniprogram_api.enrolment import registration
from miniprogram_api.enrolment.activation import Activated
from miniprogram_api.identity import verification
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from tests.support.people.activations import ADDRESS, finish, prove, proved, start
from tests.support.people.persons import person
from tests.support.people.registrations import (
    form,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


# Step 3


def test_step_3_before_step_2_reveals_nothing_about_the_record(rules: Rules) -> None:
    someone, session = person(number=15), wechat_session()
    synced_account(someone)
    token = start(rules, someone, session)
    with pytest.raises(Refused) as caught:
        # Whether this is the phone on record must not show.
        finish(rules, token, session, password=someone.phone)
    assert caught.value.reason is Reason.STEP_ORDER
    assert caught.value.case == 9


def test_step_3_returns_all_field_faults_at_once(rules: Rules) -> None:
    someone, session = person(number=16), wechat_session()
    synced_account(someone, valid_from=None, valid_until=None)
    token = start(rules, someone, session)
    sent_code(someone.phone, "activate")
    assert prove(rules, token, session, someone.phone).needs_dates
    with pytest.raises(Refused) as caught:
        finish(rules, token, session, password=someone.phone, username="1")
    assert [entry["field"] for entry in caught.value.details["fields"]] == [
        "valid_from",
        "valid_until",
        "password",
        "username",
    ]
    done = finish(
        rules,
        token,
        session,
        valid_from="2024年6月3日",
        valid_until=str(someone.valid_until),
        username="new_name",
    )
    account = Account.get()
    assert (account.valid_from, account.username) == (date(2024, 6, 3), "new_name")
    assert done.account.username == "new_name"


def test_a_card_on_record_that_expired_needs_new_dates(rules: Rules) -> None:
    someone, session = person(number=17), wechat_session()
    synced_account(someone, valid_from=date(2005, 1, 1), valid_until=date(2025, 1, 1))
    token = start(rules, someone, session)
    sent_code(someone.phone, "activate")
    assert prove(rules, token, session, someone.phone).needs_dates
    with pytest.raises(Refused) as caught:
        finish(rules, token, session)
    [entry] = caught.value.details["fields"]
    assert entry["code"] == "valid_until_expired"
    dates = someone.four_elements
    finish(rules, token, session, valid_from=dates["valid_from"], valid_until=dates["valid_until"])
    assert Account.get().valid_until == someone.valid_until


def test_only_dates_of_the_form_have_warnings(rules: Rules) -> None:
    someone, session = person(number=18), wechat_session()
    assert someone.valid_until is not None
    odd = someone.valid_until - timedelta(days=400)
    synced = synced_account(someone, valid_until=odd)
    token = proved(rules, someone, session)
    typed = {"valid_from": str(someone.valid_from), "valid_until": str(odd)}
    with pytest.raises(Refused) as caught:
        finish(rules, token, session, **typed)
    assert caught.value.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    [warning] = caught.value.details["warnings"]
    assert warning["code"] == "valid_until_term_mismatch"
    assert rules.sandbox.calls("CheckIdNameDate") == []
    finish(rules, token, session)
    assert Account.get_by_id(synced.id).valid_until == odd


def test_invalid_record_leads_to_a_window(rules: Rules) -> None:
    someone, session = person(number=19), wechat_session()
    synced_account(someone, name="张\ue5e53")
    token = proved(rules, someone, session)
    with pytest.raises(Refused) as caught:
        finish(rules, token, session)
    assert caught.value.reason is Reason.DOCUMENT_NEEDS_WINDOW


def test_step_3_needs_the_consent(rules: Rules) -> None:
    someone, session = person(number=30), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    for changes, reason in (
        ({"consent_version": None}, Reason.CONSENT_REQUIRED),
        ({"separate_consents": []}, Reason.CONSENT_REQUIRED),
        ({"consent_version": "2019-06-01"}, Reason.CONSENT_OUTDATED),
    ):
        with pytest.raises(Refused) as caught:
            finish(rules, token, session, **changes)
        assert caught.value.reason is reason
    assert rules.sandbox.calls("CheckIdNameDate") == []


def test_user_name_of_another_account_is_refused(rules: Rules) -> None:
    someone, session = person(number=31), wechat_session()
    synced_account(someone, username="mine", username_index="mine")
    synced_account(person(number=32), username="Taken", username_index="Taken")
    token = proved(rules, someone, session)
    with pytest.raises(Refused) as caught:
        finish(rules, token, session, username="tAKEN")
    assert caught.value.reason is Reason.USERNAME_TAKEN
    assert finish(rules, token, session, username="Mine").account.username == "Mine"


def test_name_is_normalised_for_the_source(rules: Rules) -> None:
    someone, session = person("阿卜杜拉•买买提", number=33), wechat_session()
    synced_account(someone)
    finish(rules, proved(rules, someone, session), session, bind=True)
    account = Account.get()
    assert account.name == "阿卜杜拉·买买提"
    assert account.wechat_openid == "o-zhang"


# At the same moment


@both_databases
def test_simultaneous_activations_activate_once(rules: Rules) -> None:
    someone, session = person(number=34), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    rules.sandbox.fault("identity", "slow", seconds=0.3)
    results = at_once([lambda: finish(rules, token, session)] * 8)
    assert sum(isinstance(r, Activated) for r in results) == 1, results
    refusals = {r.reason for r in results if isinstance(r, Refused)}
    assert refusals <= {Reason.IDENTITY_CHECK_IN_PROGRESS, Reason.ACTIVATION_EXPIRED}
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1


def test_claim_holder_checks_again_before_the_source_call(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone, session = person(number=36), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    claimed = verification.claimed

    def claimed_late(*arguments: Any) -> Any:
        # Between the first look and the claim the same step succeeds.
        monkeypatch.setattr(verification, "claimed", claimed)
        finish(rules, token, session)
        return claimed(*arguments)

    monkeypatch.setattr(verification, "claimed", claimed_late)
    with pytest.raises(Refused) as caught:
        finish(rules, token, session)
    assert caught.value.reason is Reason.ACTIVATION_EXPIRED
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1


@both_databases
def test_simultaneous_registration_and_activation_give_one_account(rules: Rules) -> None:
    someone, session = person(number=35), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    sent_code(someone.phone)
    other = wechat_session("li")

    def register() -> Any:
        return registration.register(rules.services, form(someone), session=other, address=ADDRESS)

    activated, refused = at_once([lambda: finish(rules, token, session), register])
    assert isinstance(activated, Activated)
    assert isinstance(refused, Refused)
    assert refused.reason in {Reason.ACTIVATION_REQUIRED, Reason.ALREADY_REGISTERED}
    assert Account.select().count() == 1
