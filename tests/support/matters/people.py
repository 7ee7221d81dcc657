"""Persons of matters who act themselves, by rule or over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import requests

from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.matters import confirmations, own, refusals
from miniprogram_api.matters.confirmations import Consenting, DecidedLines, Proof
from miniprogram_api.matters.own import OwnMatter
from miniprogram_api.proofing.bound_checks import Asker
from models.matters.matters import Matter
from tests.support.matters.matters import verified
from tests.support.people.accounts import ADDRESS, account_session, fresh, sign_in, tables_of
from tests.support.people.persons import Person
from tests.support.people.signatures import signature
from tests.support.service.rules import Rules
from tests.support.service.service import Service, data_of

GIVEN = Consenting(consents.current_text().version, ("face", "matter"))


@contextmanager
def in_days(days: float) -> Iterator[None]:
    """Move the clock."""
    later = clock.now() + timedelta(days=days)
    with clock.replaced(lambda: later):
        yield


class Holder:
    """Act as the holder of an account at level 4 by calling the rules."""

    def __init__(self, rules: Rules, someone: Person, wechat: str = "zhang") -> None:
        self.rules, self.services, self.openid = rules, rules.services, f"o-{wechat}"
        self.account = verified(someone)
        self.session = account_session(self.account, wechat)

    @property
    def asker(self) -> Asker:
        return Asker(self.session, fresh(self.account), ADDRESS)

    def seen(self, matter: Matter) -> OwnMatter:
        return own.show(self.services, self.account.id, matter.public_id)

    def ids(self, matter: Matter, *roles: str) -> list[str]:
        """Return the ids of the own lines, all or those with these roles."""
        lines = self.seen(matter).lines
        return [line.line_id for line in lines if not roles or line.role in roles]

    def open(self, matter: Matter, *roles: str, **changes: Any) -> str:
        """Open a face check and return its id."""
        shown = self.seen(matter)
        return confirmations.open_challenge(
            changes.get("services", self.services),
            changes.get("asker", self.asker),
            matter.public_id,
            changes.get("line_ids", self.ids(matter, *roles)),
            changes.get("digest", shown.digest),
            changes.get("given", GIVEN),
        ).challenge_id

    def confirm(self, matter: Matter, *roles: str, **changes: Any) -> DecidedLines:
        """Confirm own lines; by default by a new face check with a signature."""
        proof = {"signature": signature(), **changes.get("proof", {})}
        if "ctid_token" not in proof and "challenge_id" not in proof:
            proof["challenge_id"] = self.open(matter, *roles)
        return confirmations.confirm(
            changes.get("services", self.services),
            changes.get("asker", self.asker),
            matter.public_id,
            changes.get("line_ids") or self.ids(matter, *roles),
            changes.get("digest") or self.seen(matter).digest,
            Proof(**proof),
            changes.get("given", Consenting()),
        )

    def refuse(self, matter: Matter, *roles: str, reason: Any = "not_me") -> DecidedLines:
        return refusals.refuse(
            self.services,
            self.session,
            self.account.id,
            matter.public_id,
            self.ids(matter, *roles),
            reason=reason,
            note="没有办过",
        )


class Client:
    """Act as the holder of an account at level 4 over HTTP."""

    def __init__(self, service: Service, someone: Person, wechat: str, **columns: Any) -> None:
        self.service, self.someone, self.openid = service, someone, f"o-{wechat}"
        with tables_of(service):
            verified(someone, **columns)
        self.token = sign_in(service, someone, wechat)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.service.get(path, token=self.token, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.service.post(path, token=self.token, **options)

    def listed(self, state: str = "open") -> dict[str, Any]:
        data: dict[str, Any] = data_of(self.get("/matters", params={"state": state}))
        return data

    def seen(self, matter_id: str) -> dict[str, Any]:
        data: dict[str, Any] = data_of(self.get(f"/matters/{matter_id}"))
        return data

    def shown(self, matter_id: str, *roles: str) -> dict[str, Any]:
        """Return ``line_ids`` and ``digest`` of the own lines, all or those with these roles."""
        data = self.seen(matter_id)
        ids = [line["line_id"] for line in data["lines"] if not roles or line["role"] in roles]
        return {"line_ids": ids, "digest": data["digest"]}

    def open(self, matter_id: str, sent: dict[str, Any]) -> requests.Response:
        """Open the face check for what was shown."""
        given = {"consent_version": GIVEN.version, "separate_consents": ["matter"]}
        return self.post(f"/matters/{matter_id}/challenges", json={**sent, **given})

    def send(
        self, matter_id: str, sent: dict[str, Any], *, signed: bytes | None = None, **options: Any
    ) -> requests.Response:
        """Send a confirmation with a signature."""
        parts = {**sent, "line_ids": ",".join(sent["line_ids"])}
        files = {"signature": ("signature.png", signature() if signed is None else signed)}
        return self.post(f"/matters/{matter_id}/confirmations", data=parts, files=files, **options)

    def confirm(
        self, matter_id: str, *roles: str, ret: int | None = None, **options: Any
    ) -> requests.Response:
        """Confirm own lines by a face check; ``ret`` is WeChat's result."""
        sent = self.shown(matter_id, *roles)
        challenge = data_of(self.open(matter_id, sent))
        if ret is not None:
            self.service.sandbox.face(self.openid, ret)
        check = {"challenge_id": challenge["challenge_id"]}
        return self.send(matter_id, {**sent, **check}, **options)

    def refuse(self, matter_id: str, *roles: str, reason: str = "not_me") -> requests.Response:
        ids = self.shown(matter_id, *roles)["line_ids"]
        sent = {"line_ids": ids, "reason": reason, "note": "没有办过"}
        return self.post(f"/matters/{matter_id}/refusals", json=sent)
