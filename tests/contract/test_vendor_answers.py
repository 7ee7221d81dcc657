"""Every vendor's answer is counted, timed and, unless it is a success, logged in one line."""

import time
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from miniprogram_api.clients import Clients
from miniprogram_api.clients.ctid import CtidSerial
from miniprogram_api.clients.identity import IdentityAnswer
from miniprogram_api.clients.watching.answers import Told, VendorAnswers
from miniprogram_api.clients.watching.figures import VendorFigure, VendorName
from miniprogram_api.clients.wechat import WeChatCodeInvalid
from tests.contract.conftest import TIMEOUT, Build
from tests.support.people.persons import person
from tests.support.service.sandbox import SandboxServer

MAN = person("张三")
NUMBER = MAN.id_number
NAMES_OF_LINE = {
    "event", "log_level", "vendor", "call", "code", "vendor_request_id", "milliseconds",
}  # fmt: skip


def counted(vendor: str, call: str, code: str) -> float:
    labels = {"vendor": vendor, "call": call, "code": code}
    return REGISTRY.get_sample_value("vendor_answers_total", labels) or 0


def timed(vendor: str, call: str) -> float:
    labels = {"vendor": vendor, "call": call}
    return REGISTRY.get_sample_value("vendor_seconds_count", labels) or 0


def check(outside: Clients, name: str = MAN.name) -> IdentityAnswer:
    return outside.identity.check(name, NUMBER, MAN.valid_from, MAN.valid_until)


def lines(logs: list[Any]) -> list[Any]:
    return [line for line in logs if line["event"] == "vendor_answer"]


def test_success_is_counted_and_not_logged(outside: Clients) -> None:
    before = counted("identity", "CheckIdNameDate", "ok"), timed("identity", "CheckIdNameDate")
    with capture_logs() as logs:
        check(outside, "张三")
    assert counted("identity", "CheckIdNameDate", "ok") == before[0] + 1
    assert timed("identity", "CheckIdNameDate") == before[1] + 1
    assert lines(logs) == []


def test_no_of_the_identity_source_is_logged_with_code_and_request_number(
    outside: Clients,
) -> None:
    before = counted("identity", "CheckIdNameDate", "-1")
    with capture_logs() as logs:
        answer = check(outside, "张不符")
    assert counted("identity", "CheckIdNameDate", "-1") == before + 1
    [line] = lines(logs)
    assert (line["vendor"], line["call"], line["code"]) == ("identity", "CheckIdNameDate", "-1")
    assert line["vendor_request_id"] == answer.request_id
    assert set(line) == NAMES_OF_LINE


@pytest.mark.parametrize("code", ["UnauthorizedOperation.Arrears", "AuthFailure.SecretIdNotFound"])
def test_error_of_tencent_is_one_line(outside: Clients, sandbox: SandboxServer, code: str) -> None:
    sandbox.plant(refuse={"CheckIdNameDate": code})
    with capture_logs() as logs:
        check(outside, "张三")
    [line] = lines(logs)
    assert line["code"] == code
    assert line["vendor_request_id"]


def test_error_of_wechat_is_one_line_with_its_rid(outside: Clients) -> None:
    with capture_logs() as logs, pytest.raises(WeChatCodeInvalid):
        outside.wechat.user_of_code("unknown")
    [line] = lines(logs)
    assert (line["vendor"], line["call"], line["code"]) == (
        "wechat", "sns/jscode2session", "40029",
    )  # fmt: skip
    assert line["vendor_request_id"].count("-") == 2


def test_refused_sms_has_the_code_of_its_number(outside: Clients, sandbox: SandboxServer) -> None:
    with capture_logs() as logs:
        outside.sms.send_code("17000000009", "123456", 10)
    [line] = lines(logs)
    assert (line["vendor"], line["call"]) == ("sms", "SendSms")
    assert line["code"] not in ("ok", "other")


@pytest.mark.parametrize(
    ("fault", "code"), [("error", "http_500"), ("reset", "no_response"), ("slow", "timed_out")]
)
def test_failure_has_its_kind_as_code(
    outside: Clients, sandbox: SandboxServer, fault: str, code: str
) -> None:
    sandbox.fault("ctid", fault, seconds=2 * TIMEOUT)
    before = counted("ctid", "ctid/verifications", code)
    with capture_logs() as logs:
        outside.ctid.verify(f"ctid-ok-{NUMBER}", "张三", NUMBER)
    assert counted("ctid", "ctid/verifications", code) == before + 1
    assert [line["code"] for line in lines(logs)] == [code]


def test_both_steps_of_ctid_are_successes(outside: Clients) -> None:
    calls = ("ctid/serials", "ctid/verifications")
    before = [counted("ctid", call, "ok") for call in calls]
    with capture_logs() as logs:
        opened = outside.ctid.open()
        assert isinstance(opened, CtidSerial)
        outside.ctid.verify(f"ctid-ok-{NUMBER}", "张三", NUMBER, opened.serial)
    assert lines(logs) == []
    assert [counted("ctid", call, "ok") for call in calls] == [count + 1 for count in before]


def test_unreached_vendor_is_counted_for_each_try(build: Build, closed_port: str) -> None:
    outside = build(tencentcloud_faceid_endpoint=closed_port)
    with capture_logs() as logs:
        check(outside, "张三")
    assert [line["code"] for line in lines(logs)] == ["not_reached", "not_reached"]


def test_code_that_is_no_code_makes_no_series_of_its_own(outside: Clients) -> None:
    answers: VendorAnswers = outside.guards.answers
    before = counted("vendor", "call", "other")
    with capture_logs() as logs:
        answers.note("vendor", "call", Told("张三 110101", "id with 张三"), 0.1)
    assert counted("vendor", "call", "other") == before + 1
    assert lines(logs)[0]["vendor_request_id"] is None


def test_last_success_is_kept_for_all_processes(build: Build) -> None:
    first, second = build(), build()
    check(first, "张三")
    kept = second.vendor_figures.read(VendorFigure.LAST_SUCCESS)
    at = kept[VendorName("identity", "CheckIdNameDate")]
    assert abs(time.time() - at) < 30
    check(first, "张不符")
    assert second.vendor_figures.read(VendorFigure.LAST_SUCCESS)[
        VendorName("identity", "CheckIdNameDate")
    ] - at in (0, 1)
