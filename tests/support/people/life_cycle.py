"""All operations of a user over HTTP, from registration to cancellation, with many errors."""

import itertools
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.matters.systems import matter_body, person_body, system_of
from tests.support.people.accounts import tables_of
from tests.support.people.chats import Chat
from tests.support.people.persons import Person
from tests.support.people.registrations import PASSWORD, body
from tests.support.people.signatures import signature
from tests.support.service.service import Service, data_of

NEW_PASSWORD = "Heron-under-23-bridges"
NEWEST_PASSWORD = "Plover-beside-31-stones"
FIRM = "海燕衔泥建材有限公司"


@dataclass
class LifeCycle:
    """Collect the secrets that were used and every answer."""

    service: Service
    person: Person
    new_phone: str
    username: str
    secrets: set[str] = field(default_factory=set)
    check_ids: set[str] = field(default_factory=set)
    """Of face checks; stored as they are."""
    answers: list[requests.Response] = field(default_factory=list)
    _names: Any = field(default_factory=lambda: itertools.count(1))

    def call(
        self, method: str, path: str, token: str | None = None, **options: Any
    ) -> requests.Response:
        answer = self.service.request(method, path, token=token, **options)
        self.answers.append(answer)
        if answer.ok:
            data = answer.json()["data"]
            for name in ("token", "activation_token", "phone_proof"):
                if data.get(name):
                    self.secrets.add(data[name])
        return answer

    def post(self, path: str, token: str | None = None, **content: Any) -> requests.Response:
        key = {"Idempotency-Key": f"life-{next(self._names):06}"}
        return self.call("POST", path, token, json=content, headers=key)

    def put(self, path: str, token: str | None = None, **content: Any) -> requests.Response:
        return self.call("PUT", path, token, json=content)

    def wechat(self) -> str:
        code = f"wx-life~{next(self._names)}"
        return str(data_of(self.post("/wechat/login", code=code))["token"])

    def proof(self, token: str, phone: str) -> str:
        """Return a proof by WeChat's number, because codes per hour are few."""
        code = f"phone-{phone}~{next(self._names)}"
        return str(data_of(self.post("/wechat/phone", token, code=code))["phone_proof"])

    def sms_code(self, token: str, purpose: str) -> str:
        phone = self.person.phone
        data_of(self.post("/sms-codes", token, phone=phone, purpose=purpose), 202)
        code = self.service.sandbox.last_code(phone)
        self.secrets.add(code)
        return code


def run_life_cycle(life: LifeCycle) -> None:
    """Register, fail, verify, change everything, forget, cancel and come back."""
    life.secrets |= {PASSWORD, NEW_PASSWORD, NEWEST_PASSWORD, FIRM}
    token = _register(life)
    token = _verify(life, token)
    _confirm_a_matter(life, token)
    token = _change_everything(life, token)
    _reset_password(life)
    _cancel_and_register_again(life)
    _send_misplaced_data(life)
    _visit_window(life)


def _register(life: LifeCycle) -> str:
    someone = life.person
    life.post("/identity-checks", **someone.four_elements)
    life.post("/identity-checks", **{**someone.four_elements, "id_number": someone.id_number[:-1]})
    life.post("/identity-checks", **{**someone.four_elements, "name": f"{someone.name}1"})
    token = life.wechat()
    life.post("/sms-codes", token, phone=someone.phone + "1", purpose="register")
    life.post("/sessions", login=someone.id_number, password=PASSWORD)
    code = life.sms_code(token, "register")
    life.post("/sms-codes", token, phone=someone.phone, purpose="register")
    right = body(someone, code, username=life.username)
    wrong_code = f"{(int(code) + 1) % 1_000_000:06}"
    for changes in (
        {"sms_code": wrong_code},
        {"consent_version": None},
        {"password": f"{someone.phone}"},
        {"valid_from": "1999-01-01"},
        {"name": f"{someone.name}不符"},
        {"name": f"{someone.name}😀"},
        {"id_number": [someone.id_number]},
    ):
        life.post("/registrations", token, **{**right, **changes})
    life.service.sandbox.fault("identity", "error")
    life.post("/registrations", token, **right)
    sent = {"json": right, "headers": {"Idempotency-Key": "life-registration"}}
    for _ in range(2):
        answer = life.call("POST", "/registrations", token, **sent)
    return str(data_of(answer, 201)["token"])


