"""The sandbox's SMS gateway and inbox."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from tests.sandbox.tencent_client import SIGN_NAME, client, send_sms
from tests.support.service.sandbox import SandboxServer

PHONE = "13800138011"


def test_code_is_in_the_inbox(sandbox: SandboxServer) -> None:
    request = models.SendSmsRequest()
    request.PhoneNumberSet = [f"+86{PHONE}"]
    request.SmsSdkAppId = "1400000000"
    request.SignName = SIGN_NAME
    request.TemplateId = "1000001"
    request.TemplateParamSet = ["482913", "10"]
    request.SessionContext = "context"
    with client(SmsClient, sandbox) as made:
        answer = made.SendSms(request)
    (status,) = answer.SendStatusSet
    assert (status.Code, status.Message, status.Fee) == ("Ok", "send success", 1)
    assert status.PhoneNumber == f"+86{PHONE}"
    assert status.SessionContext == "context"
    assert status.IsoCode == "CN"
    assert status.SerialNo

    (message,) = sandbox.inbox(PHONE)
    assert set(message) == {"phone", "text", "code", "at"}
    assert message["phone"] == PHONE
    assert message["code"] == "482913"
    assert message["text"].startswith("【登记注册身份验证】验证码482913，10分钟内有效")
    at = datetime.fromisoformat(message["at"])
    assert at.utcoffset() == timedelta(hours=8)
    assert abs(datetime.now(at.tzinfo) - at) < timedelta(seconds=30)


@pytest.mark.parametrize("written", [f"+86{PHONE}", f"0086{PHONE}", f"86{PHONE}", PHONE])
def test_number_formats_are_accepted(sandbox: SandboxServer, written: str) -> None:
    (status,) = send_sms(sandbox, written)
    assert (status["Code"], status["PhoneNumber"]) == ("Ok", f"+86{PHONE}")
    assert len(sandbox.inbox(written)) == 1


@pytest.mark.parametrize("template_id", ["1000002", "1000003", "1000004"])
def test_notice_has_no_code(sandbox: SandboxServer, template_id: str) -> None:
    (status,) = send_sms(sandbox, PHONE, TemplateId=template_id, TemplateParamSet=[])
    assert status["Code"] == "Ok"
    (message,) = sandbox.inbox(PHONE)
    assert message["code"] is None
    assert message["text"].startswith("【登记注册身份验证】您的账号")


def test_inbox_is_per_phone_and_newest_first(sandbox: SandboxServer) -> None:
    for code, phone in (("111111", PHONE), ("222222", "13800138012"), ("333333", PHONE)):
        send_sms(sandbox, phone, TemplateParamSet=[code, "10"])
    assert [m["code"] for m in sandbox.inbox(PHONE)] == ["333333", "111111"]
    assert [m["code"] for m in sandbox.inbox()] == ["333333", "222222", "111111"]
    assert sandbox.last_code(PHONE) == "333333"
    assert sandbox.inbox("13800138013") == []
    with pytest.raises(LookupError):
        sandbox.last_code("13800138013")


def test_number_ending_0000_is_accepted_but_gets_nothing(sandbox: SandboxServer) -> None:
    (status,) = send_sms(sandbox, "13800130000")
    assert status["Code"] == "Ok"
    assert sandbox.inbox() == []


def test_number_ending_0009_is_refused(sandbox: SandboxServer) -> None:
    (status,) = send_sms(sandbox, "13800130009")
    assert status["Code"] == "FailedOperation.InsufficientBalanceInSmsPackage"
    assert (status["Fee"], status["SerialNo"]) == (0, "")
    assert sandbox.inbox() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TemplateId": "999"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"SignName": ""}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        (
            {"TemplateParamSet": ["482913"]},
            "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        ),
        (
            {"TemplateParamSet": ["abcdef", "10"]},
            "InvalidParameterValue.TemplateParameterFormatError",
        ),
        ({"PhoneNumberSet": ["12345"]}, "InvalidParameterValue.IncorrectPhoneNumber"),
        ({"PhoneNumberSet": [13800138011]}, "InvalidParameterValue.IncorrectPhoneNumber"),
    ],
)
def test_refused_numbers_have_their_code(
    sandbox: SandboxServer, changes: dict[str, Any], code: str
) -> None:
    (status,) = send_sms(sandbox, PHONE, **changes)
    assert status["Code"] == code
    assert sandbox.inbox() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
        ({"PhoneNumberSet": PHONE}, "MissingParameter.EmptyPhoneNumberSet"),
        ({"PhoneNumberSet": [PHONE] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
        ({"SmsSdkAppId": ""}, "MissingParameter"),
        ({"TemplateId": 1000001}, "MissingParameter"),
        ({"TemplateParamSet": "482913"}, "InvalidParameter"),
        ({"TemplateParamSet": [482913, 10]}, "InvalidParameter"),
    ],
)
def test_refused_calls_have_their_code(
    sandbox: SandboxServer, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(TencentCloudSDKException) as refusal:
        send_sms(sandbox, PHONE, **changes)
    assert refusal.value.get_code() == code


def test_each_number_of_a_call_has_its_status(sandbox: SandboxServer) -> None:
    statuses = send_sms(sandbox, PHONE, "13800130009", "1")
    assert [status["Code"] for status in statuses] == [
        "Ok",
        "FailedOperation.InsufficientBalanceInSmsPackage",
        "InvalidParameterValue.IncorrectPhoneNumber",
    ]


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("busy", "LimitExceeded.DeliveryFrequencyLimit"),
        ("limit", "LimitExceeded.AppDailyLimit"),
    ],
)
def test_gateway_can_be_busy_or_limited(sandbox: SandboxServer, mode: str, code: str) -> None:
    sandbox.fault("sms", mode)
    assert send_sms(sandbox, PHONE)[0]["Code"] == code
    assert send_sms(sandbox, PHONE)[0]["Code"] == "Ok"
    assert len(sandbox.inbox(PHONE)) == 1


def test_no_message_is_lost_under_concurrency(sandbox: SandboxServer) -> None:
    def send(number: int) -> str:
        return str(send_sms(sandbox, f"139000001{number % 8:02d}")[0]["Code"])

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(send, range(160))) == {"Ok"}
    assert len(sandbox.inbox()) == 160
    calls = sandbox.calls("SendSms")
    assert len(calls) == 160
    assert len({entry["number"] for entry in calls}) == 160
