"""The three steps of an activation over HTTP, with every outcome."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from miniprogram_api.accounts import consents
from miniprogram_api.operations import maintenance
from models.accounts.accounts import UNACTIVATED, Account
from tests.support.api.refusals import refused
from tests.support.people.persons import Person, person
from tests.support.people.registrations import PASSWORD, body, synced_account
from tests.support.service.service import Service, data_of


@pytest.fixture(autouse=True)
def store(service: Service) -> Iterator[None]:
    """Bind the models to the running service's tables."""
    maintenance.connect(service.settings)
    yield
    maintenance.disconnect()


class Holder:
    """Call as a WeChat user whose account an older system brought in."""

    def __init__(self, service: Service, someone: Person, **account: Any) -> None:
        self.service, self.person = service, someone
        self.account = synced_account(someone, **account)
        self.token = service.wechat_login()
        self.step_1()

    def step_1(self) -> dict[str, Any]:
        sent = {"id_number": self.person.id_number}
        answer = data_of(self.service.post("/activations", json=sent, token=self.token), 200)
        self.activation_token: str = answer["activation_token"]
        return answer

    def step_2(self, **changes: Any) -> requests.Response:
        sent = {"phone": self.person.phone, **changes}
        if "sms_code" not in sent:
            sent["sms_code"] = self.service.sms_code(
                self.token, self.person.phone, "activate", activation_token=self.activation_token
            )
        return self._post("phone", sent)

    def step_3(self, headers: dict[str, str] | None = None, **changes: Any) -> requests.Response:
        sent = {
            "password": PASSWORD,
            "consent_version": consents.current_text().version,
            "separate_consents": ["identity"],
            **changes,
        }
        return self._post("password", sent, headers)

    def _post(
        self, step: str, sent: dict[str, Any], headers: dict[str, str] | None = None
    ) -> requests.Response:
        path = f"/activations/{self.activation_token}/{step}"
        return self.service.post(path, json=sent, token=self.token, headers=headers)


def test_refused_registration_leads_to_an_activated_account(service: Service) -> None:
    someone = person(number=1)
    synced_account(someone)
    token = service.wechat_login("li")
    code = service.sms_code(token, someone.phone, "register")
    registering = service.post("/registrations", json=body(someone, code), token=token)
    refused(registering, 409, "ACTIVATION_REQUIRED", 9)
    Account.delete().execute()
    service.clear()
    holder = Holder(service, someone)
    answer = holder.step_1()
    assert answer["phone_hint"] == someone.phone[-2:]
    assert answer["expires_in"] == 1800
    assert someone.phone not in str(answer)
    second = data_of(holder.step_2(), 200)
    assert second["needs_dates"] is False
    done = data_of(holder.step_3(username="zhang_san", bind=True), 200)
    account = data_of(service.get("/account", token=done["token"]))
    assert account == done["account"]
    assert (account["status"], account["level"], account["bound"]) == ("registered", 3, True)
    assert account["phone_verified_by"] == "sms"
    refused(service.get("/account", token=holder.token), 401, "UNAUTHENTICATED")
    for login in (someone.id_number, someone.phone, "ZHANG_SAN"):
        signed_in = service.post("/sessions", json={"login": login, "password": PASSWORD})
        assert data_of(signed_in)["account"]["level"] == 3
    given = data_of(service.get("/account/consents", token=done["token"]))["consents"]
    assert [c["key"] for c in given] == ["general", "identity"]


def test_start_refuses_unknown_and_active_accounts(service: Service) -> None:
    token = service.wechat_login()

    def start(id_number: str) -> requests.Response:
        return service.post("/activations", json={"id_number": id_number}, token=token)

    refused(start("1101"), 422, "INVALID_INPUT", 4)
    refused(start(person(number=2).id_number), 404, "USER_NOT_FOUND", 3)
    synced_account(person(number=3), status="active")
    refused(start(person(number=3).id_number), 409, "ALREADY_ACTIVE", None)
    refused(service.post("/activations", json={"id_number": "1"}), 401, "UNAUTHENTICATED")
    # Failed look-ups are limited to 20 a minute per user.
    for number in range(10, 28):
        refused(start(person(number=number).id_number), 404, "USER_NOT_FOUND", 3)
    data = refused(start(person(number=28).id_number), 429, "TOO_MANY_ATTEMPTS", 3)
    assert data["retry_after"] <= 60


def test_other_phone_is_referred_to_a_ticket(service: Service) -> None:
    holder = Holder(service, person(number=30))
    wrong = person(number=31).phone
    response = holder.step_2(phone=wrong, sms_code="123456")
    data = refused(response, 422, "PHONE_NOT_ON_RECORD", 15)
    assert data["phone_hint"] == holder.person.phone[-2:]
    actions = response.json()["help"]["actions"]
    assert "activation_phone" in [action.get("ticket") for action in actions]
    assert data["phone_hint"] in response.json()["message"]
    # It gets no code either.
    sent = {"phone": wrong, "purpose": "activate", "activation_token": holder.activation_token}
    response = service.post("/sms-codes", json=sent, token=holder.token)
    refused(response, 422, "PHONE_NOT_ON_RECORD", 15)
    assert service.sandbox.inbox(wrong) == []
    refused(holder.step_2(phone="1", sms_code="123456"), 422, "INVALID_INPUT")
    refused(holder.step_2(sms_code="000000"), 422, "SMS_CODE_WRONG", 1)
    data_of(holder.step_2())


