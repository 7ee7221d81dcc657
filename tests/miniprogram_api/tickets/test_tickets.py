"""Tickets: one per person and kind, with known facts, visible to their owner."""

import json
from datetime import datetime, timedelta

import pytest

from miniprogram_api import clock, working_days
from miniprogram_api.access import refusals, sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import sentence
from miniprogram_api.tickets import opening, tickets
from miniprogram_api.tickets import own as own_tickets
from miniprogram_api.tickets.opening import Opening
from models.accounts.accounts import CANCELLED, Account
from models.accounts.verifications import IdentityCheck
from models.desks import tickets as table
from models.storage.database import SHANGHAI, IntegrityError, database
from tests.support.people.accounts import Time, account_of, account_session
from tests.support.people.persons import person
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def open_one(rules: Rules, **changes: object) -> tickets.Ticket:
    wanted = {
        "kind": "other",
        "account_id": None,
        "openid": "o-zhang",
        "source": "user",
        "description": "请帮忙看一下",
        **changes,
    }
    address = wanted.pop("address", "")
    return opening.open_ticket(rules.services, Opening(**wanted), address=address)  # type: ignore[arg-type]


def wechat_session(openid: str) -> SessionInfo:
    opened = sessions.start(openid, None)
    return SessionInfo(opened.token_hash, openid, None)


@BOTH
def test_twenty_simultaneous_calls_open_one_ticket(rules: Rules) -> None:
    account = account_of(person())
    calls = [lambda: open_one(rules, account_id=account.id, kind="phone_change")] * 20

    opened = at_once(calls)

    assert {getattr(ticket, "id", ticket) for ticket in opened} == {table.Ticket.get().number}
    assert table.TicketEvent.select().count() == 1


def test_the_database_itself_refuses_a_second_unfinished_ticket(rules: Rules) -> None:
    first = table.Ticket.get(table.Ticket.number == open_one(rules).id)
    first.id, first.number = None, "ABCDEFGHJK"
    with pytest.raises(IntegrityError):
        first.save(force_insert=True)


def test_new_ticket_for_another_kind_another_person_or_after_the_end(rules: Rules) -> None:
    first = open_one(rules)

    assert open_one(rules).id == first.id
    assert open_one(rules, kind="phone_verification").id != first.id
    assert open_one(rules, openid="o-li").id != first.id
    own_tickets.withdraw(wechat_session("o-zhang"), first.id)
    assert open_one(rules).id != first.id


def test_claimed_identity_shares_no_ticket(rules: Rules) -> None:
    someone = person()
    account = account_of(someone)
    own = open_one(rules, account_id=account.id, kind="identity_review")

    claimed = open_one(
        rules,
        kind="identity_review",
        openid="o-stranger",
        subject=opening.Subject(name=someone.name, id_number=someone.id_number),
    )

    assert claimed.id != own.id
    with pytest.raises(Refused) as refused:
        own_tickets.get(wechat_session("o-stranger"), own.id)
    assert refused.value.reason is Reason.NOT_FOUND


def test_ticket_includes_known_facts_encrypted(rules: Rules) -> None:
    someone = person()
    account = account_of(someone)
    IdentityCheck.insert(
        id_number=someone.id_number,
        identity_index=someone.id_number,
        account=account.id,
        openid="o-zhang",
        purpose="register",
        checked_at=clock.now(),
        outcome="mismatch",
        source="tencent",
        source_request_id="request-7",
        long_term=False,
        name_has_dot=False,
    ).execute()

    opened = open_one(rules, account_id=account.id, kind="identity_review", facts={"case": 4})

    row = table.Ticket.get(table.Ticket.number == opened.id)
    facts = json.loads(row.facts)
    assert (row.name, row.id_number, row.phone) == (
        someone.name,
        someone.id_number,
        someone.phone,
    )
    assert facts["checks"][0]["transaction"] == "request-7"
    assert facts["checks"][0]["outcome"] == "mismatch"
    assert facts["case"] == 4
    assert someone.phone not in row.facts
    stored = database.execute_sql("SELECT facts, description, name FROM ticket").fetchone()
    assert not any(b"request-7" in bytes(value) for value in stored)
    assert "request-7" not in repr(opened)


