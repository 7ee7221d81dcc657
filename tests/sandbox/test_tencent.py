"""The sandbox's Tencent Cloud endpoint: signatures, actions and the form of errors."""

import json
import time
from typing import Any

import pytest
import requests
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.faceid.v20180301.faceid_client import FaceidClient
from tencentcloud.sms.v20210111.sms_client import SmsClient

from tests.sandbox.tencent_client import call, client, send_sms
from tests.support.people.persons import person
from tests.support.service.sandbox import SandboxServer

ANYBODY = person()
IDENTITY = {
    "Name": ANYBODY.name,
    "IdCard": ANYBODY.id_number,
    "ValidityBegin": "20240603",
    "ValidityEnd": "20440603",
}


def _refused(sandbox: SandboxServer, action: str = "CheckIdNameDate", **options: Any) -> str:
    with pytest.raises(TencentCloudSDKException) as refusal:
        call(sandbox, action, IDENTITY, **options)
    assert refusal.value.get_request_id()
    code: str = refusal.value.get_code()
    return code


def test_signature_of_the_sdk_is_accepted(sandbox: SandboxServer) -> None:
    assert call(sandbox, "CheckIdNameDate", IDENTITY)["Result"] == "0"
    assert send_sms(sandbox, "+8613800138011")[0]["Code"] == "Ok"


def test_wrong_key_is_refused(sandbox: SandboxServer) -> None:
    assert _refused(sandbox, secret_key="another") == "AuthFailure.SignatureFailure"


def test_wrong_id_is_refused(sandbox: SandboxServer) -> None:
    assert _refused(sandbox, secret_id="another") == "AuthFailure.SecretIdNotFound"


def test_unknown_action_is_refused(sandbox: SandboxServer) -> None:
    assert _refused(sandbox, "GetLiveCode") == "InvalidAction"


def test_signature_for_another_service_is_refused(sandbox: SandboxServer) -> None:
    with client(SmsClient, sandbox) as made:
        made._apiVersion = "2018-03-01"
        with pytest.raises(TencentCloudSDKException) as refusal:
            made.call_json("CheckIdNameDate", IDENTITY)
    assert refusal.value.get_code() == "AuthFailure.SignatureFailure"


def test_wrong_version_is_refused(sandbox: SandboxServer) -> None:
    with client(FaceidClient, sandbox) as made:
        made._apiVersion = "2017-03-12"
        with pytest.raises(TencentCloudSDKException) as refusal:
            made.call_json("CheckIdNameDate", IDENTITY)
    assert refusal.value.get_code() == "NoSuchVersion"


def test_sms_needs_a_region(sandbox: SandboxServer) -> None:
    with pytest.raises(TencentCloudSDKException, match="Region"):
        call(sandbox, "SendSms", {}, region="")


class Captured:
    """Hold a request signed by the SDK, to be sent again with changes."""

    def __init__(self, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = sandbox.url + "/"

        def keep(_self: object, url: str, data: str, headers: dict[str, str], **_: Any) -> None:
            self.body, self.headers = data.encode(), dict(headers)
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr(requests.Session, "request", keep)
            with pytest.raises(TencentCloudSDKException):
                call(sandbox, "CheckIdNameDate", IDENTITY)

    def send(
        self, body: bytes | None = None, headers: dict[str, str | None] | None = None
    ) -> dict[str, Any]:
        changed = {**self.headers, **(headers or {})}
        sent = {name: value for name, value in changed.items() if value is not None}
        with requests.Session() as session:
            session.trust_env = False
            response = session.post(self.url, self.body if body is None else body, headers=sent)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["X-Sandbox"] == "1"
        answer: dict[str, Any] = response.json()["Response"]
        assert answer["RequestId"]
        return answer


@pytest.fixture
def captured(sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Captured:
    return Captured(sandbox, monkeypatch)


def test_same_request_is_accepted_twice(captured: Captured) -> None:
    assert captured.send()["Result"] == captured.send()["Result"] == "0"


def test_changed_body_is_refused(captured: Captured) -> None:
    changed = captured.body.replace(b"20440603", b"20440604")
    assert changed != captured.body
    assert captured.send(changed)["Error"]["Code"] == "AuthFailure.SignatureFailure"


def test_changed_host_is_refused(captured: Captured) -> None:
    assert (
        captured.send(headers={"Host": "example.test"})["Error"]["Code"]
        == "AuthFailure.SignatureFailure"
    )


@pytest.mark.parametrize("seconds", [-301, 301])
def test_signature_outside_the_time_window_is_refused(captured: Captured, seconds: int) -> None:
    answer = captured.send(headers={"X-TC-Timestamp": str(int(time.time()) + seconds)})
    assert answer["Error"]["Code"] == "AuthFailure.SignatureExpire"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": None}, "MissingParameter"),
        ({"X-TC-Timestamp": None}, "MissingParameter"),
        ({"X-TC-Timestamp": "soon"}, "InvalidParameter"),
        ({"Authorization": "Bearer abc"}, "AuthFailure.InvalidAuthorization"),
    ],
)
def test_malformed_signature_is_refused(
    captured: Captured, headers: dict[str, str | None], code: str
) -> None:
    assert captured.send(headers=headers)["Error"]["Code"] == code


def test_content_type_and_host_must_be_signed(captured: Captured) -> None:
    weaker = captured.headers["Authorization"].replace("content-type;host", "content-type")
    answer = captured.send(headers={"Authorization": weaker})
    assert answer["Error"]["Code"] == "AuthFailure.InvalidAuthorization"


def test_refused_calls_are_recorded(sandbox: SandboxServer, captured: Captured) -> None:
    captured.send(b"not json")
    (call_received,) = sandbox.calls("CheckIdNameDate")
    assert call_received["request"] is None
    assert call_received["target"] == "identity"


def test_error_has_the_form_of_the_vendor(captured: Captured) -> None:
    answer = captured.send(json.dumps({}).encode())
    assert set(answer) == {"Error", "RequestId"}
    assert set(answer["Error"]) == {"Code", "Message"}
