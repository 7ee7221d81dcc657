"""POST /registrations over HTTP: every answer with its code, status and case."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from miniprogram_api import clock
from miniprogram_api.accounts import cancellation
from miniprogram_api.operations import maintenance
from models.accounts.accounts import FROZEN, Account
from tests.support.api.refusals import refused
from tests.support.people.persons import Person, make_id_number, person
from tests.support.people.registrations import body, synced_account
from tests.support.service.postgres import PostgresServer
from tests.support.service.service import Service, data_of, database_for_service


@pytest.fixture
def store(service: Service) -> Iterator[None]:
    """Bind the models to the running service's tables."""
    maintenance.connect(service.settings)
    yield
    maintenance.disconnect()


class Applicant:
    """Register as a WeChat user with a proved phone."""

    def __init__(self, service: Service, someone: Person, name: str = "zhang") -> None:
        self.service, self.person = service, someone
        self.token = service.wechat_login(name)
        self.code = service.sms_code(self.token, someone.phone, "register")

    def register(self, **changes: Any) -> requests.Response:
        options = {"headers": changes.pop("headers", None), "address": changes.pop("address", None)}
        sent = body(self.person, changes.pop("sms_code", self.code), **changes)
        return self.service.post("/registrations", json=sent, token=self.token, **options)


def source_calls(service: Service) -> int:
    return len(service.sandbox.calls("CheckIdNameDate"))


def test_from_wechat_to_level_3(service: Service) -> None:
    someone = person("阿卜杜拉•买买提", number=1)
    applicant = Applicant(service, someone)
    data = data_of(applicant.register(username="Abdulla"), 201)
    assert data["normalised"] == {
        "name": "阿卜杜拉·买买提",
        "id_number": someone.id_number,
        "valid_from": "2024-06-03",
        "valid_until": "2044-06-03",
        "phone": someone.phone,
        "username": "Abdulla",
    }
    assert data["expires_in"] == 7200
    account = data_of(service.get("/account", token=data["token"]))
    assert account == data["account"]
    assert (account["status"], account["level"], account["bound"]) == ("registered", 3, False)
    assert someone.id_number not in str(account)
    # The used token has ended.
    refused(service.get("/account", token=applicant.token), 401, "UNAUTHENTICATED", None)
    consents = data_of(service.get("/account/consents", token=data["token"]))["consents"]
    assert [c["key"] for c in consents] == ["general", "identity"]
    assert consents[0]["given_at"].endswith("+08:00")


def test_registration_needs_a_valid_token(service: Service) -> None:
    sent = body(person(number=2), "123456")
    refused(service.post("/registrations", json=sent), 401, "UNAUTHENTICATED", None)
    response = service.post("/registrations", json=sent, token="x" * 43)
    refused(response, 401, "UNAUTHENTICATED", None)


# Refusals before the source is asked


@pytest.mark.parametrize(
    ("changes", "status", "code", "case"),
    [
        ({"name": "阿·"}, 422, "INVALID_INPUT", 13),
        ({"id_number": "ABC123456789012"}, 422, "DOCUMENT_NEEDS_WINDOW", 10),
        ({"phone": "19912345678"}, 422, "PHONE_SEGMENT_UNSUPPORTED", 2),
        ({"consent_version": None}, 422, "CONSENT_REQUIRED", None),
        ({"consent_version": "2019-06-01"}, 409, "CONSENT_OUTDATED", None),
        ({"sms_code": "000000"}, 422, "SMS_CODE_WRONG", 1),
        ({"phone_proof": "x" * 43, "sms_code": None}, 422, "PHONE_PROOF_INVALID", None),
        ({"valid_until": "长期"}, 422, "IDENTITY_NEEDS_CONFIRMATION", 14),
    ],
)
def test_refused_before_the_source_is_called(
    service: Service, changes: dict[str, Any], status: int, code: str, case: int | None
) -> None:
    applicant = Applicant(service, person(number=3))
    refused(applicant.register(**changes), status, code, case)
    assert source_calls(service) == 0
    # Nothing is used up by it.
    data_of(applicant.register(), 201)


