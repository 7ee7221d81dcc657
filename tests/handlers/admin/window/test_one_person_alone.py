"""One clerk alone over pages and API: an act of the held kind takes no effect in any order."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests

from miniprogram_api import clock
from miniprogram_api.ledger import comparison
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.services import Services
from miniprogram_api.staff.members import StaffMember
from models.accounts.accounts import Account
from models.matters.matters import Line
from models.second_person import SecondPersonRequest
from models.storage.database import database
from tests.handlers.admin.window.test_desk import SEEN, once_of, opened, registration
from tests.support.admin.desk import Desk
from tests.support.admin.holds import DENIED, denied_account
from tests.support.admin.staff import member_of, token_of
from tests.support.matters.matters import lines_of, matter_of, named
from tests.support.people import photos
from tests.support.people.captures import FILES, in_parts
from tests.support.people.signatures import signature
from tests.support.service.service import Service, data_of

ON_SITE = {"evidence_seen": ["id_card"], "reason": "核对原件一致"}
DECISIONS = ({"decision": "confirm"}, {"decision": "revoke", "cause": "not_wanted"})
ORDERS = 3
Call = Callable[[], object]


class OneClerk:
    """What one clerk can send for a person whom the source denies."""

    def __init__(self, service: Service, member: StaffMember, line_ids: list[str]) -> None:
        self._service, self._member, self._line_ids = service, member, line_ids
        self._matter = Line.get(Line.public_id == line_ids[0]).matter.public_id
        self.answers: list[requests.Response] = []

    def calls(self) -> list[Call]:
        return [
            self.verify,
            self.verify_on_the_page,
            self.register,
            self.register_on_the_page,
            self.confirm,
            self.switch,
            self.decide,
            self.decide_on_the_page,
            self.answer_on_the_page,
        ]

    def verify(self) -> None:
        self._api("/window/verifications", {**ON_SITE, "id_number": DENIED.id_number})

    def register(self) -> None:
        form: dict[str, object] = {**DENIED.four_elements, **ON_SITE, "phone": DENIED.phone}
        form |= {"consent_signed": True, "despite_source": True}
        self._api("/window/registrations", form)

    def confirm(self) -> None:
        parts = {**ON_SITE, "way": "on_site", "line_ids": self._line_ids}
        files = {"photo": photos.portrait(), "signature": signature()}
        path = f"/window/matters/{self._matter}/confirmations"
        sent = {"data": in_parts(parts)["data"], "files": files}
        self.answers.append(self._service.post(path, token=self._token(), **sent))

    def switch(self) -> None:
        until = clock.today().isoformat()
        body = {"id_number": DENIED.id_number, "enabled": True, "until": until}
        body["evidence_seen"] = ["id_card"]
        self.answers.append(
            self._service.post("/window/authorizations", json=body, token=self._token())
        )

    def decide(self) -> None:
        token = self._token()
        for number in self._requests():
            for decision in DECISIONS:
                for kind in ("reviews", "matter-reviews"):
                    path = f"/window/{kind}/{number}"
                    self.answers.append(self._service.post(path, json=decision, token=token))

    def verify_on_the_page(self) -> None:
        desk = self._desk()
        try:
            path = f"{opened(desk, DENIED.id_number)}/verification"
            form = {**SEEN, **once_of(desk, path)}
        except (AssertionError, IndexError):
            # There is no account, or the verification waits already.
            return
        self.answers.append(desk.post(path, form, files=FILES))

    def register_on_the_page(self) -> None:
        desk = self._desk()
        try:
            last = registration(desk, DENIED)
        except (AssertionError, KeyError):
            # The person has an account.
            return
        self.answers.append(desk.post(last, {**SEEN, "despite_source": "1"}, files=FILES))

    def decide_on_the_page(self) -> None:
        self._say({"decision": "agree"})
        self._say({"decision": "deny", "cause": "not_wanted", "reason": "再办一次"})

    def answer_on_the_page(self) -> None:
        self._say({"decision": "answer", "question": "核对过"})
        self._say({"decision": "withdraw", "reason": "再办一次"})

    def _say(self, form: dict[str, str]) -> None:
        desk = self._desk()
        for number in self._requests():
            path = f"/second-person/{number}"
            self.answers.append(desk.post(path, {**form, "once": f"x{number}{random.random()}"}))

    def _api(self, path: str, body: dict[str, object]) -> None:
        sent = self._service.post(path, **in_parts(body), token=self._token())
        self.answers.append(sent)

    def _requests(self) -> list[int]:
        with database.connection_context():
            return [row.id for row in SecondPersonRequest.select(SecondPersonRequest.id)]

    def _token(self) -> str:
        with database.connection_context():
            return token_of(self._member)

    def _desk(self) -> Desk:
        return Desk(self._service, self._token())


def require_no_effect(clerk: OneClerk) -> None:
    """Fail when the person has a level, a switch, a confirmed line or a decided request."""
    for account in Account.select():
        assert (account.level, account.authorization_enabled) == (3, False)
    assert {line.state for line in Line.select()} <= {"pending"}
    assert {row.state for row in SecondPersonRequest.select()} <= {"waiting"}
    assert [one.text for one in clerk.answers if one.status_code >= 500] == []
    assert comparison.compare() == []


@pytest.fixture(params=[True, False], ids=["with_account", "without_account"])
def clerk(request: pytest.FixtureRequest, desk_service: Service) -> OneClerk:
    if request.param:
        denied_account()
    services = Services(desk_service.settings, None)  # type: ignore[arg-type]
    lines = [line.public_id for line in lines_of(matter_of(services, [named(DENIED)]))]
    return OneClerk(desk_service, member_of("clerk"), lines)


@pytest.mark.parametrize("seed", range(ORDERS))
def test_no_order_of_calls_takes_effect(clerk: OneClerk, seed: int) -> None:
    calls = clerk.calls() * 2
    random.Random(seed).shuffle(calls)
    for call in calls:
        call()
        require_no_effect(clerk)
    assert SecondPersonRequest.select().count() > 0, "nothing was tried"


def test_no_race_of_calls_takes_effect(desk_service: Service, clerk: OneClerk) -> None:
    calls = clerk.calls()
    for _ in range(3):
        together = Barrier(len(calls))

        def run(call: Call, together: Barrier = together) -> None:
            together.wait(timeout=60)
            call()

        with ThreadPoolExecutor(len(calls)) as pool:
            list(pool.map(run, calls))
        require_no_effect(clerk)
    held = [row.id for row in SecondPersonRequest.select() if row.kind == "held_verification"]
    assert len(held) == 1, "one verification waits, however often it was sent"
    assert {401, 403, 409} & {one.status_code for one in clerk.answers}
    assert ledger_check.verify(desk_service.settings).faults == ()

    # A second person of another window gives it effect, once.
    second = token_of(member_of("clerk"))
    path = f"/window/reviews/{held[0]}"
    data_of(desk_service.post(path, json={"decision": "confirm"}, token=second))
    assert Account.get().level == 4
