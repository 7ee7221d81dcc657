"""``GET /sms-codes/last`` over HTTP."""

from tests.support.api.refusals import refused
from tests.support.service.service import Service, data_of

PHONE = "13800138071"


def code(service: Service, token: str, phone: str = PHONE) -> None:
    body = {"phone": phone, "purpose": "register"}
    data_of(service.post("/sms-codes", json=body, token=token), 202)


def last(service: Service, token: str) -> dict[str, str]:
    found: dict[str, str] = data_of(service.get("/sms-codes/last", token=token))
    return found


def test_last_code_is_the_callers(service: Service) -> None:
    token, other = service.wechat_login("li"), service.wechat_login("wang")
    refused(service.get("/sms-codes/last", token=token), 404, "NOT_FOUND", None)
    code(service, token)
    found = last(service, token)
    assert found["state"] in ("submitted", "delivered")
    assert PHONE not in str(found)
    refused(service.get("/sms-codes/last", token=other), 404, "NOT_FOUND", None)
    assert service.get("/sms-codes/last").status_code == 401
