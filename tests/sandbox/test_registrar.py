"""The page of the registration system that the sandbox plays, against the running service."""

import re

import pytest
from flask.testing import FlaskClient

from sandbox.app import create_app
from tests.support.matters.systems import system_of
from tests.support.service.sandbox import CREDENTIALS
from tests.support.service.service import Service

PAGE = "/sandbox/registrar/matters/"
FORM = {
    "subject": "示例科技有限公司",
    "kind": "establishment",
    "capital": "100万元",
    "persons": "张三 110101199003079913 股东 13800138011\n张三 110101199003079913 经理",
}


@pytest.fixture
def client(service: Service) -> FlaskClient:
    key = system_of(service).key
    client = create_app({**CREDENTIALS, "SERVICE_URL": service.url}).test_client()
    assert "先填登记系统的密钥" in client.get(PAGE).text
    client.post(f"{PAGE}key", data={"key_id": key.key_id, "secret": key.secret})
    assert key.secret not in client.get(PAGE).text
    return client


def test_matter_is_created_changed_and_shown(client: FlaskClient) -> None:
    assert "还没有业务" in client.get(PAGE).text
    assert client.post(PAGE, data=FORM).status_code == 303
    shown = client.get(PAGE).text
    assert "收件待实名查验" in shown
    assert shown.count("<code>not_found</code>") == 2
    for private in ("张三 1", "110101199003079913"):
        assert private not in shown.split('id="content"')[1]
    (matter_id,) = set(re.findall(rf"{PAGE}(\w+)/reminders", shown))
    assert client.post(f"{PAGE}{matter_id}/reminders").status_code == 303
    assert "REMINDER_LIMIT" in client.post(f"{PAGE}{matter_id}/reminders").text
    assert "MATTER_NOT_READY" in client.post(f"{PAGE}{matter_id}/acceptance").text
    assert client.post(f"{PAGE}{matter_id}/withdrawal").status_code == 303
    assert "已撤回" in client.get(PAGE).text


def test_refused_matter_names_the_fields_and_keeps_what_was_typed(client: FlaskClient) -> None:
    refused = client.post(PAGE, data={**FORM, "persons": "张三 123 股东"})
    assert refused.status_code == 422
    assert "INVALID_INPUT" in refused.text
    assert "张三 123 股东" in refused.text


def test_received_events_are_shown(client: FlaskClient) -> None:
    event = {
        "event_id": "e1",
        "type": "matter.line_confirmed",
        "sequence": 1,
        "matter": {"matter_id": "m", "number": "SX-1", "version": 1, "state": "waiting"},
        "lines": [{"line_id": "l", "role": "股东", "state": "confirmed", "reason": ""}],
    }
    client.post("/sandbox/registrar/hook", json=event)
    assert "matter.line_confirmed" in client.get(PAGE).text
