"""Registration: order of refusals and stored data."""

from datetime import date, timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.access import passwords, sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.reasons import Reason
from models.accounts.accounts import ACTIVE, FROZEN, Account
from models.accounts.number_ranges import NumberRange
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import IdentityCheck, IdentityClaim
from models.desks.audit import AuditEntry
from models.storage.fields import keys
from tests.support.people.persons import make_id_number, person
from tests.support.people.registration_calls import cancel, refusal, register, registered
from tests.support.people.registrations import (
    PASSWORD,
    form,
    requested_code,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@both_databases
def test_person_registers(rules: Rules) -> None:
    someone, session = person(number=1), wechat_session()
    code = requested_code(rules, session, someone.phone)
    done = register(rules, form(someone, code, username=" Zhang_San "), session)
    account = Account.get()
    assert (account.status, account.level, account.source) == (ACTIVE, 3, "self")
    assert (account.name, account.id_number, account.phone) == (
        someone.name,
        someone.id_number,
        someone.phone,
    )
    assert (account.valid_from, account.valid_until) == (someone.valid_from, someone.valid_until)
    assert account.username == "Zhang_San"
    assert account.username_index == keys().digest("zhang_san", b"username")
    assert account.phone_verified_by == "sms"
    assert account.wechat_openid is None
    assert passwords.verify(account.password_hash, PASSWORD)
    assert done.account.status == "registered"
    assert done.account.level == 3
    assert done.account.id_number == f"{someone.id_number[:3]}***********{someone.id_number[-4:]}"
    assert done.normalised.valid_until == str(someone.valid_until)
    assert done.phone == someone.phone
    # The old token is dead, the new one is the account's.
    assert sessions.find("x" * 43) is None
    found = sessions.find(done.session.token)
    assert found is not None
    assert (found.account_id, found.openid) == (account.id, "o-zhang")
    assert [(c.key, c.version) for c in consents.latest(account.id)] == [
        ("general", consents.current_text().version),
        ("identity", consents.current_text().version),
    ]
    assert SmsCode.get().used_at is not None
    assert [row.tag for row in AuditEntry.select()] == ["api:account:registered"]
    assert IdentityClaim.select().count() == 0


def test_registration_ends_the_used_token(rules: Rules) -> None:
    opened = sessions.start("o-zhang", None)
    session = SessionInfo(opened.token_hash, "o-zhang", None)
    someone = person(number=2)
    sent_code(someone.phone)
    register(rules, form(someone), session)
    assert sessions.find(opened.token) is None


def test_wechat_is_bound_only_on_request(rules: Rules) -> None:
    someone = person(number=3)
    done = registered(rules, someone, bind=True)
    assert done.account.bound
    assert Account.get().wechat_openid == "o-zhang"


def test_binding_needs_a_wechat_user(rules: Rules) -> None:
    opened = sessions.start(None, None)
    refused = refusal(
        rules, form(person(number=3), bind=True), SessionInfo(opened.token_hash, None, None)
    )
    assert [entry["field"] for entry in refused.details["fields"]] == ["bind"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉 . 买买提", "阿卜杜拉·买买提"),
        ("王𠮷", "王𠮷"),
        ("䶮𰻝", "䶮𰻝"),
        ("⼈明", "人明"),
        ("Maria  de la Cruz", "Maria de la Cruz"),
    ],
)
def test_names_are_normalised_everywhere(rules: Rules, typed: str, kept: str) -> None:
    someone = person(number=4)
    done = registered(rules, someone, name=typed)
    assert done.normalised.name == kept
    assert Account.get().name == kept
    [call] = rules.sandbox.calls("CheckIdNameDate")
    assert call["request"]["Name"] == kept


def test_long_term_card_is_stored_as_long_term(rules: Rules) -> None:
    someone = person(number=5, birth=date(1970, 1, 5), issued=date(2020, 3, 1))
    assert someone.valid_until is None
    done = registered(rules, someone, valid_until="长期有效")
    account = Account.get()
    assert (account.long_term, account.valid_until) == (True, None)
    assert done.normalised.valid_until == "长期"
    assert done.account.valid_until == "长期"
    [call] = rules.sandbox.calls("CheckIdNameDate")
    assert call["request"]["ValidityEnd"] == "00000000"
    assert IdentityCheck.get().long_term


# The order of refusals


def test_all_field_faults_are_returned_at_once(rules: Rules) -> None:
    someone = person(number=6)
    refused = refusal(
        rules,
        form(
            someone,
            name="·",
            id_number=someone.id_number[:-1],
            valid_from="昨天",
            valid_until="2020-01-01",
            phone="12345",
            password="12345",
            username="1",
        ),
    )
    assert refused.reason is Reason.INVALID_INPUT
    assert [entry["field"] for entry in refused.details["fields"]] == [
        "name",
        "id_number",
        "valid_from",
        "valid_until",
        "phone",
        "password",
        "username",
    ]
    assert refused.case == 13


@pytest.mark.parametrize("of_password", ["phone", "id_number"])
def test_password_with_own_personal_data_is_refused(rules: Rules, of_password: str) -> None:
    someone = person(number=6)
    refused = refusal(rules, form(someone, password=getattr(someone, of_password)))
    assert [entry["field"] for entry in refused.details["fields"]] == ["password"]


def child() -> dict[str, Any]:
    birth = clock.today() - timedelta(days=13 * 365)
    return {"id_number": make_id_number(birth), "valid_until": "2029-06-03"}


