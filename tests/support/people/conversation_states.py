"""States of users at the beginning of a conversation, made as the mini program makes them.

Only what takes longer than a test is made by the rules themselves, with an earlier clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import requests

from miniprogram_api import clock
from miniprogram_api.access import password_attempts
from miniprogram_api.phones import sms_codes
from miniprogram_api.services import Services
from tests.support.api.refusals import refused
from tests.support.people.accounts import Time, account_of, phone_proof, sign_in, tables_of
from tests.support.people.cases import Applicant, ask_for_code, face
from tests.support.people.persons import Person, make_phone, person
from tests.support.people.registrations import PASSWORD, synced_account, wechat_session
from tests.support.service.service import Service, data_of

ADDRESS = "192.0.2.7"
NAMES = {
    "elements_refused": "王秀英不符",
    "dot_refused": "阿依古丽·不符",
    "long_term_refused": "王秀英不符",
    "old_dates": "王秀英旧证",
}
BIRTHS = {"long_term_refused": date(1961, 3, 9)}


@dataclass
class Asker:
    """One WeChat user; ``facts`` are the patterns that only this user's state knows."""

    service: Service
    services: Services
    wechat: str
    person: Person
    token: str
    facts: dict[str, str] = field(default_factory=dict)

    def post(self, path: str, **content: Any) -> requests.Response:
        return self.service.post(path, json=content, token=self.token, address=ADDRESS)

    def account(self, **columns: Any) -> None:
        """Create the account, sign in and bind it, so that the chat knows it, too."""
        with tables_of(self.service):
            account_of(self.person, **columns)
        self.token = sign_in(self.service, self.person, self.wechat, bind=True)

    def faces(self, *rets: int) -> None:
        self.account()
        for ret in rets:
            face(self.service, self.token, ret, self.wechat)

    def begin_activation(self) -> str:
        with tables_of(self.service):
            synced_account(self.person)
        self.facts["hint"] = self.person.phone[-2:]
        started = data_of(self.post("/activations", id_number=self.person.id_number))
        return str(started["activation_token"])

    def wrong_passwords(self, number: int) -> None:
        login = self.person.id_number
        for _ in range(number):
            self.post("/sessions", login=login, password="Not-this-one-4711")


def asker(service: Service, services: Services, state: str | None, number: int) -> Asker:
    """Return a user in this state; ``number`` gives different users and persons."""
    wechat = f"talk-{number}"
    birth = BIRTHS.get(state or "")
    someone = person(
        NAMES.get(state or "", "王秀英"),
        number=number,
        birth=birth and birth + timedelta(days=number % 100),
    )
    one = Asker(service, services, wechat, someone, service.wechat_login(wechat))
    if state is not None:
        STATES[state](one)
    return one


def code_sent(one: Asker) -> None:
    data_of(ask_for_code(one.service, one.token, one.person.phone), 202)
    one.facts["tail"] = one.person.phone[-4:]


def range_refused(one: Asker) -> None:
    answer = ask_for_code(one.service, one.token, "199" + one.person.phone[3:])
    refused(answer, 422, "PHONE_SEGMENT_UNSUPPORTED", 2)


def hour_limit(one: Asker) -> None:
    now = clock.now()
    with tables_of(one.service):
        for minutes in (40, 20, 5):
            before = now - timedelta(minutes=minutes)
            with Time(before).running():
                sms_codes.request(
                    one.services,
                    session=wechat_session(one.wechat),
                    phone_text=one.person.phone,
                    purpose="register",
                    activation_token=None,
                )
    answer = ask_for_code(one.service, one.token, one.person.phone)
    assert refused(answer, 429, "SMS_RATE_LIMITED", 5)["window"] == "hour"


def gateway_down(one: Asker) -> None:
    one.service.sandbox.fault("sms", "error")
    refused(ask_for_code(one.service, one.token, one.person.phone), 503, "SMS_UNAVAILABLE", 1)


def reset_and_wrong(one: Asker) -> None:
    with tables_of(one.service):
        account_of(one.person)
    proof = phone_proof(one.service, one.token, one.person.phone)
    login, phone = one.person.id_number, one.person.phone
    step = data_of(one.post("/password-resets", login=login, phone=phone, phone_proof=proof))
    data_of(one.post(f"/password-resets/{step['token']}/password", password=PASSWORD))
    one.wrong_passwords(2)


def locked(one: Asker) -> None:
    """Lock the account for the second time, for five minutes."""
    before = clock.now() - timedelta(minutes=3)
    with tables_of(one.service):
        account = account_of(one.person)
        with Time(before).running():
            for _ in range(5):
                pair = password_attempts.pair_of(ADDRESS)
                password_attempts.count(one.services, account, pair)
    one.wrong_passwords(5)
    answer = one.post("/sessions", login=one.person.id_number, password=PASSWORD)
    assert refused(answer, 423, "ACCOUNT_LOCKED", 8)["retry_after"] > 200


def wrong_phone(one: Asker) -> None:
    token, phone = one.begin_activation(), make_phone(9999)
    answer = one.post("/sms-codes", phone=phone, purpose="activate", activation_token=token)
    refused(answer, 422, "PHONE_NOT_ON_RECORD", 15)


def activation_network(one: Asker) -> None:
    one.begin_activation()
    data_of(one.post("/client-reports", kind="network", step="activation.phone"))


def elements_refused(one: Asker) -> None:
    applicant = Applicant(one.service, one.person, one.wechat)
    refusal = applicant.register().json()
    assert (refusal["code"], refusal["data"]["attempts_left"]) == ("FOUR_ELEMENTS_MISMATCH", 4)


def old_dates(one: Asker) -> None:
    one.token = Applicant(one.service, one.person, one.wechat).registered(bind=True)
    refused(face(one.service, one.token, 10026, one.wechat), 422, "FACE_DATA_MISSING", 12)


def verified_on(one: Asker) -> None:
    one.account(level=4)
    until = data_of(one.service.get("/account/authorization", token=one.token))["latest_until"]
    proof = phone_proof(one.service, one.token, one.person.phone)
    content = {"enabled": True, "until": until, "phone_proof": proof}
    data_of(one.service.put("/account/authorization", json=content, token=one.token))
    day = date.fromisoformat(until)
    one.facts["until"] = rf"{day.month}月{day.day}日|{until}|0?{day.month}[.\-/]0?{day.day}\b"


def verified_ended(one: Asker) -> None:
    ended = clock.today() - timedelta(days=2)
    one.account(level=4, authorization_enabled=True, authorization_until=ended)


STATES: dict[str, Callable[[Asker], object]] = {
    "code_sent": code_sent,
    "range_refused": range_refused,
    "hour_limit": hour_limit,
    "gateway_down": gateway_down,
    "reset_and_wrong": reset_and_wrong,
    "locked": locked,
    "synced": Asker.begin_activation,
    "wrong_phone": wrong_phone,
    "activation_network": activation_network,
    "elements_refused": elements_refused,
    "dot_refused": elements_refused,
    "long_term_refused": elements_refused,
    "old_dates": old_dates,
    "face_failed": lambda one: one.faces(10004, 10004),
    "face_no_photo": lambda one: one.faces(10009),
    "face_used_up": lambda one: one.faces(*[10004] * 5),
    "verified_off": lambda one: one.account(level=4),
    "verified_on": verified_on,
    "verified_ended": verified_ended,
}
