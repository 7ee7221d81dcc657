"""The sixteen cases end to end: what the person meets, what the bot says, and how it goes on."""

from datetime import date, timedelta
from typing import Any

import requests

from miniprogram_api import clock
from models.accounts import IdentityDatesChange
from tests.support.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.answers import refused
from tests.support.people import LONG_TERM, Person, make_phone, person
from tests.support.registrations import PASSWORD, body, synced_account
from tests.support.service import Service, data_of

SOMEONE = person("王秀英", number=9101)
NEW_PASSWORD = "Heron-under-23-bridges"


def ask(service: Service, question: str, case: int, token: str | None = None) -> dict[str, Any]:
    """The bot's answer to a question, which must be about this case."""
    said = data_of(service.post("/faq/ask", json={"question": question}, token=token))
    assert (said["kind"], said["case"]) == ("answer", case), said
    assert said["steps"]
    assert said["actions"]
    return said


def explained(answer: requests.Response, status: int, code: str, case: int) -> dict[str, Any]:
    """``data`` of a refusal that this case explains, with steps and something to press."""
    data = refused(answer, status, code, case)
    shown = answer.json()["help"]
    assert shown["steps"]
    assert shown["actions"]
    return data


class Applicant:
    """Somebody who registers from WeChat, with WeChat's number in the place of SMS codes."""

    def __init__(self, service: Service, someone: Person, wechat: str = "zhang") -> None:
        self.service, self.person = service, someone
        self.token = service.wechat_login(wechat)

    def register(self, sms_code: str | None = None, **changes: Any) -> requests.Response:
        if sms_code is None:
            phone = changes.get("phone", self.person.phone)
            changes["phone_proof"] = phone_proof(self.service, self.token, phone)
        sent = body(self.person, sms_code, **changes)
        return self.service.post("/registrations", json=sent, token=self.token)

    def registered(self, sms_code: str | None = None, **changes: Any) -> str:
        """The token of the new account's session."""
        return str(data_of(self.register(sms_code, **changes), 201)["token"])


class Activating:
    """Somebody whom the older system knew, on his way through the three steps."""

    def __init__(self, service: Service, someone: Person, **columns: Any) -> None:
        with tables_of(service):
            synced_account(someone, **columns)
        self.service, self.person = service, someone
        self.token = service.wechat_login()
        started = service.post(
            "/activations", json={"id_number": someone.id_number}, token=self.token
        )
        self.step = data_of(started)
        self.path = f"/activations/{self.step['activation_token']}"

    def ask_for_code(self, phone: str) -> requests.Response:
        content = {
            "phone": phone,
            "purpose": "activate",
            "activation_token": self.step["activation_token"],
        }
        return self.service.post("/sms-codes", json=content, token=self.token)

    def prove(self, phone: str, code: str) -> requests.Response:
        content = {"phone": phone, "sms_code": code}
        return self.service.post(f"{self.path}/phone", json=content, token=self.token)

    def finish(self, **changes: Any) -> requests.Response:
        consent = data_of(self.service.get("/consent"))["version"]
        content = {
            "password": PASSWORD,
            "consent_version": consent,
            "separate_consents": ["identity"],
            **changes,
        }
        return self.service.post(f"{self.path}/password", json=content, token=self.token)

    def walk_through(self) -> dict[str, Any]:
        """All that is left to do; what the last step answers."""
        data_of(self.ask_for_code(self.person.phone), 202)
        code = self.service.sandbox.last_code(self.person.phone)
        data_of(self.prove(self.person.phone, code))
        return data_of(self.finish())


def ask_for_code(service: Service, token: str, phone: str) -> requests.Response:
    content = {"phone": phone, "purpose": "register"}
    return service.post("/sms-codes", json=content, token=token)


def face(service: Service, token: str, ret: int, wechat: str = "zhang") -> requests.Response:
    """A whole face check of the WeChat user, which ends as ``ret`` says (10000: passed)."""
    version = data_of(service.get("/consent"))["version"]
    opened = service.post("/face-challenges", json={"consent_version": version}, token=token)
    service.sandbox.face(f"o-{wechat}", ret)
    content = {"challenge_id": data_of(opened)["challenge_id"]}
    return service.post("/face-verifications", json=content, token=token)


