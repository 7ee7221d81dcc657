"""Case 11: no SMS arrives while activating; the report is stored and the next code works."""

from tests.support.people.cases import ActivationSteps, ask, explained
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9111)


def test_next_code_works_after_a_failed_one(service: Service) -> None:
    activating = ActivationSteps(service, SOMEONE)
    service.sandbox.fault("sms", "error")
    answer = activating.ask_for_code(SOMEONE.phone)
    data = explained(answer, 503, "SMS_UNAVAILABLE", 11)
    assert data["report_number"] in answer.json()["message"]
    report = {"kind": "network", "step": "activation.phone", "detail": "网络连接失败"}
    data_of(service.post("/client-reports", json=report, token=activating.token))
    found = ("activation_network_failed", "sms_unavailable", "activation_under_way")
    ask(service, "激活页面提示网络连接失败", 11, activating.token, *found)

    assert activating.complete()["account"]["level"] == 3
