"""Kill -9 of the web worker between the first SMS vendor's refusal and the second one's answer."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import requests

from tests.support.api.refusals import refused
from tests.support.service.service import Service, data_of

PHONE = "13800138091"
BODY = {"phone": PHONE, "purpose": "register"}


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def kill_web_workers(service: Service) -> None:
    assert service.process is not None
    for child in psutil.Process(service.process.pid).children():
        if "-m gunicorn" in " ".join(child.cmdline()):
            for worker in child.children():
                worker.kill()


def is_ready(service: Service) -> bool:
    try:
        return service.get("/consent").status_code == 200
    except requests.RequestException:
        return False


def test_the_code_is_sent_once_and_its_state_is_told(tmp_path: Path) -> None:
    settings = {"sms_providers": "tencent,aliyun", "web_workers": 1}
    with Service(tmp_path, **settings) as service:
        sandbox, token = service.sandbox, service.wechat_login("li")
        sandbox.fault("sms", "busy")
        # It takes the message at once, and answers late.
        sandbox.fault("sms_aliyun", "slow", seconds=4)

        def call() -> None:
            with suppress(requests.RequestException):
                service.post("/sms-codes", json=BODY, token=token)

        caller = threading.Thread(target=call, daemon=True)
        caller.start()
        wait_for(lambda: sandbox.calls("aliyun:SendSms"))
        kill_web_workers(service)
        caller.join(timeout=30)
        wait_for(lambda: is_ready(service))

        [message] = sandbox.inbox(PHONE)
        last = data_of(service.get("/sms-codes/last", token=token))
        assert last["state"] == "submitted"
        assert "还没有回执" in last["sentence"]
        data = refused(
            service.post("/sms-codes", json=BODY, token=token), 429, "SMS_RATE_LIMITED", 5
        )
        assert data["window"] == "minute"
        assert (len(sandbox.calls("SendSms")), len(sandbox.calls("aliyun:SendSms"))) == (1, 1)
        assert [message] == sandbox.inbox(PHONE)
