"""``/sms/receipts/…``: both vendors call back over HTTP, below a secret path."""

from collections.abc import Iterator
from threading import Thread

import pytest
import requests
from werkzeug.serving import make_server

from handlers.app import create
from miniprogram_api.services import Services
from models.accounts.sms_codes import SmsCode
from models.storage.database import close_thread_connection, release
from tests.support.people.sms_codes import PHONE, ask
from tests.support.service.rules import Rules

PATH = "q7Vn2Kx9Rb4Lw8Tz3Yc6Md1H"


@pytest.fixture
def services(rules: Rules) -> Services:
    return rules.with_settings(sms_receipts_path=PATH, sms_providers=("tencent", "aliyun"))


@pytest.fixture
def url(services: Services) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create(services))

    def serve() -> None:
        server.serve_forever()
        close_thread_connection()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sms/receipts"
    server.shutdown()
    thread.join()
    server.server_close()


def post(url: str, body: bytes) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(url, data=body, timeout=10)


@pytest.mark.parametrize("vendor", ["tencent", "aliyun"])
def test_a_vendor_calls_back(rules: Rules, services: Services, url: str, vendor: str) -> None:
    if vendor == "aliyun":
        rules.sandbox.phone(
            PHONE, vendor="tencent", refusal="FailedOperation.PhoneNumberInBlacklist"
        )
    rules.sandbox.phone(PHONE, report="void")
    ask(services)
    release()
    answer = rules.sandbox.push_reports(f"{url}/{PATH}", vendor)
    assert (answer["pushed"], answer["status"]) == (1, 200)
    assert '"result":0' in answer["answer"]
    assert '"code":0' in answer["answer"]
    row = SmsCode.get()
    assert (row.sms_vendor, row.report, row.report_reason) == (vendor, "failed", "void")
    assert rules.sandbox.push_reports(f"{url}/{PATH}", vendor)["pushed"] == 0


def test_another_path_is_unknown(services: Services, url: str) -> None:
    for path in ("x" * 24, PATH[:-1], "%00", "a/b"):
        assert post(f"{url}/{path}", b"[]").status_code == 404
    assert post(f"{url}/{PATH}", b"[]").status_code == 200
    assert post(f"{url}/{PATH}", b"not JSON").status_code == 200
    assert post(f"{url}/{PATH}", b"x" * (256 * 1024 + 1)).status_code == 413


def test_without_the_setting_no_path_is_known(rules: Rules) -> None:
    client = create(rules.services).test_client()
    assert client.post(f"/sms/receipts/{PATH}", data=b"[]").status_code == 404
    assert client.post("/sms/receipts/", data=b"[]").status_code == 404