def test_under_14_is_referred_to_a_window(service: Service) -> None:
    birth = clock.today() - timedelta(days=13 * 365)
    applicant = Applicant(service, person(number=4))
    response = applicant.register(id_number=make_id_number(birth), valid_until="2029-06-03")
    data = refused(response, 422, "DOCUMENT_NEEDS_WINDOW")
    content = response.json()
    assert "监护人" in content["message"] == data["fields"][0]["message"]
    assert "ticket" not in {action["type"] for action in content["help"]["actions"]}


def test_all_wrong_fields_are_named_with_suggestions(service: Service) -> None:
    applicant = Applicant(service, person(number=5))
    wrong = {"name": "阿-里", "phone": "1", "username": "1", "password": "x", "sms_code": "12"}
    answer = applicant.register(**wrong, valid_until="2044-02-30")
    data = refused(answer, 422, "INVALID_INPUT", 13)
    fields = {entry["field"]: entry for entry in data["fields"]}
    assert set(fields) == {*wrong, "valid_until"}
    assert fields["name"]["suggestion"] == "阿·里"
    assert fields["valid_until"]["suggestion"] == "2044-06-03"


def test_warning_is_confirmed_with_the_same_code(service: Service) -> None:
    applicant = Applicant(service, person(number=6))
    data = refused(applicant.register(name="王"), 422, "IDENTITY_NEEDS_CONFIRMATION", 4)
    [warning] = data["warnings"]
    assert warning["field"] == "name"
    done = applicant.register(name="王", confirmed_warnings=[warning["code"]])
    assert data_of(done, 201)["normalised"]["name"] == "王"


def test_registered_person_is_refused(service: Service, store: None) -> None:
    someone = person(number=7)
    data_of(Applicant(service, someone).register(), 201)
    other_phone = person(number=7, phone=person(number=8).phone)
    refused(Applicant(service, other_phone, "li").register(), 409, "ALREADY_REGISTERED", None)
    Account.update(status=FROZEN).execute()
    another_phone = person(number=7, phone=person(number=9).phone)
    refused(Applicant(service, another_phone, "wu").register(), 409, "ALREADY_REGISTERED", None)
    assert source_calls(service) == 1


def test_synced_account_is_referred_to_its_activation(service: Service, store: None) -> None:
    someone = person(number=10)
    synced_account(someone)
    refused(Applicant(service, someone).register(), 409, "ACTIVATION_REQUIRED", 9)


def test_user_names_are_unique_ignoring_case(service: Service) -> None:
    data_of(Applicant(service, person(number=11)).register(username="Taken"), 201)
    applicant = Applicant(service, person(number=12), "li")
    refused(applicant.register(username="tAKEN"), 409, "USERNAME_TAKEN", None)
    data_of(applicant.register(username="free_one"), 201)


def test_phone_serves_five_accounts(service: Service, store: None) -> None:
    phone = person(number=13).phone
    for number in range(14, 19):
        synced_account(person(number=number, phone=phone))
    applicant = Applicant(service, person(number=19, phone=phone))
    refused(applicant.register(), 409, "PHONE_ACCOUNT_LIMIT", 7)
    # Only the holder of the phone learns that it is full.
    refused(applicant.register(sms_code="000000"), 422, "SMS_CODE_WRONG", 1)
    Account.delete().where(Account.id == Account.get().id).execute()
    data_of(applicant.register(), 201)


# The source's answers


@pytest.mark.parametrize(
    ("name", "status", "code", "case", "costs"),
    [
        ("张不符", 422, "FOUR_ELEMENTS_MISMATCH", 4, 1),
        ("张源忙", 503, "IDENTITY_SOURCE_BUSY", 12, 0),
        ("张限次", 429, "IDENTITY_DAILY_LIMIT", 12, 0),
    ],
)
def test_source_results_have_their_answer(
    service: Service, name: str, status: int, code: str, case: int, costs: int
) -> None:
    applicant = Applicant(service, person(number=30))
    data = refused(applicant.register(name=name), status, code, case)
    if costs:
        assert data["attempts_left"] == 4
    # The remaining attempts show the cost of the first; the same code works again.
    left = refused(applicant.register(name="张不符"), 422, "FOUR_ELEMENTS_MISMATCH", 4)
    assert left["attempts_left"] == 4 - costs
    if code == "IDENTITY_DAILY_LIMIT":
        again = clock.now() + timedelta(seconds=data["retry_after"])
        assert (again.date(), again.hour) == (clock.today() + timedelta(days=1), 0)
    assert data_of(applicant.register(), 201)["account"]["level"] == 3