def test_01_no_message_comes(service: Service) -> None:
    token = service.wechat_login()
    service.sandbox.fault("sms", "error")
    explained(ask_for_code(service, token, SOMEONE.phone), 503, "SMS_UNAVAILABLE", 1)
    data_of(ask_for_code(service, token, SOMEONE.phone), 202)
    # This phone swallows what the gateway accepted.
    swallowing = person("王秀英", number=9101, phone="13800120000")
    data_of(ask_for_code(service, token, swallowing.phone), 202)
    assert service.sandbox.inbox(swallowing.phone) == []
    ask(service, "收不到验证码怎么办", 1)
    ask(service, "点了获取没动静，手机一条信息都没进来", 1)
    # WeChat's number proves it without a message.
    Applicant(service, swallowing).registered()


def test_02_a_number_range_that_is_not_supported(service: Service) -> None:
    token = service.wechat_login()
    data = explained(
        ask_for_code(service, token, "19912345678"), 422, "PHONE_SEGMENT_UNSUPPORTED", 2
    )
    assert data == {"segment": "199", "supported_from": None}
    registering = Applicant(service, SOMEONE).register("123456", phone="19912345678")
    explained(registering, 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    ask(service, "199开头的号不让注册？", 2)
    Applicant(service, SOMEONE).registered()


def test_03_the_user_does_not_exist(service: Service) -> None:
    credentials = {"login": SOMEONE.id_number, "password": PASSWORD}
    explained(service.post("/sessions", json=credentials), 404, "USER_NOT_FOUND", 3)
    ask(service, "登录弹出“用户不存在”", 3)
    Applicant(service, SOMEONE).registered(username="xiuying_9101")
    for login in (SOMEONE.id_number, SOMEONE.phone, "XiuYing_9101"):
        data_of(service.post("/sessions", json={**credentials, "login": login}))
    # A phone that several people share names nobody.
    Applicant(service, person("王建国", number=9102, phone=SOMEONE.phone), "li").registered()
    answer = service.post("/sessions", json={**credentials, "login": SOMEONE.phone})
    explained(answer, 409, "LOGIN_AMBIGUOUS", 3)


def test_04_the_four_elements_do_not_match(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    code = service.sms_code(applicant.token, SOMEONE.phone, "register")
    wrong = applicant.register(code, name="王秀英不符")
    assert explained(wrong, 422, "FOUR_ELEMENTS_MISMATCH", 4)["attempts_left"] == 4
    assert "核验数据缺失" in wrong.json()["message"]
    explained(applicant.register(code, name="王秀英无记录"), 422, "IDENTITY_NO_RECORD", 4)
    explained(applicant.register(code, name="王秀英无效"), 422, "IDENTITY_INVALID", 4)
    shortened = SOMEONE.id_number[:-1]
    explained(applicant.register(code, id_number=shortened), 422, "INVALID_INPUT", 4)
    ask(service, "提示核验数据缺失", 4)
    # The code outlived all of it.
    applicant.registered(code)


def test_05_too_many_messages(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    data_of(ask_for_code(service, applicant.token, SOMEONE.phone), 202)
    again = ask_for_code(service, applicant.token, SOMEONE.phone)
    data = explained(again, 429, "SMS_RATE_LIMITED", 5)
    assert data["window"] == "minute"
    assert data["remaining"] == {"hour": 2, "day": 4}
    ask(service, "提示发送太频繁", 5)
    ask(service, "一天能发几次验证码", 5)
    # The message that came still counts.
    applicant.registered(service.sandbox.last_code(SOMEONE.phone))


def test_06_the_phone_belongs_to_somebody_else(service: Service) -> None:
    """Nobody compares a phone's owner with the card: there is no refusal to meet."""
    ask(service, "手机号必须是本人实名的吗", 6)
    Applicant(service, SOMEONE).registered(phone=make_phone(9150))


def test_07_a_relatives_phone(service: Service) -> None:
    ask(service, "用儿子的手机号帮我注册可以吗", 7)
    ask(service, "没有智能手机怎么办", 7)
    phone = make_phone(9150)
    family = [person(name, number=9160 + n) for n, name in enumerate("赵钱孙李周吴")]
    for number, member in enumerate(family[:5]):
        named = person(f"{member.name}秀英", number=9160 + number)
        Applicant(service, named, f"member-{number}").registered(phone=phone)
    sixth = Applicant(service, person("吴秀英", number=9165), "member-6")
    explained(sixth.register(phone=phone), 409, "PHONE_ACCOUNT_LIMIT", 7)
    sixth.registered()


def test_08_the_password_is_wrong_after_a_reset(service: Service) -> None:
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
    answer = service.post("/sessions", json=old)
    assert explained(answer, 401, "WRONG_PASSWORD", 8)["attempts_left"] == 4
    assert "最近一次设置的" in answer.json()["message"]
    ask(service, "密码重置了还是说密码错误", 8)
    data_of(service.post("/sessions", json={**old, "password": NEW_PASSWORD}))
    for _ in range(5):
        service.post("/sessions", json=old)
    locked = explained(
        service.post("/sessions", json={**old, "password": NEW_PASSWORD}), 423, "ACCOUNT_LOCKED", 8
    )
    assert 1 <= locked["retry_after"] <= 60


def test_09_the_account_must_be_activated(service: Service) -> None:
    activating = Activating(service, SOMEONE)
    credentials = {"login": SOMEONE.id_number, "password": PASSWORD}
    explained(service.post("/sessions", json=credentials), 409, "ACTIVATION_REQUIRED", 9)
    registering = Applicant(service, SOMEONE, "li").register()
    explained(registering, 409, "ACTIVATION_REQUIRED", 9)
    explained(activating.finish(), 409, "STEP_ORDER", 9)
    ask(service, "怎么激活账号", 9)
    done = activating.walk_through()
    assert (done["account"]["status"], done["account"]["level"]) == ("registered", 3)
    assert data_of(service.get("/account", token=done["token"]))["level"] == 3
    again = service.post(
        "/activations", json={"id_number": SOMEONE.id_number}, token=service.wechat_login("li")
    )
    explained(again, 409, "ALREADY_ACTIVE", 9)


def test_10_nothing_passes(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    for _ in range(5):
        answer = applicant.register(name="王秀英不符")
        explained(answer, 422, "FOUR_ELEMENTS_MISMATCH", 4)
    answer = applicant.register(name="王秀英不符")
    assert explained(answer, 429, "TOO_MANY_ATTEMPTS", 10)["retry_after"] > 23 * 3600
    assert "窗口" in answer.json()["message"]
    ask(service, "反复操作还是失败", 10)
    # Another person is not held up by it.
    Applicant(service, person("王建国", number=9102), "li").registered()


def test_11_no_message_comes_while_activating(service: Service) -> None:
    activating = Activating(service, SOMEONE)
    service.sandbox.fault("sms", "error")
    answer = activating.ask_for_code(SOMEONE.phone)
    data = explained(answer, 503, "SMS_UNAVAILABLE", 11)
    assert data["report_number"] in answer.json()["message"]
    report = {"kind": "network", "step": "activation.phone", "detail": "网络连接失败"}
    data_of(service.post("/client-reports", json=report, token=activating.token))
    ask(service, "激活页面提示网络连接失败", 11, activating.token)
    assert activating.walk_through()["account"]["level"] == 3


def test_12_the_face_check_fails(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    token = sign_in(service, SOMEONE)
    explained(face(service, token, 10015), 503, "IDENTITY_SOURCE_BUSY", 12)
    explained(face(service, token, 10026), 422, "FACE_DATA_MISSING", 12)
    explained(face(service, token, 10009), 422, "FACE_NO_PHOTO", 12)
    explained(face(service, token, 90008), 422, "FACE_NOT_FINISHED", 12)
    assert explained(face(service, token, 10004), 422, "FACE_MISMATCH", 12)["attempts_left"] == 4
    ask(service, "人脸识别提示实名核验系统错误", 12)
    # The way round.
    content = {"ctid_token": f"ctid-ok-{SOMEONE.id_number}"}
    account = data_of(service.post("/ctid-verifications", json=content, token=token))
    assert (account["level"], account["verified_by"], account["status"]) == (4, "ctid", "verified")


def test_13_a_dot_in_the_name(service: Service) -> None:
    someone = person("阿依古丽·买买提", number=9113)
    applicant = Applicant(service, someone)
    data = explained(applicant.register(name="阿依古丽,买买提"), 422, "INVALID_INPUT", 13)
    [field] = data["fields"]
    assert (field["field"], field["suggestion"]) == ("name", someone.name)
    explained(applicant.register(name="阿依古丽·不符"), 422, "FOUR_ELEMENTS_MISMATCH", 13)
    ask(service, "名字中间的点打不出来", 13)
    # What looks like the dot is taken for it.
    answer = data_of(applicant.register(name="阿依古丽.买买提"), 201)
    assert answer["normalised"]["name"] == someone.name


def test_14_a_card_that_is_valid_for_good(service: Service) -> None:
    someone = person("王秀英", number=9114, birth=date(1961, 3, 9), sequence=994)
    assert someone.valid_until is None
    applicant = Applicant(service, someone)
    answer = applicant.register(name="王秀英不符")
    explained(answer, 422, "FOUR_ELEMENTS_MISMATCH", 14)
    data = explained(
        applicant.register(valid_until="2044-06-03"), 422, "IDENTITY_NEEDS_CONFIRMATION", 14
    )
    assert [warning.get("suggestion") for warning in data["warnings"]] == [LONG_TERM]
    ask(service, "身份证是长期的 不能注册吗", 14)
    answer = data_of(applicant.register(valid_until="長期"), 201)
    assert answer["normalised"]["valid_until"] == LONG_TERM


def test_15_the_phone_on_record_is_not_his(service: Service) -> None:
    activating = Activating(service, SOMEONE)
    answer = activating.ask_for_code(make_phone(9150))
    data = explained(answer, 422, "PHONE_NOT_ON_RECORD", 15)
    assert data == {"phone_hint": SOMEONE.phone[-2:], "ticket": "activation_phone"}
    assert [a["type"] for a in answer.json()["help"]["actions"]].count("ticket") == 1
    proving = activating.prove(make_phone(9150), "123456")
    explained(proving, 422, "PHONE_NOT_ON_RECORD", 15)
    ask(service, "激活的手机号我早就不用了", 15)
    assert activating.walk_through()["account"]["level"] == 3


def test_16_the_dates_of_the_old_card(service: Service) -> None:
    someone = person("王秀英旧证", number=9116)
    applicant = Applicant(service, someone)
    token = applicant.registered()
    # The four elements match, the face does not know the card.
    missing = face(service, token, 10026)
    explained(missing, 422, "FACE_DATA_MISSING", 12)
    assert "旧证日期" in missing.json()["message"]
    ask(service, "有效期填成旧证的了 能改吗", 16)

    def correct() -> requests.Response:
        content = {
            "valid_from": "2024-09-01",
            "valid_until": "2044-09-01",
            "phone_proof": phone_proof(service, token, someone.phone),
        }
        return service.put("/account/identity-dates", json=content, token=token)

    corrected = data_of(correct())
    assert (corrected["valid_from"], corrected["valid_until"]) == ("2024-09-01", "2044-09-01")
    assert data_of(face(service, token, 10000))["level"] == 4

    with tables_of(service):
        change = IdentityDatesChange.get()
        for days in (1, 2):
            change.id = None
            change.changed_at = clock.now() - timedelta(days=days)
            change.save(force_insert=True)
    data = explained(correct(), 429, "IDENTITY_DATES_LIMIT", 16)
    assert 27 * 86_400 < data["retry_after"] <= 28 * 86_400


def test_an_outdated_client_is_told_so(tmp_path_factory: Any) -> None:
    """Case 14's "use the new version", before anything else is looked at."""
    directory = tmp_path_factory.mktemp("versions")
    with Service(directory, min_client_version="2.10.1") as service:

        def answer(version: str | None, **options: Any) -> requests.Response:
            headers = {} if version is None else {"X-Client-Version": version}
            return service.post("/registrations", headers=headers, **options)

        for old in ("2.10.0", "2.9.99", "1", "2.10", "0.0.0.1", "x", "2.10.1-beta", "v2.11"):
            for options in ({}, {"json": {}}, {"token": "x" * 43}):
                data = explained(answer(old, **options), 426, "CLIENT_OUTDATED", 14)
                assert data == {"min_version": "2.10.1"}
        for new in (None, "", "2.10.1", "2.10.1.0", "2.10.2", "2.11", "3", "10.0"):
            refused(answer(new, json={}), 401, "UNAUTHENTICATED")
        # Whoever only looks is not turned away, and nor are operators.
        assert service.get("/healthz", base="", headers={"X-Client-Version": "1"}).ok
