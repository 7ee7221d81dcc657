"""The sandbox's inbox page, recorded calls and injected faults."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from tencentcloud.common.exception import TencentCloudSDKException

from tests.sandbox.conftest import WeChat
from tests.sandbox.tencent_client import send_sms
from tests.support.service.sandbox import SandboxServer

PHONE = "13800138011"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("query", "headers", "kind"),
    [
        ("", HTML, "text/html; charset=utf-8"),
        ("", {"Accept": "*/*"}, "text/html; charset=utf-8"),
        ("", JSON, "application/json"),
        (f"?phone={PHONE}", HTML, "text/html; charset=utf-8"),
        (f"?phone={PHONE}", {"Accept": "*/*"}, "application/json"),
        (f"?phone={PHONE}", {"Accept": None}, "application/json"),
        (f"?phone={PHONE}", JSON, "application/json"),
    ],
)
def test_inbox_is_a_page_or_json(
    sandbox: SandboxServer,
    http: requests.Session,
    query: str,
    headers: dict[str, str | None],
    kind: str,
) -> None:
    response = http.get(f"{sandbox.url}/sandbox/inbox{query}", headers=headers, timeout=5)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == kind
    assert response.headers["X-Sandbox"] == "1"


def test_inbox_page_loads_nothing_from_elsewhere(wechat: WeChat, http: requests.Session) -> None:
    sandbox = wechat.sandbox
    send_sms(sandbox, PHONE)
    send_sms(sandbox, "13800138012", TemplateParamSet=["<b>1", "10"], TemplateId="1000002")
    text = {"content": "<script>alert(1)</script>"}
    message = {"touser": "o-alice", "msgtype": "text", "text": text}
    wechat.post("/cgi-bin/message/custom/send", message)
    sandbox.fault("ctid", "busy", count=7)

    response = http.get(f"{sandbox.url}/sandbox/inbox", headers=HTML, timeout=5)
    page = response.text
    assert "482913" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>" not in page
    assert "还剩 7 次" in page
    assert "http://" not in page
    assert "https://" not in page
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for file in ("inbox.css", "inbox.js", "icon.svg"):
        assert f"/sandbox/static/{file}" in page
        assert http.get(f"{sandbox.url}/sandbox/static/{file}", timeout=5).status_code == 200

    one = http.get(f"{sandbox.url}/sandbox/inbox?phone=13800138012", headers=HTML, timeout=5).text
    assert "482913" not in one


def test_plus_sign_in_the_query_is_not_a_digit(
    sandbox: SandboxServer, http: requests.Session
) -> None:
    send_sms(sandbox, PHONE)
    for written in (f"+86{PHONE}", f"%2B86{PHONE}", "138%200013%208011"):
        response = http.get(f"{sandbox.url}/sandbox/inbox?phone={written}", headers=JSON, timeout=5)
        assert len(response.json()["messages"]) == 1


def test_limit_returns_the_newest(sandbox: SandboxServer, http: requests.Session) -> None:
    for code in ("111111", "222222", "333333"):
        send_sms(sandbox, PHONE, TemplateParamSet=[code, "10"])
    newest = http.get(f"{sandbox.url}/sandbox/inbox?phone={PHONE}&limit=1", headers=JSON, timeout=5)
    assert [m["code"] for m in newest.json()["messages"]] == ["333333"]
    last = http.get(f"{sandbox.url}/sandbox/calls?action=SendSms&limit=2", timeout=5).json()
    codes = [c["request"]["TemplateParamSet"][0] for c in last["calls"]]
    assert codes == ["222222", "333333"]


def test_calls_are_in_order(wechat: WeChat) -> None:
    sandbox = wechat.sandbox
    wechat.sign_in("wx-alice")
    send_sms(sandbox, PHONE)
    wechat.sign_in("wx-alice")
    calls = sandbox.calls()
    actions = ["jscode2session", "SendSms", "jscode2session"]
    assert [c["action"] for c in calls] == actions
    assert [c["target"] for c in calls] == ["wechat", "sms", "wechat"]
    assert [c["path"] for c in calls] == ["/sns/jscode2session", "/", "/sns/jscode2session"]
    numbers = [c["number"] for c in calls]
    assert numbers == sorted(numbers)
    assert len(sandbox.calls("jscode2session")) == 2
    assert sandbox.calls("/sns/jscode2session") == sandbox.calls("jscode2session")
    assert calls[1]["request"]["PhoneNumberSet"] == [PHONE]


def test_reset_closes_the_connection_without_an_answer(sandbox: SandboxServer) -> None:
    sandbox.fault("sms", "reset", count=2)
    for _ in range(2):
        with pytest.raises(TencentCloudSDKException, match="Connection"):
            send_sms(sandbox, PHONE)
    assert sandbox.inbox() == []
    assert [c["fault"] for c in sandbox.calls("SendSms")] == ["reset", "reset"]
    assert send_sms(sandbox, PHONE)[0]["Code"] == "Ok"


def test_reset_is_a_real_tcp_reset(sandbox: SandboxServer, http: requests.Session) -> None:
    sandbox.fault("wechat", "reset")
    with pytest.raises(requests.ConnectionError, match="Connection reset by peer"):
        http.post(f"{sandbox.url}/cgi-bin/stable_token", json={}, timeout=5)


def test_service_survives_many_resets(sandbox: SandboxServer) -> None:
    sandbox.fault("sms", "reset", count=40)

    def fails(_: int) -> bool:
        try:
            send_sms(sandbox, PHONE)
        except TencentCloudSDKException:
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fails, range(40))) == [True] * 40
    assert send_sms(sandbox, PHONE)[0]["Code"] == "Ok"


def test_error_is_a_500(sandbox: SandboxServer, http: requests.Session) -> None:
    sandbox.fault("wechat", "error")
    response = http.post(f"{sandbox.url}/cgi-bin/stable_token", json={}, timeout=5)
    assert response.status_code == 500
    assert response.headers["X-Sandbox"] == "1"


def test_slow_delays_the_answer_and_does_the_work(sandbox: SandboxServer) -> None:
    sandbox.fault("sms", "slow", seconds=0.6)
    with pytest.raises(TencentCloudSDKException, match="timed out"):
        send_sms(sandbox, PHONE, time_out=0.2)
    assert sandbox.last_code(PHONE) == "482913"

    sandbox.fault("sms", "slow", seconds=0.3)
    begin = time.monotonic()
    assert send_sms(sandbox, PHONE)[0]["Code"] == "Ok"
    assert time.monotonic() - begin >= 0.3


def test_slow_calls_do_not_block_others(sandbox: SandboxServer) -> None:
    sandbox.fault("sms", "slow", count=20, seconds=4.0)
    with ThreadPoolExecutor(20) as pool:
        slow = [pool.submit(send_sms, sandbox, PHONE) for _ in range(20)]
        while len(sandbox.calls("SendSms")) < 20:
            time.sleep(0.02)
        assert sandbox.inbox("13800138012") == []
        assert not any(future.done() for future in slow)
        assert {future.result()[0]["Code"] for future in slow} == {"Ok"}


def test_fault_affects_only_its_target_and_can_be_removed(wechat: WeChat) -> None:
    sandbox = wechat.sandbox
    sandbox.fault("identity", "error", count=5)
    assert send_sms(sandbox, PHONE)[0]["Code"] == "Ok"
    sandbox.fault("sms", "limit", count=5)
    sandbox.fault("sms", "ok")
    assert send_sms(sandbox, PHONE)[0]["Code"] == "Ok"
    waiting = wechat.http.get(f"{sandbox.url}/sandbox/faults", timeout=5).json()["faults"]
    assert waiting == {
        "identity": {"mode": "error", "remaining": 5, "seconds": 8.0, "action": None}
    }


def test_fault_count_is_exact_under_concurrency(sandbox: SandboxServer) -> None:
    sandbox.fault("sms", "limit", count=13)
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(send_sms, sandbox, PHONE) for _ in range(48)]
        codes = [future.result()[0]["Code"] for future in futures]
    assert codes.count("LimitExceeded.AppDailyLimit") == 13
    assert codes.count("Ok") == 35
    assert len(sandbox.inbox(PHONE)) == 35


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"target": "moon", "mode": "slow"},
        {"target": "sms", "mode": "sleepy"},
        {"target": "sms", "mode": "slow", "count": 0},
        {"target": "sms", "mode": "slow", "count": True},
        {"target": "sms", "mode": "slow", "count": "3"},
        {"target": "sms", "mode": "slow", "seconds": -1},
        {"target": "sms", "mode": "slow", "seconds": 121},
        {"target": "sms", "mode": ["slow"]},
        {"target": ["sms"], "mode": "slow"},
        {"target": "sms", "mode": "slow", "action": 1},
    ],
)
def test_invalid_faults_are_refused(
    sandbox: SandboxServer, http: requests.Session, fault: dict[str, Any]
) -> None:
    response = http.post(f"{sandbox.url}/sandbox/faults", json=fault, timeout=5)
    assert response.status_code == 400
    assert response.json()["error"]


@pytest.mark.parametrize("body", [{}, {"openid": "o-a"}, {"openid": "o-a", "ret": "90002"}])
def test_invalid_face_results_are_refused(
    sandbox: SandboxServer, http: requests.Session, body: dict[str, Any]
) -> None:
    response = http.post(f"{sandbox.url}/sandbox/wechat/face", json=body, timeout=5)
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("GET", "/cgi-bin/stable_token", 405)]
)
def test_every_answer_is_marked(
    sandbox: SandboxServer, http: requests.Session, method: str, path: str, status: int
) -> None:
    response = http.request(method, sandbox.url + path, timeout=5)
    assert response.status_code == status
    assert response.headers["X-Sandbox"] == "1"


def test_start_page_redirects_to_the_inbox(sandbox: SandboxServer, http: requests.Session) -> None:
    response = http.get(sandbox.url, timeout=5)
    assert response.url == f"{sandbox.url}/sandbox/inbox"


def test_lone_surrogates_are_accepted(sandbox: SandboxServer, http: requests.Session) -> None:
    send_sms(sandbox, PHONE, SignName="\ud800")
    assert sandbox.inbox(PHONE)[0]["text"].startswith("【\ud800】")
    assert sandbox.calls("SendSms")[0]["request"]["SignName"] == "\ud800"
    assert http.get(f"{sandbox.url}/sandbox/inbox", headers=HTML, timeout=5).status_code == 200
