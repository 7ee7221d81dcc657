"""Face checks of a user at level 3, by rule or over HTTP."""

from typing import Any

import pytest
import requests

from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.proofing import faces, limits
from miniprogram_api.reasons import Refused
from models.storage.database import database, is_sqlite
from tests.support.people.accounts import (
    ADDRESS,
    account_of,
    account_session,
    fresh,
    sign_in,
    tables_of,
)
from tests.support.people.persons import Person
from tests.support.service.rules import Rules
from tests.support.service.service import Service, data_of, error_of

CONSENT = {"consent_version": consents.current_text().version}


class Holder:
    """Run face checks of an account at level 3 by calling the rules."""

    def __init__(
        self, rules: Rules, someone: Person, wechat: str | None = "zhang", **columns: Any
    ) -> None:
        self.rules, self.services, self.openid = rules, rules.services, f"o-{wechat}"
        self.account = account_of(someone, **columns)
        self.session = account_session(self.account, wechat)

    def open(self, version: str | None = "in force", **changes: Any) -> faces.FaceChallenge:
        given = consents.current_text().version if version == "in force" else version
        return faces.open_challenge(
            changes.get("services", self.services),
            session=changes.get("session", self.session),
            account_id=self.account.id,
            address=changes.get("address", ADDRESS),
            consent_version=given,
            purpose=changes.get("purpose", "verify"),
        )

    def verify(self, challenge_id: str | None, **changes: Any) -> AccountSummary:
        return faces.verify(
            changes.get("services", self.services),
            session=changes.get("session", self.session),
            account_id=self.account.id,
            address=changes.get("address", ADDRESS),
            challenge_id=challenge_id,
            image=changes.get("image"),
            consent_version=changes.get("consent_version"),
        )

    def check(self, ret: int | None = None) -> AccountSummary:
        """Run a whole check; ``ret`` is WeChat's result."""
        challenge = self.open()
        if ret is not None:
            self.rules.sandbox.face(self.openid, ret)
        return self.verify(challenge.challenge_id)

    @property
    def level(self) -> int:
        level: int = fresh(self.account).level
        return level


def refusal(call: Any, *arguments: Any, **changes: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*arguments, **changes)
    return caught.value


def assert_no_connection_is_held() -> None:
    """Check that no transaction and no pooled connection is open during a vendor call."""
    assert not database.in_transaction()
    assert is_sqlite() or database.is_closed()


def mismatches_used(rules: Rules, someone: Person) -> int:
    """Return the number of used attempts."""
    services = rules.services
    limit = limits.faces_of_person(services.settings, someone.id_number)
    taken = services.clients.store.peek([limit], clock.milliseconds(clock.now()))
    return services.settings.face_attempts_per_account - taken.remaining["day"]


class Client:
    """Run face checks of a user at level 3 over HTTP."""

    def __init__(self, service: Service, someone: Person, wechat: str = "zhang") -> None:
        self.service, self.openid = service, f"o-{wechat}"
        with tables_of(service):
            account_of(someone)
        self.token = sign_in(service, someone, wechat)

    def open(self, **changes: Any) -> requests.Response:
        content = changes.pop("json", CONSENT)
        return self.service.post("/face-challenges", json=content, token=self.token, **changes)

    def verify(self, challenge_id: str, **options: Any) -> requests.Response:
        return self.service.post(
            "/face-verifications", json={"challenge_id": challenge_id}, token=self.token, **options
        )

    def check(self, ret: int | None = None, **options: Any) -> requests.Response:
        """Open a check, finish it in WeChat and query the result."""
        challenge = data_of(self.open())
        if ret is not None:
            self.service.sandbox.face(self.openid, ret)
        return self.verify(challenge["challenge_id"], **options)

    @property
    def level(self) -> int:
        level: int = data_of(self.service.get("/account", token=self.token))["level"]
        return level


def refused(
    response: requests.Response, status: int, code: str, case: int | None = None
) -> dict[str, Any]:
    """Compare status, code, case and wait of a refusal and return its ``data``."""
    content = error_of(response, status, code)
    assert (content["help"] and content["help"]["case"]) == case
    data: dict[str, Any] = content["data"]
    wait = data.get("retry_after")
    assert response.headers.get("Retry-After") == (wait and str(wait))
    return data
