"""收不到验证码怎么办 asked over HTTP by six people in six states: each gets their own cause."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.phones import ranges as number_ranges
from tests.support.api.refusals import refused
from tests.support.people.accounts import tables_of
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import synced_account
from tests.support.service.service import Service, data_of

QUESTION = "收不到验证码怎么办"
SOMEONE = person("王秀英", number=9601)
PHONE, OTHER_PHONE, BLOCKED = SOMEONE.phone, make_phone(9602), "19900129603"


class User:
    """Act as a WeChat user."""

    def __init__(self, service: Service, wechat: str = "zhang") -> None:
        self.service, self.token = service, service.wechat_login(wechat)

    def request_code(self, phone: str, purpose: str = "register", **fields: str) -> Any:
        body = {"phone": phone, "purpose": purpose, **fields}
        return self.service.post("/sms-codes", json=body, token=self.token)

    def start_activation(self) -> str:
        with tables_of(self.service):
            synced_account(SOMEONE)
        body = {"id_number": SOMEONE.id_number}
        started = self.service.post("/activations", json=body, token=self.token)
        return str(data_of(started)["activation_token"])

    def report(self, kind: str, step: str) -> None:
        body = {"kind": kind, "step": step}
        data_of(self.service.post("/client-reports", json=body, token=self.token))

    def ask(self, question: str = QUESTION, conversation: str | None = None) -> dict[str, Any]:
        body = {"question": question}
        if conversation is not None:
            body["conversation_id"] = conversation
        answer = self.service.post("/faq/ask", json=body, token=self.token)
        for phone in (PHONE, OTHER_PHONE, BLOCKED):
            assert phone not in answer.text
        return data_of(answer)


def fresh(_: User) -> None:
    """Return a user without any event."""


def blocked_range(one: User) -> None:
    refused(one.request_code(BLOCKED), 422, "PHONE_SEGMENT_UNSUPPORTED", 2)


def window_used_up(one: User) -> None:
    data_of(one.request_code(PHONE), 202)
    refused(one.request_code(PHONE), 429, "SMS_RATE_LIMITED", 5)


def sent_and_unused(one: User) -> None:
    data_of(one.request_code(PHONE), 202)


def wrong_phone(one: User) -> None:
    token = one.start_activation()
    asked = one.request_code(OTHER_PHONE, "activate", activation_token=token)
    refused(asked, 422, "PHONE_NOT_ON_RECORD", 15)


def network_errors(one: User) -> None:
    one.start_activation()
    one.report("network", "activation.phone")


@pytest.mark.parametrize(
    ("happens", "case", "codes"),
    [
        (fresh, 1, []),
        (blocked_range, 2, ["phone_segment_unsupported"]),
        (window_used_up, 5, ["sms_rate_limited"]),
        (sent_and_unused, 1, ["sms_code_unused"]),
        (wrong_phone, 15, ["phone_not_on_record"]),
        (network_errors, 11, ["activation_network_failed", "activation_under_way"]),
    ],
)
def test_six_states_get_six_answers(
    service: Service, happens: Callable[[User], None], case: int, codes: list[str]
) -> None:
    one = User(service)
    happens(one)
    said = one.ask()
    assert (said["kind"], said["case"]) == ("answer", case)
    assert [finding["code"] for finding in said["diagnosis"]] == codes
    assert said["steps"]
    assert said["actions"]
    # Another user with the same text at the same time gets their own answer.
    assert User(service, "li").ask()["case"] == 1


def test_diagnosis_times_equal_those_of_the_api(service: Service) -> None:
    one = User(service)
    requested = data_of(one.request_code(PHONE), 202)
    earliest = clock.now() + timedelta(seconds=requested["resend_after"] - 10)
    [finding] = one.ask()["diagnosis"]
    assert finding["severity"] == "info"
    assert finding["data"]["phone"] == "138****" + PHONE[-4:]
    assert finding["data"]["remaining"] == requested["remaining"]
    next_at = datetime.fromisoformat(finding["data"]["next_at"])
    assert earliest < next_at <= clock.now() + timedelta(seconds=60)
    limited = refused(one.request_code(PHONE), 429, "SMS_RATE_LIMITED", 5)
    again = clock.now() + timedelta(seconds=limited["retry_after"])
    assert abs(again - next_at) <= timedelta(seconds=2)


def test_opened_range_overrides_the_entry(service: Service) -> None:
    one = User(service)
    refused(one.request_code(BLOCKED), 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    with tables_of(service):
        number_ranges.set_range("199", clock.today(), actor="test")
    assert one.ask()["case"] == 1
    said = one.ask("199号段暂不支持怎么办")
    assert said["case"] == 2
    assert [finding["code"] for finding in said["diagnosis"]] == ["number_range_supported"]
    data_of(one.request_code(BLOCKED), 202)


def test_visitor_is_asked_for_the_phone_and_answered(
    service: Service,
) -> None:
    for reply, case in (("是的", 2), ("不是，是138的", 1), ("19912345678", 2)):
        body: dict[str, str] = {"question": QUESTION}
        said = data_of(service.post("/faq/ask", json=body))
        assert said["case"] == 1
        assert "请问手机号是199开头吗？" in said["answer"]
        body = {"question": reply, "conversation_id": said["conversation_id"]}
        assert data_of(service.post("/faq/ask", json=body))["case"] == case


def test_refusal_notes_are_per_wechat_user_and_end_with_success(
    service: Service,
) -> None:
    """One user, first with a blocked phone, then with one that gets its code."""
    one = User(service)
    refused(one.request_code(BLOCKED), 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    assert one.ask()["case"] == 2
    data_of(one.request_code(PHONE), 202)
    assert one.ask()["case"] == 1
    # A new token of the same user changes nothing.
    again = User(service)
    # The waiting times may differ by a second.
    found, other = ([row["code"] for row in user.ask()["diagnosis"]] for user in (again, one))
    assert found == other != []
