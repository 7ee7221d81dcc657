"""A check of a browser's account that is handed over to WeChat, over HTTP."""

from typing import Any

from tests.support.people.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.people.faces import CONSENT
from tests.support.people.persons import Person
from tests.support.service.service import Service, data_of

DELAYED = {**CONSENT, "delayed": True}


class Handover:
    """Hand a check of someone's account over; ``path`` is that of the newest code."""

    def __init__(self, service: Service, someone: Person, **columns: Any) -> None:
        self.service, self.someone = service, someone
        with tables_of(service):
            self.account_id = account_of(someone, **columns).id
        self.browser = sign_in(service, someone, "browser")
        self.issue(purpose="authorization" if columns.get("level") == 4 else "verify")

    def issue(self, **body: str) -> None:
        """Make a new code; without a body it is for level 4."""
        sent = {"json": body} if body else {}
        issued = data_of(self.service.post("/handovers", token=self.browser, **sent), 201)
        assert (issued["expires_in"], issued["mode"]) == (120, "wechat")
        self.link = issued["link"]
        self.path = f"/handovers/{issued['code']}"

    def opened(self, token: str, **body: Any) -> dict[str, Any]:
        """Open the code in WeChat."""
        opened: dict[str, Any] = data_of(self.service.post(self.path, json=body, token=token))
        return opened

    def challenge(self, token: str, own_phone: str | None = None) -> str:
        """Open the face check: with the WeChat user's own number, else delayed."""
        if own_phone is None:
            opened = self.opened(token, **DELAYED)
        else:
            proof = phone_proof(self.service, token, own_phone)
            opened = self.opened(token, **CONSENT, phone_proof=proof)
        return str(opened["challenge"]["challenge_id"])

    def verify(self, token: str, challenge_id: str) -> Any:
        body = {"challenge_id": challenge_id}
        return self.service.post("/face-verifications", json=body, token=token)

    def pass_in(self, token: str, own_phone: str | None = None) -> None:
        """Pass the face check in WeChat."""
        assert data_of(self.verify(token, self.challenge(token, own_phone))) == {}

    @property
    def account(self) -> dict[str, Any]:
        shown: dict[str, Any] = data_of(self.service.get("/account", token=self.browser))
        return shown


def given_checks(service: Service, token: str) -> list[dict[str, Any]]:
    """Return the checks that a WeChat user passed for browsers."""
    checks: list[dict[str, Any]] = data_of(service.get("/handed-checks", token=token))["checks"]
    return checks
