"""Look-ups of people at the desks: limit, trace, and the auditor's report."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.desks import lookups
from miniprogram_api.desks import people as desk_people
from miniprogram_api.desks import queue as ticket_queue
from miniprogram_api.desks.lookup_report import Period
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.desks.tickets import Ticket
from models.storage.database import database
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time, account_of
from tests.support.people.persons import person
from tests.support.service import many_rows
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
PEOPLE = [person(number=n) for n in range(1, 9)]
SEEN = on_site(["id_card"], "核对原件一致")


def lines() -> list[dict[str, Any]]:
    """Return the lines of the look-ups, oldest first."""
    rows = AuditEntry.select().where(AuditEntry.tag == "staff:person:looked_up")
    return [
        {"actor": row.actor, "account": row.account_id, **json.loads(row.details)}
        for row in rows.order_by(AuditEntry.id)
    ]


def reason_of(call: Any, *arguments: object) -> Reason:
    with pytest.raises(Refused) as refused:
        call(*arguments)
    return refused.value.reason


def look(rules: Rules, member: StaffMember, number: int = 0, reason: str = "at_window") -> None:
    desk_people.find(rules.services, member, PEOPLE[number].id_number, reason)


def test_complaint_of_a_person_is_no_ticket_to_look_for(rules: Rules) -> None:
    account = account_of(PEOPLE[0])
    opening.open_ticket(
        rules.services, Opening(kind="complaint", source="user", account_id=account.id)
    )
    look(rules, member_of("clerk"))
    assert [line["ticket"] for line in lines()] == [None]


def test_every_search_leaves_a_line_without_the_number(rules: Rules) -> None:
    account = account_of(PEOPLE[0])
    clerk, centre = member_of("clerk"), member_of("centre")
    for someone in PEOPLE[:3]:
        desk_people.find(rules.services, clerk, someone.id_number)
    desk_people.find_opened(
        rules.services, clerk, PEOPLE[0].id_number, "other", f"代问{PEOPLE[0].id_number}"
    )
    ticket_queue.of_person(rules.services, centre, PEOPLE[0].id_number, "follow_up")
    found = lines()
    assert [line["reason"] for line in found] == ["not_given"] * 3 + ["other", "follow_up"]
    assert [line["found"] for line in found] == [True, False, False, True, True]
    assert [line["account"] for line in found] == [account.id, None, None, account.id, account.id]
    assert [line["actor"] for line in found] == [clerk.actor] * 4 + [centre.actor]
    assert [line.get("window") for line in found] == [clerk.window_id] * 4 + [None]
    assert len({line["person"] for line in found}) == 3
    for entry in AuditEntry.select():
        assert not any(someone.id_number in entry.details for someone in PEOPLE)


def test_line_names_the_ticket_of_the_person(rules: Rules) -> None:
    opening.open_ticket(
        rules.services,
        Opening(
            kind="other",
            source="user",
            subject=Subject(PEOPLE[0].name, PEOPLE[0].id_number),
            openid="o-zhang",
        ),
    )
    look(rules, member_of("clerk"))
    assert lines()[0]["ticket"] == Ticket.get().id


def test_refused_search_is_no_look_up(rules: Rules) -> None:
    clerk = member_of("clerk")
    find, number = desk_people.find, PEOPLE[0].id_number
    assert reason_of(find, rules.services, clerk, "110") is Reason.INVALID_INPUT
    assert reason_of(find, rules.services, clerk, number, "curious") is Reason.INVALID_INPUT
    assert reason_of(find, rules.services, clerk, number, "other", " ") is Reason.INVALID_INPUT
    assert reason_of(find, rules.services, member_of("editor"), number) is Reason.FORBIDDEN
    assert lines() == []


def test_61st_look_up_of_an_hour_is_refused(rules: Rules) -> None:
    clerk = member_of("clerk")
    with Time(clock.now()).running() as time:
        for n in range(60):
            look(rules, clerk, n % 8)
        with pytest.raises(Refused) as refused:
            look(rules, clerk)
        assert refused.value.reason is Reason.LOOKUP_LIMIT
        assert refused.value.reason.status == 429
        assert refused.value.details == {"retry_after": 3600, "count": 60}
        # Every search of the member counts, of another member none.
        number = PEOPLE[0].id_number
        args = (rules.services, clerk, number, "at_window")
        assert reason_of(desk_people.find_opened, *args) is Reason.LOOKUP_LIMIT
        look(rules, member_of("clerk"))
        assert len(lines()) == 61
        time.advance(seconds=3599)
        assert reason_of(look, rules, clerk) is Reason.LOOKUP_LIMIT
        time.advance(seconds=1)
        look(rules, clerk)


@BOTH
def test_parallel_searches_exceed_no_limit(rules: Rules) -> None:
    services = rules.with_settings(desk_lookups_per_hour=5)
    clerk = member_of("clerk")
    number = PEOPLE[0].id_number
    found = at_once([lambda: desk_people.find(services, clerk, number, "at_window")] * 12)
    assert sum(isinstance(one, Refused) for one in found) == 7
    assert len(lines()) == 5


def test_refused_act_that_tells_an_account_is_a_look_up(rules: Rules) -> None:
    services = rules.with_settings(desk_lookups_per_hour=2)
    clerk = member_of("clerk")

    def guess() -> None:
        with lookups.by_refusal(services, clerk, PEOPLE[0].id_number):
            window_desk.verify_on_site(clerk, PEOPLE[0].id_number, SEEN)

    told = [reason_of(guess) for _ in range(3)]
    assert told == [Reason.PERSON_NOT_REGISTERED] * 2 + [Reason.LOOKUP_LIMIT]
    assert [line["reason"] for line in lines()] == ["act", "act"]


@BOTH
def test_report_tells_who_looked_without_cause(rules: Rules) -> None:
    """On Friday, 27 November 2026, and the weekend after it."""
    busy, idle = member_of("clerk"), member_of("clerk")
    for someone in PEOPLE[:2]:
        account_of(someone)
    with Time(datetime(2026, 11, 27, 10, 0, tzinfo=clock.SHANGHAI)).running() as time:
        look(rules, busy, 0)
        window_desk.verify_on_site(busy, PEOPLE[0].id_number, SEEN)
        look(rules, idle, 1)
        look(rules, busy, 1)
        desk_people.open_person(idle, PEOPLE[1].id_number, "at_window")
        time.advance(hours=7, minutes=59)
        look(rules, busy, 2)
        time.advance(minutes=1)
        look(rules, busy, 3)
        time.advance(hours=20)
        look(rules, busy, 4)

    friday, saturday = date(2026, 11, 27), date(2026, 11, 28)
    settings = rules.services.settings
    period = Period(settings, friday, saturday)
    found = period.find()[::-1]
    assert [one.followed for one in found] == [True] + [False] * 5
    assert [one.outside for one in found] == [False] * 4 + [True] * 2
    assert period.by_member() == [(busy.actor, 5, 4, 2), (idle.actor, 1, 1, 0)]
    assert [one.id for one in period.find("outside")] == [one.id for one in found[:-3:-1]]
    assert period.find("unfounded") == [one for one in found[::-1] if one.unfounded]
    assert period.find(before=found[3].id, limit=2) == [found[2], found[1]]
    assert len(Period(settings, friday, friday).find()) == 5
    assert len(Period(settings, friday, saturday, [idle.actor]).find()) == 1
    assert Period(settings, friday, saturday, []).by_member() == []


def test_act_for_a_person_without_an_account_is_found(rules: Rules) -> None:
    clerk, today = member_of("clerk"), clock.today()
    look(rules, clerk)
    assert Account.select().count() == 0
    subject = Subject(PEOPLE[0].name, PEOPLE[0].id_number)
    window_desk.file_ticket(clerk, "other", subject, "请核实")
    [found] = Period(rules.services.settings, today, today).find()
    assert (found.followed, found.unfounded, found.account_id) == (True, False, None)


@pytest.fixture
def selected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Return the list that each SELECT with its parameters is added to."""
    statements: list[tuple[str, Any]] = []
    execute = database.obj.execute_sql

    def spy(sql: str, params: Any = None) -> Any:
        if sql.startswith("SELECT"):
            statements.append((sql, params))
        return execute(sql, params)

    monkeypatch.setattr(database.obj, "execute_sql", spy)
    return statements


def test_search_reads_no_large_table_from_end_to_end(
    rules: Rules, selected: list[tuple[str, Any]]
) -> None:
    clerk, auditor = member_of("clerk"), member_of("auditor")
    people = [person(number=n) for n in range(100, 110)]
    for someone in people:
        account_of(someone)
        desk_people.open_person(clerk, someone.id_number, "at_window")
    many_rows.multiply_ledger(6)
    many_rows.multiply_accounts(6)
    database.execute_sql("ANALYZE")
    selected.clear()

    desk_people.find(rules.services, clerk, people[0].id_number, "at_window")
    ledger.newest_about(auditor, people[0].id_number)

    read: dict[str, set[str]] = {"SEARCH": set(), "SCAN": set()}
    for sql, params in list(selected):
        table = sql.partition('FROM "')[2].partition('"')[0]
        for row in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params):
            read.get(row[3].partition(" ")[0], set()).add(table)
    assert read["SEARCH"] >= {"account", "ledger_detail", "ticket"}
    # As many rows as there are registration systems.
    assert read["SCAN"] <= {"registrar_key"}
