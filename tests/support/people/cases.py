"""Steps shared by the scenarios of the sixteen cases."""

from typing import Any

import requests

from models.desks.ledger import LedgerDetail, LedgerLine
from tests.support.api.refusals import refused
from tests.support.people import photos
from tests.support.people.accounts import phone_proof, tables_of
from tests.support.people.persons import Person
from tests.support.people.registrations import PASSWORD, body, synced_account
from tests.support.service.command_line import manage
from tests.support.service.service import Service, data_of


def ask(
    service: Service, question: str, case: int, token: str | None = None, *found: str
) -> dict[str, Any]:
    """Ask the bot a question whose answer must be of this case.

    With ``token`` the bot reads the user's record, and must have ``found`` these codes.
    """
    said = data_of(service.post("/faq/ask", json={"question": question}, token=token))
    assert (said["kind"], said["case"]) == ("answer", case), said
    assert said["steps"]
    assert said["actions"]
    assert [finding["code"] for finding in said["diagnosis"]] == list(found), said["diagnosis"]
    return said


def explained(
    answer: requests.Response, status: int, code: str, case: int | None
) -> dict[str, Any]:
    """Check a refusal explained by a case or guide (None) and return its ``data``."""
    data = refused(answer, status, code, case)
    shown = answer.json()["help"]
    assert shown["steps"]
    assert shown["actions"]
    return data


class Applicant:
    """Register from WeChat, with WeChat's number in place of SMS codes."""

    def __init__(self, service: Service, someone: Person, wechat: str = "zhang") -> None:
        self.service, self.person = service, someone
        self.token = service.wechat_login(wechat)

    def register(self, sms_code: str | None = None, **changes: Any) -> requests.Response:
        if sms_code is None:
            phone = changes.get("phone", self.person.phone)
            changes["phone_proof"] = phone_proof(self.service, self.token, phone)
        return self.send(body(self.person, sms_code, **changes))

    def send(self, content: dict[str, Any]) -> requests.Response:
        """Send the form unchanged, without adding a phone proof."""
        return self.service.post("/registrations", json=content, token=self.token)

    def registered(self, sms_code: str | None = None, **changes: Any) -> str:
        """Register and return the token of the new account."""
        return str(data_of(self.register(sms_code, **changes), 201)["token"])


class ActivationSteps:
    """Activate an account of the older system in three steps."""

    def __init__(self, service: Service, someone: Person, **columns: Any) -> None:
        with tables_of(service):
            synced_account(someone, **columns)
        self.service, self.person = service, someone
        self.token = service.wechat_login()
        self.begin()

    def begin(self) -> None:
        """Send the ID number; again after the record was corrected."""
        asked = {"id_number": self.person.id_number}
        self.step = data_of(self.service.post("/activations", json=asked, token=self.token))
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

    def complete(self, phone: str | None = None) -> dict[str, Any]:
        """Complete the remaining steps and return the last answer."""
        phone = phone or self.person.phone
        data_of(self.ask_for_code(phone), 202)
        data_of(self.prove(phone, self.service.sandbox.last_code(phone)))
        return data_of(self.finish())


def ask_for_code(service: Service, token: str, phone: str) -> requests.Response:
    content = {"phone": phone, "purpose": "register"}
    return service.post("/sms-codes", json=content, token=token)


def face(service: Service, token: str, ret: int, wechat: str = "zhang") -> requests.Response:
    """Run a whole face check that ends with ``ret`` (10000: passed)."""
    version = data_of(service.get("/consent"))["version"]
    opened = service.post("/face-challenges", json={"consent_version": version}, token=token)
    service.sandbox.face(f"o-{wechat}", ret)
    content = {"challenge_id": data_of(opened)["challenge_id"]}
    return service.post("/face-verifications", json=content, token=token)


def file_ticket(service: Service, token: str, kind: str, **content: Any) -> str:
    """Open the ticket of a help's button, with a picture if needed; return its number."""
    sent = {"kind": kind, **content}
    number = str(data_of(service.post("/tickets", json=sent, token=token), 201)["id"])
    if kind != "phone_verification":
        picture = {"image": ("card.jpg", photos.portrait())}
        data_of(service.post(f"/tickets/{number}/evidence", files=picture, token=token), 201)
    return number


def assert_resolved(service: Service, token: str, ticket: str, reason: str) -> None:
    """Check that the user sees the result and the reason."""
    seen = data_of(service.get(f"/tickets/{ticket}", token=token))
    assert (seen["state"], seen["reason"]) == ("resolved", reason)


def assert_ledger(service: Service, someone: Person, *acts: str) -> None:
    """Check that the ledger holds exactly these acts and that ``verify`` finds no fault."""
    with tables_of(service):
        lines = list(LedgerLine.select().order_by(LedgerLine.number))
        about = {row.id_number for row in LedgerDetail.select()}
    assert [line.action for line in lines] == list(acts)
    assert [line.number for line in lines] == list(range(1, len(acts) + 1))
    assert about <= {someone.id_number, None}
    assert all(line.actor.startswith("staff:") for line in lines)
    done = manage(service.environment, "ledger", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    whole = "The ledger, the decisions and the audit log are whole.\n"
    assert done.stdout.endswith(whole)