def test_ticket_about_a_wrong_phone_includes_the_typed_phone_masked(rules: Rules) -> None:
    refused = Refused(Reason.PHONE_NOT_ON_RECORD, phone_hint="66", ticket="activation_phone")
    refusals.note(wechat_session("o-zhang"), refused, "13800138011")

    opened = open_one(rules, kind="activation_phone")

    row = table.Ticket.get(table.Ticket.number == opened.id)
    [noted] = json.loads(row.facts)["refusals"]
    assert noted["phone"] == "138****8011"
    assert (noted["reason"], noted["case"]) == ("PHONE_NOT_ON_RECORD", 15)
    assert noted["details"]["phone_hint"] == "66"
    assert "13800138011" not in row.facts


def test_tickets_of_a_cancelled_account_remain_with_their_wechat_user(
    rules: Rules,
) -> None:
    account = account_of(person())
    opened = open_one(rules, account_id=account.id, kind="re_registration")
    user = wechat_session("o-zhang")

    assert own_tickets.of_caller(user) == []
    assert [ticket.id for ticket in own_tickets.of_caller(account_session(account))] == [opened.id]

    Account.update(status=CANCELLED).where(Account.id == account.id).execute()
    assert [ticket.id for ticket in own_tickets.of_caller(user)] == [opened.id]
    assert own_tickets.of_caller(wechat_session("o-li")) == []


def test_a_ticket_is_due_at_the_end_of_a_working_day_over_a_holiday(rules: Rules) -> None:
    # 2026-09-30 is the last working day before the holiday, which ends on 2026-10-07.
    with Time(datetime(2026, 9, 30, 15, 0, tzinfo=SHANGHAI)).running():
        opened = open_one(rules, kind="phone_verification")

    assert working_days.is_working_day(opened.due_at.date())
    assert opened.due_at == datetime(2026, 10, 8, 18, 0, tzinfo=SHANGHAI)
    assert "10月8日18:00前" in opened.next_step


def test_new_tickets_are_limited_and_a_repeated_one_is_free(rules: Rules) -> None:
    for number in range(10):
        subject = opening.Subject(id_number=person(number=number).id_number)
        open_one(rules, subject=subject)

    with pytest.raises(Refused) as refused:
        open_one(rules, kind="phone_change")
    assert refused.value.reason is Reason.TOO_MANY_ATTEMPTS
    assert refused.value.details["scope"] == "tickets"
    assert open_one(rules, subject=opening.Subject(id_number=person().id_number)).state == "open"


def test_browsers_of_an_address_open_sixty_tickets_an_hour(rules: Rules) -> None:
    def file(browser: int, number: int, **more: object) -> tickets.Ticket:
        subject = opening.Subject(id_number=person(number=number).id_number)
        sender = {"openid": f"web:{browser}", "address": "192.0.2.7", "subject": subject}
        return open_one(rules, kind="identity_dispute", **{**sender, **more})

    for number in range(60):
        file(number // 10, number)
    with pytest.raises(Refused) as refused:
        file(6, 60)
    assert refused.value.details["scope"] == "tickets"
    assert 3_500 < refused.value.details["retry_after"] <= 3_600
    assert "请到窗口" in sentence(refused.value.reason, refused.value.details)
    # The unfinished one is found again; emergencies, other addresses, WeChat users and accounts
    # are not stopped.
    file(0, 0)
    file(6, 60, address="")
    file(6, 61, address="192.0.2.8")
    file(6, 62, openid="o-zhang")
    file(6, 63, account_id=account_of(person(number=64)).id)


def test_withdrawn_ticket_is_closed_as_withdrawn(rules: Rules) -> None:
    session = wechat_session("o-zhang")
    opened = open_one(rules)

    withdrawn = own_tickets.withdraw(session, opened.id)

    assert (withdrawn.state, withdrawn.owner) == ("withdrawn", "nobody")
    assert [step.action for step in withdrawn.history] == ["opened", "withdrawn"]
    assert withdrawn.closed_at is not None
    assert timedelta(0) <= clock.now() - withdrawn.closed_at < timedelta(minutes=1)
    with pytest.raises(Refused) as refused:
        own_tickets.withdraw(session, opened.id)
    assert refused.value.reason is Reason.TICKET_CLOSED


@pytest.mark.parametrize(
    "ticket_id", ["0", "x", "2" * 10, "2" * 30, "-1", "２" * 10, "2" * 9 + "\0", ""]
)
def test_unknown_id_is_not_found(rules: Rules, ticket_id: str) -> None:
    with pytest.raises(Refused) as refused:
        own_tickets.get(wechat_session("o-zhang"), ticket_id)
    assert refused.value.reason is Reason.NOT_FOUND