def test_long_term_card_is_explained_by_case_14(service: Service) -> None:
    someone = person("阿不符·买", number=31, birth=date(1970, 1, 5), issued=date(2020, 3, 1))
    assert someone.valid_until is None
    applicant = Applicant(service, someone)
    refused(applicant.register(), 422, "FOUR_ELEMENTS_MISMATCH", 14)
    done = data_of(applicant.register(name="王𠮷", valid_until="長期"), 201)
    assert done["normalised"]["valid_until"] == done["account"]["valid_until"] == "长期"
    assert service.sandbox.calls("CheckIdNameDate")[-1]["request"]["ValidityEnd"] == "00000000"
    assert service.sandbox.calls("CheckIdNameDate")[-1]["request"]["Name"] == "王𠮷"


@pytest.mark.parametrize("mode", ["reset", "limit"])
def test_source_faults_cost_no_attempt(service: Service, mode: str) -> None:
    applicant = Applicant(service, person(number=32))
    service.sandbox.fault("identity", mode, seconds=None)
    response = applicant.register()
    if mode == "limit":
        refused(response, 429, "IDENTITY_DAILY_LIMIT", 12)
    else:
        refused(response, 503, "IDENTITY_SOURCE_BUSY", 12)
    # Not retried: the source may have received it.
    assert source_calls(service) == 1
    left = refused(applicant.register(name="张不符"), 422, "FOUR_ELEMENTS_MISMATCH", 4)
    assert left["attempts_left"] == 4
    data_of(applicant.register(), 201)


def test_five_failures_are_referred_to_a_window(service: Service) -> None:
    applicant = Applicant(service, person("张不符", number=33))
    for left in (4, 3, 2, 1, 0):
        data = refused(applicant.register(), 422, "FOUR_ELEMENTS_MISMATCH", 4)
        assert data["attempts_left"] == left
    data = refused(applicant.register(name="张三"), 429, "TOO_MANY_ATTEMPTS", 10)
    assert 86_300 < data["retry_after"] <= 86_400
    assert source_calls(service) == 5