@pytest.mark.parametrize(
    ("changes", "case"),
    [
        # A child's matter is not begun online, as case 10 would have it.
        (child(), None),
        ({"id_number": "ABC123456789012"}, 10),
        ({"id_number": "H1234567890"}, 10),
    ],
    ids=["under_14", "foreign_card", "travel_permit"],
)
def test_window_refusal_comes_first(
    rules: Rules, changes: dict[str, Any], case: int | None
) -> None:
    refused = refusal(rules, form(person(number=7), None, phone="1", **changes))
    assert refused.reason is Reason.DOCUMENT_NEEDS_WINDOW
    assert refused.case == case
    [entry] = refused.details["fields"]
    assert entry["field"] == "id_number"
    assert rules.sandbox.calls("CheckIdNameDate") == []


def test_refusals_have_a_fixed_order(rules: Rules) -> None:
    someone, session = person(number=8), wechat_session()
    NumberRange.insert(prefix="138", changed_at=clock.now()).execute()
    typed: dict[str, Any] = {
        "name": "阿里 巴巴",
        "sms_code": "000000",
        "consent_version": None,
        "username": "taken",
    }

    def next_reason() -> Reason:
        return refusal(rules, form(someone, **typed), session).reason

    assert next_reason() is Reason.PHONE_SEGMENT_UNSUPPORTED
    NumberRange.delete().where(NumberRange.prefix == "138").execute()
    assert next_reason() is Reason.CONSENT_REQUIRED
    typed["consent_version"] = "2020-01-01"
    assert next_reason() is Reason.CONSENT_OUTDATED
    typed["consent_version"] = consents.current_text().version
    typed["separate_consents"] = []
    assert next_reason() is Reason.CONSENT_REQUIRED
    typed["separate_consents"] = ["identity"]
    assert next_reason() is Reason.SMS_CODE_WRONG
    typed["sms_code"] = sent_code(someone.phone)
    assert next_reason() is Reason.IDENTITY_NEEDS_CONFIRMATION
    typed["confirmed_warnings"] = ["name_space"]
    synced = synced_account(someone)
    assert next_reason() is Reason.ACTIVATION_REQUIRED
    Account.update(status=FROZEN).where(Account.id == synced.id).execute()
    assert next_reason() is Reason.ALREADY_REGISTERED
    Account.delete().execute()
    synced_account(person(number=9), username="Taken", username_index="Taken")
    assert next_reason() is Reason.USERNAME_TAKEN
    typed["username"] = "free"
    for number in range(10, 15):
        synced_account(person(number=number, phone=someone.phone))
    assert next_reason() is Reason.PHONE_ACCOUNT_LIMIT
    cancel(person(number=14).id_number)
    assert rules.sandbox.calls("CheckIdNameDate") == []
    # The same code served all the way.
    assert register(rules, form(someone, **typed), session).account.level == 3
    assert IdentityCheck.get().warnings == "name_space"


def test_optional_consents_are_stored(rules: Rules) -> None:
    someone, session = person(number=1), wechat_session()
    code = requested_code(rules, session, someone.phone)
    register(rules, form(someone, code, separate_consents=["face", "identity"]), session)
    given = consents.latest(Account.get().id)
    assert [consent.key for consent in given] == ["general", "identity", "face"]


def test_registered_identity_is_revealed_only_with_a_proved_phone(rules: Rules) -> None:
    someone = person(number=15)
    registered(rules, someone)
    other_phone = person(number=16).phone
    sent_code(other_phone)
    guess = form(someone, "000000", phone=other_phone)
    assert refusal(rules, guess).reason is Reason.SMS_CODE_WRONG
    proved = form(someone, phone=other_phone)
    assert refusal(rules, proved).reason is Reason.ALREADY_REGISTERED


def test_consent_refusal_names_missing_or_current_versions(rules: Rules) -> None:
    someone = person(number=17)
    missing = refusal(rules, form(someone, consent_version="", separate_consents=["face"]))
    assert missing.details == {"missing": ["general", "identity"]}
    outdated = refusal(rules, form(someone, consent_version="2019-06-01"))
    assert outdated.details == {"version": consents.current_text().version}


def test_warnings_name_field_code_and_suggestion(rules: Rules) -> None:
    someone, session = person(number=18), wechat_session()
    assert someone.valid_until is not None
    sent_code(someone.phone)
    day_off = (someone.valid_until - timedelta(days=1)).isoformat()
    refused = refusal(rules, form(someone, valid_until=day_off), session)
    assert refused.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    assert refused.case == 4
    [warning] = refused.details["warnings"]
    assert (warning["field"], warning["code"]) == ("valid_until", "valid_until_day_off")
    assert warning["suggestion"] == someone.valid_until.isoformat()
    # Confirming another warning does not do.
    other = form(someone, valid_until=day_off, confirmed_warnings=["name_space"])
    again = refusal(rules, other, session)
    assert again.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    long_term = refusal(rules, form(someone, valid_until="长期"), session)
    assert long_term.case == 14


@pytest.mark.parametrize("name", ["张不符", "张源忙", "张限次"])
def test_code_is_usable_after_a_refusal_by_the_source(rules: Rules, name: str) -> None:
    someone, session = person(number=19), wechat_session()
    sent_code(someone.phone)
    refusal(rules, form(someone, name=name), session)
    assert Account.select().count() == 0
    assert register(rules, form(someone), session).account.level == 3
