"""Personal data of tickets is erased after its retention."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import cancellation
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.second_person import approvals
from miniprogram_api.tickets import retention as ticket_retention
from miniprogram_api.tickets import tickets
from miniprogram_api.tickets.retention import ERASED
from models.accounts.accounts import CANCELLED, Account
from models.desks.audit import AuditEntry
from models.desks.tickets import WITHDRAWN, Ticket, TicketEvent, TicketEvidence
from models.second_person import SecondPersonRequest
from models.storage.database import database
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import Person, person
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def ticket_of(someone: Person, account_id: int | None, *, ended: timedelta | None) -> Ticket:
    """Return a ticket with all its data, ended this long ago (None: open)."""
    row = tickets.insert(
        "identity_review",
        f"identity_review:{someone.id_number}",
        tickets.Subject(name=someone.name, id_number=someone.id_number, phone=someone.phone),
        source="user",
        actor="wechat:o-zhang",
        account_id=account_id,
        openid="o-zhang",
        description="我叫什么都写在这里",
        facts={"checks": []},
        contact=someone.phone,
    )
    tickets.note(row, "wechat:o-zhang", "added", "证件照片")
    TicketEvidence.insert(
        ticket=row.id,
        added_at=clock.now(),
        actor="wechat:o-zhang",
        sha256="0" * 64,
        size=1,
        key="key",
        content=b"picture",
    ).execute()
    SecondPersonRequest.insert(
        ticket=row.id,
        kind="correct_phone",
        content=f'{{"reason": "换号", "details": {{"phone": "{someone.phone}"}}}}',
        asked_by=member_of("centre").id,
        asked_at=clock.now(),
        due_at=clock.now(),
        state="denied",
    ).execute()
    if ended is not None:
        Ticket.update(state=WITHDRAWN, matter_index=None, closed_at=clock.now() - ended).where(
            Ticket.id == row.id
        ).execute()
    return row


def personal_parts(row: Ticket) -> set[str | None]:
    found = Ticket.get_by_id(row.id)
    notes = {event.note for event in TicketEvent.select().where(TicketEvent.ticket == row.id)}
    texts = {found.name, found.id_number, found.phone, found.contact, found.openid, found.reason}
    return texts | notes | {found.matter, found.facts, found.conversation_id, found.description}


@both_databases
def test_personal_data_of_a_ticket_is_erased_after_three_years(rules: Rules) -> None:
    old = ticket_of(person(number=1), None, ended=timedelta(days=1096))
    young = ticket_of(person(number=2), None, ended=timedelta(days=1094))
    unfinished = ticket_of(person(number=3), None, ended=None)

    assert ticket_retention.erase_old() == 1

    assert personal_parts(old) == {None, "", "{}", ERASED}
    kept = Ticket.get_by_id(old.id)
    assert (kept.kind, kept.state, kept.identity_index) == ("identity_review", WITHDRAWN, None)
    assert Ticket.get_by_id(young.id).name == person(number=2).name
    assert Ticket.get_by_id(unfinished.id).name == person(number=3).name
    assert {row.ticket_id for row in TicketEvidence.select()} == {young.id, unfinished.id}
    [line] = AuditEntry.select().where(AuditEntry.tag == "job:ticket:erased")
    assert str(old.id) in line.details
    assert ticket_retention.erase_old() == 0


def test_erased_ticket_is_shown_as_erased(rules: Rules) -> None:
    old = ticket_of(person(number=1), None, ended=timedelta(days=1096))
    ticket_retention.erase_old()
    member = member_of("centre")

    opened = ticket_desk.get(member, old.number)

    assert (opened.name, opened.facts, opened.evidence) == (None, {}, ())
    assert "保存期限" in opened.description
    asked = approvals.get(member, SecondPersonRequest.get().id)
    assert (asked.reason, dict(asked.after)) == (ERASED, {})


@both_databases
def test_tickets_of_a_cancelled_account_are_erased_with_it(rules: Rules) -> None:
    someone, other = person(number=1), person(number=2)
    gone, stays = account_of(someone), account_of(other)
    ended = ticket_of(someone, gone.id, ended=timedelta(days=40))
    unfinished = ticket_of(person(number=3), gone.id, ended=None)
    others = ticket_of(other, stays.id, ended=timedelta(days=40))
    for account in (gone, stays):
        cancellation.cancel_by_hand(account.id, "不用了", actor="command:test")
    assert ticket_retention.erase_old() == 0
    Account.update(cancelled_at=clock.now() - timedelta(days=31)).where(
        Account.id == gone.id
    ).execute()
    cancellation.erase_old(rules.services)

    assert ticket_retention.erase_old() == 1

    assert personal_parts(ended) == {None, "", "{}", ERASED}
    assert Ticket.get_by_id(unfinished.id).openid == "o-zhang"
    assert Ticket.get_by_id(others.id).name == other.name
    assert Account.get_by_id(stays.id).status == CANCELLED
    stored = database.execute_sql("SELECT erased_at FROM ticket ORDER BY id").fetchall()
    assert [at is not None for (at,) in stored] == [True, False, False]
