"""The SMS client: the outcome of each message, and that no message is sent twice."""

import json
import logging
import socket

import pytest
import structlog

from miniprogram_api.clients import Clients
from miniprogram_api.clients.sms.gateway import SmsOutcome
from tests.contract.canned import CannedServer
from tests.contract.conftest import Build
from tests.support.people.persons import make_phone
from tests.support.service.sandbox import SandboxServer

PHONE = make_phone(7)


def sends(sandbox: SandboxServer) -> int:
    return len(sandbox.calls("SendSms"))


def test_code_arrives_on_the_phone(outside: Clients, sandbox: SandboxServer) -> None:
    result = outside.sms.send_code(PHONE, "604219", 10)
    assert (result.outcome, result.vendor) == (SmsOutcome.ACCEPTED, "tencent")
    assert result.serial.startswith("5000:")
    [message] = sandbox.inbox(PHONE)
    assert message["code"] == "604219"
    assert "10分钟内有效" in message["text"]
    assert message["text"].startswith("【登记注册身份验证】")


@pytest.mark.parametrize(
    ("kind", "text"), [("phone_changed", "手机号已更换"), ("binding_changed", "另一个微信")]
)
def test_notice_arrives(outside: Clients, sandbox: SandboxServer, kind: str, text: str) -> None:
    assert outside.sms.send_notice(PHONE, kind).outcome is SmsOutcome.ACCEPTED
    [message] = sandbox.inbox(PHONE)
    assert text in message["text"]
    assert PHONE not in message["text"]


def test_unknown_notice_raises(outside: Clients) -> None:
    with pytest.raises(KeyError):
        outside.sms.send_notice(PHONE, "nonsense")


def test_accepted_code_may_not_arrive(outside: Clients, sandbox: SandboxServer) -> None:
    phone = PHONE[:7] + "0000"
    assert outside.sms.send_code(phone, "604219", 10).outcome is SmsOutcome.ACCEPTED
    assert sandbox.inbox(phone) == []


def test_number_refused_by_the_gateway(outside: Clients, sandbox: SandboxServer) -> None:
    assert outside.sms.send_code(PHONE[:7] + "0009", "604219", 10).outcome is SmsOutcome.OPERATOR


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("busy", SmsOutcome.RATE),
        ("limit", SmsOutcome.OPERATOR),
        ("error", SmsOutcome.FAILED),
        ("reset", SmsOutcome.UNCERTAIN),
    ],
)
def test_gateway_faults_have_their_outcome(
    outside: Clients, sandbox: SandboxServer, mode: str, outcome: SmsOutcome
) -> None:
    sandbox.fault("sms", mode, 9)
    assert outside.sms.send_code(PHONE, "604219", 10).outcome is outcome
    assert sends(sandbox) == 1
    assert sandbox.inbox(PHONE) == []