def _verify(life: LifeCycle, token: str) -> str:
    life.call("GET", "/account", token)
    life.put("/account/authorization", token, enabled=True, until="2099-01-01", sms_code="123456")
    life.post("/ctid-verifications", token, ctid_token=f"ctid-bad-{life.person.id_number}")
    version = data_of(life.call("GET", "/consent"))["version"]
    for ret in (10004, 90002, 10000):
        opened = life.post("/face-challenges", token, consent_version=version)
        challenge = data_of(opened)
        life.check_ids |= {challenge["challenge_id"], challenge["verify_id"]}
        life.service.sandbox.face("o-life", ret)
        verified = life.post("/face-verifications", token, challenge_id=challenge["challenge_id"])
    assert data_of(verified)["level"] == 4
    return token


def _confirm_a_matter(life: LifeCycle, token: str) -> None:
    """Refuse a matter, then confirm it by face and signature; let the system accept it."""
    someone, system = life.person, system_of(life.service)
    subject = {"name": FIRM, "type": "有限责任公司"}
    sent = matter_body(person_body(someone, phone=someone.phone), subject=subject)
    matter_id = data_of(system.call("POST", "/matters", sent), 201)["matter_id"]
    path = f"/matters/{matter_id}"
    shown = data_of(life.call("GET", path, token))
    own = {"line_ids": [shown["lines"][0]["line_id"]], "digest": shown["digest"]}
    note = f"{someone.name}没有办过{FIRM}"
    refusal = {"line_ids": own["line_ids"], "reason": "not_me", "note": note}
    data_of(life.post(f"{path}/refusals", token, **refusal))
    version = data_of(life.call("GET", "/consent"))["version"]
    given = {"consent_version": version, "separate_consents": ["matter"]}
    challenge = data_of(life.post(f"{path}/challenges", token, **own, **given))
    life.check_ids |= {challenge["challenge_id"], challenge["verify_id"]}
    parts = {**own, "line_ids": own["line_ids"][0], "challenge_id": challenge["challenge_id"]}
    for picture in (b"no picture", signature()):
        files = {"signature": ("signature.png", picture)}
        confirmed = life.call("POST", f"{path}/confirmations", token, data=parts, files=files)
    data_of(confirmed)
    data_of(system.call("POST", f"{path}/acceptance", {"version": shown["version"]}))


def _change_everything(life: LifeCycle, token: str) -> str:
    someone = life.person
    code = life.proof(token, someone.phone)
    today = life.call("GET", "/account/authorization", token).json()["data"]["latest_until"]
    data_of(life.put("/account/authorization", token, enabled=True, until=today, phone_proof=code))
    dates = {
        "valid_from": someone.valid_from.isoformat(),
        "valid_until": someone.four_elements["valid_until"],
        "phone_proof": life.proof(token, someone.phone),
    }
    data_of(life.put("/account/identity-dates", token, **dates))
    proof = life.proof(token, life.new_phone)
    life.put("/account/phone", token, phone=life.new_phone, phone_proof=proof, password="wrong")
    data_of(
        life.put(
            "/account/phone", token, phone=life.new_phone, phone_proof=proof, password=PASSWORD
        )
    )
    data_of(
        life.put(
            "/account/password",
            token,
            password=NEW_PASSWORD,
            phone_proof=life.proof(token, life.new_phone),
        )
    )
    data_of(
        life.post(
            "/client-reports",
            token,
            kind="other",
            step="account.phone",
            detail=f"换号 {life.new_phone} 证号{someone.id_number}没反应",
        )
    )
    for login in (someone.id_number, life.new_phone, life.username):
        life.post("/sessions", login=login, password="wrong-password")
        answer = life.post(
            "/sessions", life.wechat(), login=login, password=NEW_PASSWORD, bind=True
        )
        token = data_of(answer)["token"]
    data_of(life.call("DELETE", "/account/wechat", token))
    data_of(life.call("DELETE", "/account/consents/face", token))
    return str(token)