def test_address_of_wechat_users_is_open_after_a_hundred_failures(service: Service) -> None:
    address = "203.0.113.9"
    applicant = Applicant(service, person(number=34))
    for number in range(100):
        someone = person("张不符", number=400 + number // 5)
        response = applicant.register(**someone.four_elements, address=address)
        assert response.json()["code"] == "FOUR_ELEMENTS_MISMATCH", response.text
    data_of(applicant.register(address=address), 201)


# Again, and at the same moment


def test_cancelled_person_registers_again_with_the_same_attempts(
    service: Service, store: None
) -> None:
    someone = person(number=35)
    applicant = Applicant(service, someone)
    refused(applicant.register(name="张不符"), 422, "FOUR_ELEMENTS_MISMATCH", 4)
    data_of(applicant.register(username="zhangsan"), 201)
    cancellation.cancel_by_hand(Account.get().id, "两个身份证", actor="command")
    again = Applicant(service, person(number=35, phone=person(number=36).phone))
    left = refused(again.register(name="张不符"), 422, "FOUR_ELEMENTS_MISMATCH", 4)
    assert left["attempts_left"] == 3
    assert data_of(again.register(username="zhangsan"), 201)["account"]["level"] == 3


def test_repeated_call_gives_the_answer_with_a_valid_token(service: Service) -> None:
    applicant = Applicant(service, person(number=37))
    headers = {"Idempotency-Key": "registration-0001"}
    first = data_of(applicant.register(headers=headers), 201)
    again = applicant.register(headers=headers)
    second = data_of(again, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert {**second, "token": ""} == {**first, "token": ""}
    refused(service.get("/account", token=first["token"]), 401, "UNAUTHENTICATED", None)
    assert data_of(service.get("/account", token=second["token"])) == first["account"]
    other = applicant.register(headers=headers, username="another")
    refused(other, 409, "IDEMPOTENCY_CONFLICT", None)
    assert source_calls(service) == 1


def test_busy_source_is_not_kept_under_the_key(service: Service) -> None:
    applicant = Applicant(service, person(number=38))
    headers = {"Idempotency-Key": "registration-0002"}
    service.sandbox.fault("identity", "busy")
    refused(applicant.register(headers=headers), 503, "IDENTITY_SOURCE_BUSY", 12)
    data_of(applicant.register(headers=headers), 201)


def register_at_once(service: Service, applicants: list[Applicant]) -> Counter[tuple[int, str]]:
    """Register all concurrently and count each answer."""
    with ThreadPoolExecutor(len(applicants)) as pool:
        responses = list(pool.map(lambda applicant: applicant.register(), applicants))
    return Counter((r.status_code, r.json()["code"]) for r in responses)


def assert_one_of_twenty(service: Service) -> None:
    someone = person(number=39)
    applicant = Applicant(service, someone)
    # All others arrive while the source is called.
    service.sandbox.fault("identity", "slow", seconds=1.0)
    answers = register_at_once(service, [applicant] * 20)
    assert answers[201, "OK"] == 1, answers
    assert set(answers) <= {
        (201, "OK"),
        (409, "IDENTITY_CHECK_IN_PROGRESS"),
        (409, "ALREADY_REGISTERED"),
        # Calls after the success have an ended token.
        (401, "UNAUTHENTICATED"),
    }
    assert source_calls(service) == 1

    # The same person from twenty phones.
    service.sandbox.clear()
    same = [
        Applicant(service, person(number=40, phone=person(number=500 + n).phone), f"user{n}")
        for n in range(20)
    ]
    answers = register_at_once(service, same)
    assert answers[201, "OK"] == 1, answers
    assert set(answers) <= {
        (201, "OK"),
        (409, "IDENTITY_CHECK_IN_PROGRESS"),
        (409, "ALREADY_REGISTERED"),
    }
    assert source_calls(service) == 1


def test_twenty_concurrent_calls_register_once(service: Service) -> None:
    assert_one_of_twenty(service)


@pytest.mark.slow
def test_twenty_concurrent_calls_register_once_on_postgresql(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    with Service(tmp_path, database_url=database_for_service(postgres)) as service:
        assert_one_of_twenty(service)


# Bad input and silence


@pytest.mark.parametrize("value", [None, "\0"], ids=repr)
def test_bad_input_in_any_field_is_refused(service: Service, value: object) -> None:
    token = service.wechat_login()
    good = body(person(number=50), "123456")
    for field in (*good, "username", "phone_proof", "confirmed_warnings", "bind"):
        response = service.post("/registrations", json={**good, field: value}, token=token)
        assert 400 <= response.status_code < 500, (field, response.text)
        assert response.json()["code"] in {
            "INVALID_INPUT",
            "MALFORMED_JSON",
            "CONSENT_REQUIRED",
            "CONSENT_OUTDATED",
            "SMS_CODE_WRONG",
            "PHONE_PROOF_INVALID",
            "IDENTITY_NEEDS_CONFIRMATION",
            "DOCUMENT_NEEDS_WINDOW",
        }, (field, response.text)
    assert source_calls(service) == 0


def test_logs_contain_no_personal_data(service: Service) -> None:
    someone = person("欧阳不符", number=51)
    applicant = Applicant(service, someone)
    refused(applicant.register(), 422, "FOUR_ELEMENTS_MISMATCH", 4)
    service.sandbox.fault("identity", "reset")
    refused(applicant.register(), 503, "IDENTITY_SOURCE_BUSY", 12)
    data_of(applicant.register(name="欧阳修文"), 201)
    said = service.output
    for text in (someone.name, "欧阳修文", someone.id_number, someone.phone, applicant.token):
        assert text not in said
