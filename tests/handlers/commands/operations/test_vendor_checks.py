"""``doctor --vendors`` finds each fault of our account at a vendor and says what to do."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from config import Settings
from handlers.commands.operations import doctor, vendor_checks
from handlers.commands.operations.findings import Finding
from handlers.commands.operations.vendor_remedies import remedy
from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.health import gauges
from miniprogram_api.operations import client_reports
from sms_settings import AliyunTemplate
from tests.support.service.command_line import manage
from tests.support.service.rules import Rules
from tests.support.service.service import Service
from tests.support.service.tls import secured_server

FACE = "/cityservice/face/identify/getverifyid"
ARREARS = "UnauthorizedOperation.Arrears"
NOT_OPENED = "UnauthorizedOperation.Nonactivated"


def findings(settings: Settings) -> dict[str, Finding]:
    return {one.subject: one for one in vendor_checks.findings(settings)}


def wrong(found: dict[str, Finding]) -> dict[str, str]:
    """Return subject → remedy of what is wrong, warnings apart."""
    return {name: one.trouble for name, one in found.items() if one.mark == "WRONG"}


def test_account_in_order(rules: Rules) -> None:
    settings = rules.services.settings.model_copy(update={"face_compare": "tencent"})
    found = findings(settings)
    assert {one.mark for one in found.values()} == {"ok   "}, found
    assert len(found) > 25
    assert found["check of the four elements"].state == "open (-2)"
    assert found["WeChat's face check"].state == "open: knows no such check (84001)"


@pytest.mark.parametrize(
    ("plant", "subject", "words"),
    [
        ({"refuse": {"stable_token": 40164}}, "WeChat's token", "IP白名单"),
        ({"refuse": {"stable_token": 40243}}, "WeChat's token", "frozen"),
        ({"refuse": {"queryverifyinfo": 48001}}, "WeChat's face check", "not opened"),
        ({"refuse": {"gettemplate": 48001}}, "subscription templates", "not opened"),
        ({"quota": {FACE: 0}}, f"WeChat's calls of {FACE}", "used up"),
        ({"subscriptions": ["sandbox-review"]}, "subscription template of ticket", "订阅消息"),
        ({"sms_templates": {"1000001": 1}}, "SMS template code", "SMS_TEMPLATE_CODE"),
        ({"sms_templates": {"1000008": -1}}, "SMS template matter_ended", "1000008"),
        ({"sms_signature": 1}, "SMS signature", "SMS_SIGN_NAME"),
        ({"sms_left": 0}, "SMS packages", "套餐包"),
        ({"refuse": {"CheckIdNameDate": ARREARS}}, "check of the four elements", "arrears"),
        ({"refuse": {"CheckIdNameDate": NOT_OPENED}}, "check of the four elements", "not opened"),
        ({"refuse": {"ctid/verifications": "unauthorized"}}, "CTID", "credentials"),
    ],
)
def test_planted_fault_is_found_alone(
    rules: Rules, plant: dict[str, Any], subject: str, words: str
) -> None:
    rules.sandbox.plant(**plant)
    found = wrong(findings(rules.services.settings))
    assert words in found[subject]
    others = {name for name in found if name != subject}
    # All calls of WeChat need the token; the other templates are unknown, too.
    if subject == "WeChat's token":
        assert all("WeChat" in name or "subscription" in name for name in others)
    elif "subscription" in subject:
        assert all("subscription" in name for name in others)
    else:
        assert others == set()


ALIYUN = "second SMS vendor: "


@pytest.mark.parametrize(
    ("plant", "subject", "words"),
    [
        ({"aliyun_templates": {"1000001": 0}}, "template code", "SMS_1000001"),
        ({"aliyun_templates": {"1000008": 10}}, "template matter_ended", "模板管理"),
        ({"aliyun_signature": 2}, "signature", "ALIYUN_SMS_SIGN_NAME"),
        ({"refuse": {"aliyun:QuerySmsSign": "isv.AMOUNT_NOT_ENOUGH"}}, "signature", "Top up"),
        ({"refuse": {"aliyun:QuerySmsSign": "NoPermission"}}, "signature", "AliyunDysms"),
        ({"refuse": {"aliyun:QuerySmsSign": "isv.DAY_LIMIT_CONTROL"}}, "signature", "Raise it"),
        ({"refuse": {"aliyun:QuerySmsSign": "isv.DENY_IP_RANGE"}}, "signature", "IP白名单"),
        ({"refuse": {"aliyun:QuerySmsSign": "isv.NEW"}}, "signature", "Look up isv.NEW"),
    ],
)
def test_fault_of_the_second_sms_vendor_is_found_alone(
    rules: Rules, plant: dict[str, Any], subject: str, words: str
) -> None:
    settings = rules.services.settings.model_copy(update={"sms_providers": ("tencent", "aliyun")})
    found = findings(settings)
    assert {one.mark for one in found.values()} == {"ok   "}, found
    assert sum(name.startswith(ALIYUN) for name in found) == 1 + len(settings.aliyun_sms_templates)
    rules.sandbox.plant(**plant)
    (fault,) = wrong(findings(settings)).items()
    assert fault[0] == ALIYUN + subject
    assert words in fault[1]
    assert rules.sandbox.calls("aliyun:SendSms") == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"aliyun_access_key_id": "LTAIother"}, "ALIYUN_ACCESS_KEY_ID"),
        ({"aliyun_access_key_secret": SecretStr("other")}, "ALIYUN_ACCESS_KEY_SECRET"),
        ({"aliyun_sms_base": "http://127.0.0.1:1"}, "firewall"),
        ({"aliyun_sms_sign_name": "别的签名"}, "ALIYUN_SMS_SIGN_NAME"),
    ],
)
def test_wrong_settings_of_the_second_sms_vendor(
    rules: Rules, changed: dict[str, Any], words: str
) -> None:
    changed["sms_providers"] = ("tencent", "aliyun")
    found = wrong(findings(rules.services.settings.model_copy(update=changed)))
    assert list(found) == [ALIYUN + "signature"]
    assert words in found[ALIYUN + "signature"]


def test_templates_of_the_second_sms_vendor(rules: Rules) -> None:
    templates = {
        "code": AliyunTemplate(id="SMS_1000001", parameters=("number", "minutes")),
        "matter_lost": AliyunTemplate(id="SMS_999", parameters=("reason",)),
    }
    changed = {"sms_providers": ("aliyun",), "aliyun_sms_templates": templates}
    found = findings(rules.services.settings.model_copy(update=changed))
    assert found[ALIYUN + "template code"].trouble.endswith("has no variable number.")
    assert found[ALIYUN + "template matter_lost"].state == "not there"


def test_used_up_quota_of_phone_numbers(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    def report(openid: str, step: str = "phone.quota") -> None:
        session = SessionInfo(b"s" * 32, openid, None)
        client_reports.add(rules.services, session, "sms", step, "errno 1400001")

    for openid in ("o-1", "o-1", "o-1", "o-2"):
        report(openid)
    report("o-4", "phone.cancelled")
    assert doctor._phone_numbers().mark == "ok   "
    report("o-3")
    finding = doctor._phone_numbers()
    assert (finding.mark, finding.state) == ("WRONG", "not given to 3 users in the last hour")
    assert "1400001" in finding.trouble
    assert gauges.read(rules.services)["wechat_phone_quota_reports"] == 3
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert doctor._phone_numbers().mark == "ok   "


def test_few_sms_are_a_warning(rules: Rules) -> None:
    rules.sandbox.plant(sms_left=vendor_checks.FEW_SMS - 1)
    assert findings(rules.services.settings)["SMS packages"].mark == "warn "


def test_wrong_wechat_secret(rules: Rules) -> None:
    settings = rules.services.settings.model_copy(update={"wechat_secret": SecretStr("other")})
    assert "WECHAT_SECRET is wrong" in wrong(findings(settings))["WeChat's token"]


def test_wrong_tencent_secret(rules: Rules) -> None:
    changed = {"tencentcloud_secret_key": SecretStr("other")}
    found = wrong(findings(rules.services.settings.model_copy(update=changed)))
    assert set(found) == {
        "SMS templates", "SMS signature", "SMS packages", "check of the four elements",
    }  # fmt: skip
    assert all("TENCENTCLOUD_SECRET_KEY is wrong" in trouble for trouble in found.values())


def test_wrong_clock(rules: Rules) -> None:
    rules.sandbox.plant(clock=900)
    found = wrong(findings(rules.services.settings))
    assert "clock" in found["check of the four elements"]
    assert len(found) == 4


def test_template_that_takes_other_values(rules: Rules) -> None:
    changed = {"sms_template_code": "1000002", "sms_template_matter_lost": "1000001"}
    found = wrong(findings(rules.services.settings.model_copy(update=changed)))
    assert found["SMS template code"].endswith("takes 0 values, 2 are sent.")
    assert found["SMS template matter_lost"].endswith("takes 2 values, 1 are sent.")


def test_template_and_signature_that_are_not_there(rules: Rules) -> None:
    changed = {"sms_template_code": "999", "sms_sign_name": "别的签名"}
    found = findings(rules.services.settings.model_copy(update=changed))
    assert found["SMS template code"].state == "not there"
    assert found["SMS signature"].state == "not there"


def test_unreachable_vendor(rules: Rules) -> None:
    settings = rules.services.settings.model_copy(update={"ctid_base": "http://127.0.0.1:1"})
    assert "firewall" in wrong(findings(settings))["CTID"]


def test_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    with secured_server(tmp_path, timedelta(days=90)) as server:
        [finding] = doctor._certificate("CTID_BASE", server.url)
    assert finding.mark == "WRONG"
    assert "self-signed" in finding.state
    assert "REQUESTS_CA_BUNDLE" in finding.trouble


@pytest.mark.parametrize(("days", "mark"), [(-1, "WRONG"), (5, "warn "), (90, "ok   ")])
def test_end_of_a_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, mark: str
) -> None:
    with secured_server(tmp_path, timedelta(days=days)) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
        [finding] = doctor._certificate("CTID_BASE", server.url)
    assert finding.mark == mark, finding


@pytest.mark.parametrize(
    ("family", "code", "words"),
    [
        ("tencent", "AuthFailure.SecretIdNotFound", "is wrong"),
        ("tencent", "AuthFailure.SignatureExpire", "clock"),
        ("tencent", "UnauthorizedOperation.Individual", "policies"),
        ("tencent", "UnauthorizedOperation.ServiceSuspendDueToArrears", "arrears"),
        ("tencent", "LimitExceeded.AppDailyLimit", "used up"),
        ("wechat", "http_502", "fault of its own"),
        ("ctid", "http_403", "credentials"),
    ],
)
def test_code_has_the_remedy_of_its_longest_beginning(family: Any, code: str, words: str) -> None:
    assert words in remedy(family, code)


def test_code_that_is_no_fault_has_no_remedy() -> None:
    assert remedy("wechat", "84001") == ""
    assert remedy("wechat", "401641") == ""


def test_command_asks_only_when_told(service: Service) -> None:
    service.sandbox.plant(sms_signature=-1)
    assert "SMS signature" not in manage(service.environment, "doctor").stdout
    done = manage(service.environment, "doctor", "--vendors")
    assert "WRONG SMS signature: refused\n      → SMS_SIGN_NAME" in done.stdout
    assert done.returncode == 1