def _reset_password(life: LifeCycle) -> None:
    token = life.wechat()
    life.post(
        "/password-resets", token, login=life.person.id_number, phone=life.new_phone,
        sms_code="123456",
    )  # fmt: skip
    begun = life.post(
        "/password-resets",
        token,
        login=life.username,
        phone=life.new_phone,
        phone_proof=life.proof(token, life.new_phone),
    )
    step = data_of(begun)["token"]
    life.post(f"/password-resets/{step}/password", token, password=life.new_phone)
    data_of(life.post(f"/password-resets/{step}/password", token, password=NEWEST_PASSWORD))


def _cancel_and_register_again(life: LifeCycle) -> None:
    someone = life.person
    login = {"login": someone.id_number, "password": NEWEST_PASSWORD}
    token = data_of(life.post("/sessions", life.wechat(), **login))["token"]
    proof = life.proof(token, life.new_phone)
    reason = f"我是{someone.name}，不办了"
    data_of(life.post("/account/cancellation", token, phone_proof=proof, reason=reason))
    life.post("/sessions", **login)
    token = life.wechat()
    again = body(someone, None, phone_proof=life.proof(token, someone.phone))
    data_of(life.post("/registrations", token, **again), 201)
    token = life.wechat()
    again["phone_proof"] = life.proof(token, someone.phone)
    life.post("/registrations", token, **again)


def _send_misplaced_data(life: LifeCycle) -> None:
    """Send personal data in fields where none belong."""
    someone = life.person
    number, phone, name = someone.id_number, someone.phone, someone.name
    chat = Chat(life.service, "life")
    for asked in (f"我叫{name}，证号{number}", f"{phone}收不到验证码", f"{name}的密码是{PASSWORD}"):
        data_of(life.post("/faq/ask", question=asked))
        chat.say(asked)
    for path in (
        f"/faq/entries/{number}",
        f"/faq/entries/{name}",
        f"/account/{number}",
        f"/sessions?login={phone}&password={PASSWORD}",
        f"/faq/entries?category={name}&phone={phone}&id={number}",
    ):
        life.call("GET", path)
    life.call("POST", "/sessions", data=f"login={number}&name={name}")
    half = f'{{"login": "{number}", "name": "{name}"'.encode()
    life.call("POST", "/sessions", data=half, headers={"Content-Type": "application/json"})
    life.call("GET", "/account", number)
    life.call("GET", "/consent", headers={"User-Agent": number, "Referer": f"http://x/?{phone}"})


def _visit_window(life: LifeCycle) -> None:
    """Let a clerk find, unmask and register the person and file a ticket."""
    with tables_of(life.service):
        token = token_of(member_of("clerk"))
    life.secrets.add(token)
    clerk, someone = Desk(life.service, token), life.person
    found = clerk.post("/window", {"id_number": someone.id_number})
    page = found.headers["Location"].removeprefix("/admin")
    reason = {"reason": "other", "note": f"{someone.name}本人来了"}
    assert clerk.post(f"{page}/open", reason, page=page).status_code == 302
    begun = clerk.post("/window/registrations", someone.four_elements)
    checked = clerk.get(begun.headers["Location"].removeprefix("/admin"))
    assert checked.status_code == 422, checked.text
    matter = {"kind": "phone_change", **someone.four_elements, "phone": life.new_phone}
    assert clerk.post(f"{page}/tickets", matter).status_code == 302
