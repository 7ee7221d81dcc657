"""What an account at level 3 is shown of its person: nothing from before it, at any door."""

from collections.abc import Sequence
from typing import Any

import pytest

from handlers.api.endpoint import Operation
from miniprogram_api.access import sessions
from miniprogram_api.tickets.tickets import FILED_KINDS
from models.accounts.accounts import FROZEN, Account
from models.desks.tickets import Ticket
from tests.support.api.account_doors import Walk, account_doors, made_export
from tests.support.api.operations import name_of, operations
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.histories import MARK, History, plant
from tests.support.people.persons import Person, make_phone, person
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person("张旧人", number=4107)
LATER = Person(**{**SOMEONE.__dict__, "phone": make_phone(4108)})
QUESTIONS = (
    "我的业务办到哪一步了",
    "业务受理了没有",
    "有业务等我确认吗",
    "登记业务确认过期了怎么办",
)
READING = [operation for operation in account_doors() if operation.method == "GET"]
WRITING = [operation for operation in account_doors() if operation.method != "GET"]
# Doors at which an account at level 4 reads what is kept of its person.
SHOWING = {
    "GET /matters",
    "GET /matters/<matter_id>",
    "GET /matters/<matter_id>/sheet",
    "GET /account/receipts",
    "GET /account/export/<export_id>",
}


class Stranger:
    """A later account in the person's name, by a WeChat user and a phone of its own."""

    def __init__(self, service: Service) -> None:
        self.service = service
        with tables_of(service):
            self.history = plant(service, LATER)
            self.id = account_of(LATER).id

    @property
    def token(self) -> str:
        """Open another session, since a door may end the one that it is called with."""
        with tables_of(self.service):
            return sessions.start("o-stranger", self.id).token

    def become(self, **columns: Any) -> None:
        with tables_of(self.service):
            Account.update(**columns).where(Account.id == self.id).execute()

    def walk(self) -> Walk:
        """Read at every door, a copy of the account's data included."""
        own = {"conversation_id": ["chat"]}
        if not self.is_frozen:
            own["export_id"] = [made_export(self.service, self.token, LATER.phone)]
        walk = Walk(self.service, self.history, own)
        token = self.token
        for operation in READING:
            walk.look(operation, token)
        return walk

    def asked(self) -> set[str]:
        """Return the codes of what the bot finds about the person's matters."""
        found = set()
        for question in QUESTIONS:
            asked = self.service.post("/faq/ask", json={"question": question}, token=self.token)
            found |= {one["code"] for one in data_of(asked)["diagnosis"]}
        return {code for code in found if code.startswith("matter_")}

    @property
    def is_frozen(self) -> bool:
        with tables_of(self.service):
            return bool(Account.get_by_id(self.id).status == FROZEN)


@pytest.fixture
def stranger(service: Service) -> Stranger:
    return Stranger(service)


def test_level_3_reads_nothing_from_before_the_account(stranger: Stranger) -> None:
    walk = stranger.walk()
    assert walk.leaks == {}
    assert len(walk.doors) == len(READING) >= 13
    assert walk.answers > 30
    # The bot names none of the three matters of before; that one waits may be told.
    assert stranger.asked() <= {"matter_none"}


def test_level_4_reads_what_is_kept_of_the_person(stranger: Stranger) -> None:
    stranger.become(level=4, verified_by="face")
    assert {*stranger.walk().leaks} == SHOWING
    assert "matter_accepted" in stranger.asked()


def test_walk_finds_a_planted_leak(stranger: Stranger) -> None:
    with tables_of(stranger.service):
        Ticket.update(account=stranger.id).where(Ticket.kind == "other").execute()
    leaks = stranger.walk().leaks
    assert {*leaks} == {
        "GET /tickets", "GET /tickets/<ticket_id>", "GET /account/export/<export_id>",
    }  # fmt: skip
    assert all(MARK in found for found in leaks.values())


