"""Case 8: the password is wrong after a reset; only the last one set is valid."""

from tests.support.people.accounts import account_of, tables_of
from tests.support.people.cases import ask, explained
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9108)
NEW_PASSWORD = "Heron-under-23-bridges"


def test_only_the_last_password_works_after_a_reset(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    token = service.wechat_login()
    content = {
        "login": SOMEONE.id_number,
        "phone": SOMEONE.phone,
        "sms_code": service.sms_code(token, SOMEONE.phone, "reset_password"),
    }
    step = data_of(service.post("/password-resets", json=content, token=token))["token"]
    new = {"password": NEW_PASSWORD}
    data_of(service.post(f"/password-resets/{step}/password", json=new, token=token))

    old = {"login": SOMEONE.id_number, "password": PASSWORD}
    answer = service.post("/sessions", json=old, token=token)
    assert explained(answer, 401, "WRONG_PASSWORD", 8)["attempts_left"] == 4
    assert "最近一次设置的" in answer.json()["message"]
    ask(service, "密码重置了还是说密码错误", 8, token, "wrong_password")
    right = {**old, "password": NEW_PASSWORD}
    data_of(service.post("/sessions", json=right))

    for _ in range(5):
        service.post("/sessions", json=old, token=token)
    locked = explained(service.post("/sessions", json=right, token=token), 423, "ACCOUNT_LOCKED", 8)
    assert 1 <= locked["retry_after"] <= 60
    ask(service, "重置后还是提示密码错误", 8, token, "account_locked")
