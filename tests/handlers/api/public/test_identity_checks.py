"""POST /identity-checks over HTTP: no token, no vendor call, nothing stored."""

import pytest
import requests

from tests.support.api.refusals import refused
from tests.support.people.accounts import account_of, phone_proof, tables_of
from tests.support.people.persons import person
from tests.support.people.registrations import body, synced_account
from tests.support.service.service import Service, data_of


def test_check_needs_no_token(service: Service) -> None:
    someone = person("阿卜杜拉 ． 买买提", number=1)
    sent = {**someone.four_elements, "valid_from": "2024年6月3日", "valid_until": "20440602"}
    data = data_of(service.post("/identity-checks", json=sent), 200)
    assert data["normalised"] == {
        "name": "阿卜杜拉·买买提",
        "id_number": someone.id_number,
        "valid_from": "2024-06-03",
        "valid_until": "2044-06-02",
    }
    [warning] = data["warnings"]
    assert set(warning) == {"field", "code", "message", "suggestion"}
    assert (warning["code"], warning["suggestion"]) == ("valid_until_day_off", "2044-06-03")
    assert service.sandbox.calls() == []


def test_warning_without_a_suggestion_is_null(service: Service) -> None:
    sent = person("王", number=2).four_elements
    [warning] = data_of(service.post("/identity-checks", json=sent))["warnings"]
    assert warning["suggestion"] is None


def test_checks_of_visitors_are_limited_by_address(service: Service) -> None:
    sent, address = person(number=3).four_elements, "203.0.113.12"
    answers = [service.post("/identity-checks", json=sent, address=address) for _ in range(61)]
    assert [a.status_code for a in answers] == [200] * 60 + [429]
    data = refused(answers[-1], 429, "TOO_MANY_ATTEMPTS")
    assert data["scope"] == "identity_checks"
    token = service.wechat_login()
    data_of(service.post("/identity-checks", json=sent, address=address, token=token))
    data_of(service.post("/identity-checks", json=sent, address="203.0.113.13"))


@pytest.mark.parametrize(
    ("changes", "field", "code", "case"),
    [
        ({"name": "阿卜·"}, "name", "name_dot_at_edge", 13),
        ({"valid_until": "2024-02-30"}, "valid_until", "valid_until_impossible", 4),
        ({"phone": ""}, "phone", "phone_missing", None),
        ({"phone": "1380"}, "phone", "phone_not_mobile", None),
    ],
)
def test_impossible_elements_are_refused(
    service: Service, changes: dict[str, str], field: str, code: str, case: int | None
) -> None:
    sent = {**person(number=3).four_elements, **changes}
    data = refused(service.post("/identity-checks", json=sent), 422, "INVALID_INPUT", case)
    [entry] = data["fields"]
    assert (entry["field"], entry["code"]) == (field, code)
    assert entry["message"]


def test_old_number_is_returned_in_its_new_form(service: Service) -> None:
    someone = person(number=4)
    old = someone.id_number[:6] + someone.id_number[8:17]
    sent = {**someone.four_elements, "id_number": old}
    data = refused(service.post("/identity-checks", json=sent), 422, "INVALID_INPUT", 4)
    assert data["fields"][0]["suggestion"] == someone.id_number


def test_missing_fields_are_named(service: Service) -> None:
    data = refused(service.post("/identity-checks", json={}), 422, "INVALID_INPUT")
    assert {entry["field"] for entry in data["fields"]} == {
        "name",
        "id_number",
        "valid_from",
        "valid_until",
    }


def test_synced_person_hears_to_activate_as_soon_as_the_phone_is_proved(service: Service) -> None:
    someone, new = person(number=11), person(number=12)
    with tables_of(service):
        synced_account(someone)
        account_of(person(number=13))
    token = service.wechat_login()
    code = service.sms_code(token, someone.phone, "register")
    sent = {**someone.four_elements, "phone": someone.phone, "sms_code": code}
    # Without a proof nobody is told.
    unproved = {**sent, "sms_code": None}
    data_of(service.post("/identity-checks", json=unproved, token=token), 200)
    refused(service.post("/identity-checks", json=sent), 401, "UNAUTHENTICATED")
    wrong = {**sent, "sms_code": "000000" if code != "000000" else "111111"}
    refused(service.post("/identity-checks", json=wrong, token=token), 422, "SMS_CODE_WRONG", 1)
    answer = service.post("/identity-checks", json=sent, token=token)
    refused(answer, 409, "ACTIVATION_REQUIRED", 9)
    assert answer.json()["help"]["actions"][0]["page"] == "pages/activation/index"
    # The code is not spent: another person registers with it.
    given = {**new.four_elements, "phone": someone.phone, "sms_code": code}
    data_of(service.post("/identity-checks", json=given, token=token), 200)
    registering = body(new, code, phone=someone.phone)
    data_of(service.post("/registrations", json=registering, token=token), 201)
    assert service.sandbox.calls("SendSms")


def test_ids_are_looked_up_under_the_limits_of_activations(service: Service) -> None:
    someone, token = person(number=11), service.wechat_login()
    with tables_of(service):
        synced_account(someone)
    proof = phone_proof(service, token, someone.phone)

    def check(number: int) -> requests.Response:
        sent = person(number=number).four_elements
        sent |= {"phone": someone.phone, "phone_proof": proof}
        return service.post("/identity-checks", json=sent, token=token)

    # Those of synced people use nothing up.
    for _ in range(3):
        refused(check(11), 409, "ACTIVATION_REQUIRED", 9)
    assert [check(20 + n).status_code for n in range(20)] == [200] * 20
    data = refused(check(11), 429, "TOO_MANY_ATTEMPTS", 3)
    assert data["scope"] == "lookups"
    started = service.post("/activations", json={"id_number": someone.id_number}, token=token)
    refused(started, 429, "TOO_MANY_ATTEMPTS", 3)