def test_frozen_account_reads_nothing_from_before_it(stranger: Stranger) -> None:
    stranger.become(level=4, verified_by="face", status=FROZEN)
    walk = stranger.walk()
    assert walk.leaks == {}
    assert len(walk.doors) == len(READING)
    assert stranger.asked() == set()


def test_level_3_hears_nothing_from_before_by_writing(stranger: Stranger) -> None:
    walk = Walk(stranger.service, stranger.history, {})
    for operation in WRITING:
        walk.write(operation, stranger.token)
    assert walk.leaks == {}
    assert len(walk.doors) == len(WRITING) >= 35


# One user opens so many tickets a day.
@pytest.mark.parametrize("kinds", [FILED_KINDS[:8], FILED_KINDS[8:]])
def test_ticket_of_the_earlier_account_is_not_handed_to_the_later_one(
    stranger: Stranger, kinds: Sequence[str]
) -> None:
    opening = next(o for o in WRITING if name_of(o) == "POST /tickets")
    walk = Walk(stranger.service, stranger.history, {})
    for kind in kinds:
        asked = {"kind": kind, "phone": LATER.phone, **LATER.four_elements}
        asked |= {"description": "请帮忙", "contact": "下午"}
        for _ in range(2):
            answer = stranger.service.post("/tickets", json=asked, token=stranger.token)
            assert answer.status_code == 201, answer.text
            walk.judge(opening, answer)
    assert walk.leaks == {}
    with tables_of(stranger.service):
        mine = Ticket.select().where(Ticket.account == stranger.id)
        assert sorted(row.kind for row in mine) == sorted(kinds)
        # The contact of the earlier ones stays.
        assert {row.contact for row in Ticket.select() if row.account_id != stranger.id} <= {
            f"{MARK}联系", None,
        }  # fmt: skip


MATTER_DOORS = [operation for operation in operations() if operation.path.startswith("/matters")]


def refusals(stranger: Stranger, history: History) -> dict[str, set[tuple[int, str]]]:
    """Return status and code of every call at every door of matters, of real and unknown ids."""
    walk, found = Walk(stranger.service, history, {"matter_id": ["0" * 24]}), {}
    real = walk.judge

    def judge(operation: Operation, answer: Any) -> None:
        real(operation, answer)
        seen = (answer.status_code, answer.json()["code"])
        found.setdefault(name_of(operation), set()).add(seen)

    walk.judge = judge  # type: ignore[method-assign]
    for operation in MATTER_DOORS:
        (walk.look if operation.method == "GET" else walk.write)(operation, stranger.token)
    assert walk.leaks == {}
    assert len(found) == len(MATTER_DOORS) >= 7
    return found


def test_level_3_opens_no_matter_by_any_method(stranger: Stranger) -> None:
    found = refusals(stranger, stranger.history)
    assert found.pop("GET /matters") == {(200, "OK")}
    assert {one for seen in found.values() for one in seen} == {(403, "LEVEL_TOO_LOW")}
    token = stranger.token
    counts = [
        data_of(stranger.service.get("/matters", params={"state": state}, token=token))
        for state in ("open", "done")
    ]
    assert counts == [{"count": 1, "items": None}, {"count": 0, "items": None}]


def test_frozen_account_lists_and_opens_no_matter(stranger: Stranger) -> None:
    stranger.become(level=4, verified_by="face", status=FROZEN)
    found = refusals(stranger, stranger.history)
    assert {one for seen in found.values() for one in seen} == {(403, "ACCOUNT_FROZEN")}


def test_copy_of_level_4_is_not_handed_to_a_lowered_or_frozen_account(stranger: Stranger) -> None:
    stranger.become(level=4, verified_by="face")
    path = f"/account/export/{made_export(stranger.service, stranger.token, LATER.phone)}"
    assert stranger.service.get(path, token=stranger.token).status_code == 200
    stranger.become(level=3, verified_by=None)
    error_of(stranger.service.get(path, token=stranger.token), 404, "NOT_FOUND")
    stranger.become(level=4, status=FROZEN)
    error_of(stranger.service.get(path, token=stranger.token), 403, "ACCOUNT_FROZEN")