def test_time_out_is_uncertain_and_not_retried(outside: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("sms", "slow", seconds=2)
    assert outside.sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.UNCERTAIN
    assert sends(sandbox) == 1
    assert sandbox.last_code(PHONE) == "604219"


def test_closed_port_is_not_sent(build: Build, closed_port: str) -> None:
    sms = build(tencentcloud_sms_endpoint=closed_port).sms
    assert sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.NOT_REACHED


def test_connection_failure_is_not_sent(build: Build) -> None:
    with socket.socket() as full:
        # A full accept queue: the kernel leaves further connections pending.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        queue = [socket.socket() for _ in range(3)]
        for waiting in queue:
            waiting.setblocking(False)
            waiting.connect_ex(address)
        sms = build(tencentcloud_sms_endpoint=f"127.0.0.1:{address[1]}", sms_timeout=0.5).sms
        assert sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.NOT_REACHED
        for waiting in queue:
            waiting.close()


def test_failed_tls_handshake_is_uncertain(build: Build, canned: CannedServer) -> None:
    sms = build(tencentcloud_sms_endpoint=canned.endpoint, tencentcloud_endpoint_scheme="https").sms
    assert sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.UNCERTAIN


def test_wrong_signature_is_refused(build: Build, sandbox: SandboxServer) -> None:
    sms = build(tencentcloud_secret_id="sandbox-other-id").sms
    assert sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.OPERATOR
    assert sandbox.inbox(PHONE) == []


def test_production_rejects_sandbox_answers(build: Build) -> None:
    with structlog.testing.capture_logs() as logs:
        outcome = build(profile="production").sms.send_code(PHONE, "604219", 10).outcome
    assert outcome is SmsOutcome.NOT_REACHED
    assert [(e["log_level"], e["code"]) for e in logs] == [("error", "sandbox_answered")]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("Ok", SmsOutcome.ACCEPTED),
        ("FailedOperation.InsufficientBalanceInSmsPackage", SmsOutcome.OPERATOR),
        ("InternalError.Timeout", SmsOutcome.UNCERTAIN),
        ("InternalError.SendAndRecvFail", SmsOutcome.UNCERTAIN),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_vendor_codes_have_their_outcome(
    build: Build, canned: CannedServer, code: str, outcome: SmsOutcome, content_type: str
) -> None:
    sms = build(tencentcloud_sms_endpoint=canned.endpoint).sms
    status = {"Code": code, "PhoneNumber": f"+86{PHONE}"}
    canned.answer(
        "/", {"Response": {"SendStatusSet": [status], "RequestId": "r"}}, content_type=content_type
    )
    assert sms.send_code(PHONE, "604219", 10).outcome is outcome
    if code != "Ok":
        error = {"Code": code, "Message": "no"}
        canned.answer(
            "/", {"Response": {"Error": error, "RequestId": "r"}}, content_type=content_type
        )
        assert sms.send_code(PHONE, "604219", 10).outcome is outcome


@pytest.mark.parametrize(
    "body",
    ["", "<html>", "[]", {}, {"Response": None}, {"Response": {}}, {"Response": {"Error": None}},
     {"Response": {"SendStatusSet": []}}, {"Response": {"SendStatusSet": [None]}}],
)  # fmt: skip
def test_unreadable_answer_is_uncertain(build: Build, canned: CannedServer, body: object) -> None:
    sms = build(tencentcloud_sms_endpoint=canned.endpoint).sms
    canned.answer("/", body)
    assert sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.UNCERTAIN
    assert len(canned.requests) == 1


@pytest.mark.parametrize(("status", "count"), [(302, 1), (307, 1), (404, 1), (503, 1)])
def test_redirect_is_not_followed(
    build: Build, canned: CannedServer, status: int, count: int
) -> None:
    sms = build(tencentcloud_sms_endpoint=canned.endpoint).sms
    canned.answer("/", "", status)
    assert sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.FAILED
    assert len(canned.requests) == count


def test_request_fields(build: Build, canned: CannedServer) -> None:
    sms = build(tencentcloud_sms_endpoint=canned.endpoint, sms_sdk_app_id="1400000042").sms
    canned.answer("/", {"Response": {"SendStatusSet": [{"Code": "Ok"}]}})
    sms.send_code(PHONE, "604219", 10)
    [request] = canned.requests
    assert json.loads(request.body) == {
        "PhoneNumberSet": [f"+86{PHONE}"],
        "SmsSdkAppId": "1400000042",
        "SignName": "登记注册身份验证",
        "TemplateId": "1000001",
        "TemplateParamSet": ["604219", "10"],
    }
    assert request.headers["X-TC-Action"] == "SendSms"
    assert request.headers["X-TC-Version"] == "2021-01-11"


def test_connection_is_reused(build: Build, canned: CannedServer) -> None:
    sms = build(tencentcloud_sms_endpoint=canned.endpoint).sms
    canned.keep_alive = True
    canned.answer("/", {"Response": {"SendStatusSet": [{"Code": "Ok"}]}})
    for _ in range(5):
        assert sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.ACCEPTED
    assert (canned.connections, len(canned.requests)) == (1, 5)


def test_logs_contain_neither_phone_nor_code(
    outside: Clients, sandbox: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        for mode in ("ok", "busy", "error", "reset"):
            sandbox.fault("sms", mode)
            outside.sms.send_code(PHONE, "604219", 10)
    text = caplog.text + json.dumps(logs)
    assert logs
    assert PHONE not in text
    assert "604219" not in text
