"""Somebody at level 3 who has his face checked, by calling the rules."""

from typing import Any

import pytest

from miniprogram_api import attempts, clock, consents, faces
from miniprogram_api.accounts import AccountSummary
from miniprogram_api.reasons import Refused
from tests.support.accounts import ADDRESS, account_of, account_session, fresh
from tests.support.people import Person
from tests.support.rules import Rules


class Holder:
    """An account at level 3, signed in from WeChat, and its face checks."""

    def __init__(
        self, rules: Rules, someone: Person, wechat: str | None = "zhang", **columns: Any
    ) -> None:
        self.rules, self.services, self.openid = rules, rules.services, f"o-{wechat}"
        self.account = account_of(someone, **columns)
        self.session = account_session(self.account, wechat)

    def open(self, version: str | None = "in force", **changes: Any) -> faces.Challenge:
        given = consents.in_force().version if version == "in force" else version
        return faces.open_challenge(
            changes.get("services", self.services),
            session=changes.get("session", self.session),
            account_id=self.account.id,
            address=changes.get("address", ADDRESS),
            consent_version=given,
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
        """A whole check; ``ret`` is what WeChat says at its end."""
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


def mismatches_used(rules: Rules, someone: Person) -> int:
    """How many attempts the person has used up."""
    services = rules.services
    limit = attempts.faces_of_person(services.settings, someone.id_number)
    taken = services.clients.store.peek([limit], clock.milliseconds(clock.now()))
    return services.settings.face_attempts_per_account - taken.remaining["day"]
