"""Subscriptions over HTTP: topics, accepts and the message that follows."""

import subprocess
import sys

from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import Service, data_of, error_of
from tests.support.service.waiting import eventually


def test_refused_range_leads_to_a_message_when_it_opens(service: Service) -> None:
    token = service.wechat_login("zhang")
    refusal = service.post(
        "/sms-codes", token=token, json={"phone": "19900138011", "purpose": "register"}
    )
    error_of(refusal, 422, "PHONE_SEGMENT_UNSUPPORTED")
    offers = data_of(service.get("/subscriptions", token=token))["topics"]
    (template_id,) = (o["template_id"] for o in offers if o["topic"] == "number_range_supported")
    service.sandbox.subscribe("o-zhang", template_id, 1)

    body = {"topic": "number_range_supported", "template_id": template_id}
    accepted = service.post("/subscriptions", token=token, json=body)
    assert data_of(accepted, 201) == {"topic": "number_range_supported", "waiting": 1}

    subprocess.run(
        [sys.executable, "manage.py", "number-ranges", "remove", "199"],
        cwd=REPOSITORY,
        env=service.environment,
        check=True,
        capture_output=True,
    )
    assert eventually(lambda: service.sandbox.wechat_messages("o-zhang"))
    (message,) = service.sandbox.wechat_messages("o-zhang")
    assert message["kind"] == "subscribe"
    assert message["text"].startswith("199号段手机号 · 已支持")
    offers = data_of(service.get("/subscriptions", token=token))["topics"]
    assert {offer["waiting"] for offer in offers} == {0}


def test_invalid_subscriptions_are_refused(service: Service) -> None:
    token = service.wechat_login("zhang")
    right = {"topic": "ticket", "template_id": "sandbox-ticket"}
    error_of(service.post("/subscriptions", json=right), 401, "UNAUTHENTICATED")
    for changes, field, code in (
        ({"topic": "lottery"}, "topic", "not_allowed"),
        ({"template_id": "another"}, "template_id", "not_allowed"),
        ({"template_id": ""}, "template_id", "required"),
        ({"topic": "number_range_supported", "template_id": "sandbox-number_range_supported",
          "segment": "13"}, "segment", "wrong_form"),
        ({"topic": "sms_window_over", "template_id": "sandbox-sms_window_over"},
         "topic", "nothing_to_wait_for"),
    ):  # fmt: skip
        answer = service.post("/subscriptions", token=token, json={**right, **changes})
        (entry,) = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
        assert (entry["field"], entry["code"]) == (field, code)


def test_repeated_call_counts_one_accept(service: Service) -> None:
    token = service.wechat_login("zhang")
    right = {"topic": "ticket", "template_id": "sandbox-ticket"}
    for _ in range(3):
        answer = service.post(
            "/subscriptions", token=token, json=right, headers={"Idempotency-Key": "accept-0001"}
        )
        assert data_of(answer, 201)["waiting"] == 1
    assert data_of(service.post("/subscriptions", token=token, json=right), 201)["waiting"] == 2
    assert service.sandbox.wechat_messages() == []
