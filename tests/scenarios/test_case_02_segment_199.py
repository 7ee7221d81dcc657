"""Case 2: a number range that is not supported yet; another number, or the day it is opened."""

import pytest

from miniprogram_api import clock
from miniprogram_api.phones import ranges as number_ranges
from tests.support.people.accounts import tables_of
from tests.support.people.cases import ActivationSteps, Applicant, ask, ask_for_code, explained
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9102)
BLOCKED = "19912345678"


def test_unsupported_range_is_refused_until_it_is_opened(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    data = explained(
        ask_for_code(service, applicant.token, BLOCKED), 422, "PHONE_SEGMENT_UNSUPPORTED", 2
    )
    assert data == {"segment": "199", "supported_from": None}
    registering = applicant.register("123456", phone=BLOCKED)
    explained(registering, 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    # The bot uses the record for any question.
    found = "phone_segment_unsupported"
    ask(service, "199开头的号不让注册？", 2, applicant.token, found)
    ask(service, "收不到验证码怎么办", 2, applicant.token, found)

    with tables_of(service):
        number_ranges.set_range("199", clock.today(), actor="test")
    said = ask(service, "199号段暂不支持怎么办", 2, applicant.token, "number_range_supported")
    # The outdated entry must not contradict the record.
    assert said["title"] is None
    assert "暂不支持" not in said["answer"] + said["answer_html"]
    assert not any("换一个" in step for step in [*said["steps"], *said["steps_html"]])
    data_of(ask_for_code(service, applicant.token, BLOCKED), 202)
    code = service.sandbox.last_code(BLOCKED)
    applicant.registered(code, phone=BLOCKED)


@pytest.mark.parametrize("question", ["199号段收不到验证码怎么办", "199收不到验证码怎么办"])
def test_a_range_named_with_another_subject_is_explained(service: Service, question: str) -> None:
    """The points about codes are ruled out by the closed range; the message stays ours."""
    ask(service, question, 2, None, "phone_segment_unsupported")


def test_another_number_registers(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    explained(ask_for_code(service, applicant.token, BLOCKED), 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    applicant.registered()


def test_unsupported_recorded_phone_is_referred_to_a_ticket(
    service: Service,
) -> None:
    """Another number cannot register, because the account waits for activation."""
    activating = ActivationSteps(service, SOMEONE, phone=BLOCKED, phone_index=BLOCKED)
    answer = activating.ask_for_code(BLOCKED)
    data = explained(answer, 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    assert data == {"segment": "199", "supported_from": None, "ticket": "activation_phone"}
    assert "请申请更正登记的手机号" in answer.json()["message"]
    actions = answer.json()["help"]["actions"]
    assert actions[0]["ticket"] == "activation_phone"
    assert "pages/register/index" not in [action.get("page") for action in actions]
    # Another number of the range is not the recorded one: the user corrects the typing.
    other = activating.ask_for_code("19912345679").json()
    assert "ticket" not in other["data"]

    asked = {"phone": BLOCKED, "purpose": "reset_password"}
    answer = service.post("/sms-codes", json=asked, token=activating.token)
    assert explained(answer, 422, "PHONE_SEGMENT_UNSUPPORTED", 2)["ticket"] == "phone_change"
    assert answer.json()["help"]["actions"][0]["ticket"] == "phone_change"


def test_signed_in_user_changes_the_phone(service: Service) -> None:
    token = Applicant(service, SOMEONE).registered()
    asked = {"phone": BLOCKED, "purpose": "confirm"}
    answer = service.post("/sms-codes", json=asked, token=token)
    explained(answer, 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    assert "请先更换登记的手机号" in answer.json()["message"]