def test_each_step_is_repeatable(service: Service) -> None:
    holder = Holder(service, person(number=32))
    refused(holder.step_3(), 409, "STEP_ORDER", 9)
    code = service.sms_code(
        holder.token, holder.person.phone, "activate", activation_token=holder.activation_token
    )
    data_of(holder.step_2(sms_code=code))
    # After a reload the same code works under a new token.
    holder.step_1()
    refused(holder.step_3(), 409, "STEP_ORDER", 9)
    data_of(holder.step_2(sms_code=code))
    data_of(holder.step_2(sms_code=code))
    service.sandbox.fault("identity", "busy")
    refused(holder.step_3(), 503, "IDENTITY_SOURCE_BUSY", 12)
    refused(holder.step_3(password="1"), 422, "INVALID_INPUT")
    headers = {"Idempotency-Key": "activation-0001"}
    first = data_of(holder.step_3(headers))
    second = data_of(holder.step_3(headers))
    assert first["token"] != second["token"]
    assert data_of(service.get("/account", token=second["token"])) == first["account"]


def test_token_is_bound_to_session_and_activation(service: Service) -> None:
    holder = Holder(service, person(number=33))
    data_of(holder.step_2())
    own = holder.token
    holder.token = service.wechat_login("somebody_else")
    refused(holder.step_2(sms_code="123456"), 404, "ACTIVATION_EXPIRED", 9)
    refused(holder.step_3(), 404, "ACTIVATION_EXPIRED", 9)
    holder.token = own
    holder.activation_token = "x" * 43
    refused(holder.step_3(), 404, "ACTIVATION_EXPIRED", 9)
    holder.activation_token = "%00%F0%9F%99%82"
    refused(holder.step_3(), 404, "ACTIVATION_EXPIRED", 9)


@pytest.mark.parametrize(
    ("changes", "status", "code", "case"),
    [
        ({"password": "12345678"}, 422, "INVALID_INPUT", None),
        ({"consent_version": None}, 422, "CONSENT_REQUIRED", None),
        ({"consent_version": "2019-06-01"}, 409, "CONSENT_OUTDATED", None),
        (
            {"valid_from": "2024-06-03", "valid_until": "2044-06-02"},
            422,
            "IDENTITY_NEEDS_CONFIRMATION",
            4,
        ),
        ({"username": "tAKEN"}, 409, "USERNAME_TAKEN", None),
    ],
)
def test_finish_refuses_before_the_source_is_called(
    service: Service, changes: dict[str, Any], status: int, code: str, case: int | None
) -> None:
    synced_account(person(number=34), username="Taken", username_index="Taken")
    holder = Holder(service, person(number=35))
    data_of(holder.step_2())
    refused(holder.step_3(**changes), status, code, case)
    assert service.sandbox.calls("CheckIdNameDate") == []
    data_of(holder.step_3())


@pytest.mark.parametrize(
    ("name", "status", "code", "case"),
    [
        ("张不符", 422, "FOUR_ELEMENTS_MISMATCH", 4),
        ("张源忙", 503, "IDENTITY_SOURCE_BUSY", 12),
    ],
)
def test_source_results_have_their_answer(
    service: Service, name: str, status: int, code: str, case: int
) -> None:
    holder = Holder(service, person(name, number=36))
    data_of(holder.step_2())
    refused(holder.step_3(), status, code, case)
    assert Account.get_by_id(holder.account.id).status == UNACTIVATED


def test_failures_share_the_limit_with_registration(service: Service) -> None:
    holder = Holder(service, person("张不符", number=37))
    data_of(holder.step_2())
    for left in (4, 3, 2, 1, 0):
        data = refused(holder.step_3(), 422, "FOUR_ELEMENTS_MISMATCH", 4)
        assert data["attempts_left"] == left
    refused(holder.step_3(), 429, "TOO_MANY_ATTEMPTS", 10)


def test_missing_dates_are_asked_for(service: Service) -> None:
    holder = Holder(service, person(number=38), valid_from=None, valid_until=None)
    assert data_of(holder.step_2())["needs_dates"] is True
    data = refused(holder.step_3(), 422, "INVALID_INPUT", 4)
    assert [entry["field"] for entry in data["fields"]] == ["valid_from", "valid_until"]
    done = data_of(holder.step_3(valid_from="20240603", valid_until="2044.06.03"))
    assert done["account"]["valid_until"] == "2044-06-03"


def test_concurrent_activation_happens_once(service: Service) -> None:
    holder = Holder(service, person(number=39))
    data_of(holder.step_2())
    service.sandbox.fault("identity", "slow", seconds=0.5)
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: holder.step_3(), range(8)))
    codes = [response.json()["code"] for response in responses]
    assert codes.count("OK") == 1, codes
    assert set(codes) <= {
        "OK",
        "IDENTITY_CHECK_IN_PROGRESS",
        "ACTIVATION_EXPIRED",
        "UNAUTHENTICATED",
    }
    assert len(service.sandbox.calls("CheckIdNameDate")) == 1


@pytest.mark.parametrize("value", [7, "\0"], ids=repr)
def test_bad_input_in_any_field_is_refused(service: Service, value: object) -> None:
    holder = Holder(service, person(number=40))
    paths: dict[str, dict[str, Any]] = {
        "/activations": {"id_number": holder.person.id_number},
        f"/activations/{holder.activation_token}/phone": {
            "phone": holder.person.phone,
            "sms_code": "123456",
            "phone_proof": None,
        },
        f"/activations/{holder.activation_token}/password": {
            "password": PASSWORD,
            "username": None,
            "consent_version": consents.current_text().version,
            "separate_consents": ["identity"],
            "valid_from": None,
            "valid_until": None,
            "confirmed_warnings": [],
        },
    }
    for path, good in paths.items():
        for field in good:
            sent = {**good, field: value}
            response = service.post(path, json=sent, token=holder.token)
            assert 400 <= response.status_code < 500, (path, field, response.text)
