"""Eight clerks and four people of the centre on one queue: nothing done twice, nothing lost.

Each of them is a process of its own, and one more opens tickets all the while. They work for two
seconds; DESKS_AT_ONCE_SECONDS=60 makes it the full minute.
"""

import os
from collections import Counter

import pytest

from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import approvals, deciding
from miniprogram_api.tickets import tickets
from models.accounts.accounts import CANCELLED
from models.desks import tickets as tickets_table
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerLine
from models.desks.tickets import Ticket, TicketEvent
from tests.support.admin import concurrent_desks
from tests.support.admin.staff import member_of, window_of
from tests.support.people.accounts import account_of, fresh
from tests.support.people.persons import person
from tests.support.service.processes import in_processes
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SECONDS = float(os.environ.get("DESKS_AT_ONCE_SECONDS", "2"))
CLERKS, CENTRE = 8, 4
ENDED = ("ticket_resolved", "ticket_rejected")


@BOTH
def test_twelve_clerks_share_one_queue_without_conflicts(rules: Rules) -> None:
    window = window_of().id
    people = [member_of("clerk", window=window).id for _ in range(CLERKS)]
    people += [member_of("centre").id for _ in range(CENTRE)]

    *ended, opened = in_processes(
        len(people) + 1, concurrent_desks.work_at_desk, rules.overrides, people, SECONDS
    )

    done = Counter(ticket_id for by_one in ended for ticket_id in by_one)
    assert set(done) == set(opened), "lost"
    assert set(done.values()) == {1}, "done twice"
    assert len(opened) >= concurrent_desks.FEWEST_OPENED
    assert {row.state for row in Ticket.select(Ticket.state)} <= {"resolved", "rejected"}
    closings = TicketEvent.action.in_(("resolved", "rejected"))
    number_of = tickets_table.numbers()
    closed = [number_of[event.ticket_id] for event in TicketEvent.select().where(closings)]
    assert sorted(closed) == sorted(opened)
    verdict = ledger_check.verify(rules.services.settings)
    assert verdict.faults == ()
    numbers = [line.number for line in LedgerLine.select().order_by(LedgerLine.number)]
    assert numbers == list(range(1, verdict.lines + 1)), "a gap"
    lines = LedgerLine.select(LedgerLine.ticket_id).where(LedgerLine.action.in_(ENDED))
    assert sorted(number_of[line.ticket_id] for line in lines) == sorted(opened)
    # Losing a race is not a forbidden attempt.
    assert AuditEntry.select().where(AuditEntry.tag == "staff:attempt:refused").count() == 0
    # Both desks took part.
    assert sum(map(len, ended[:CLERKS])) > 0
    assert sum(map(len, ended[CLERKS:])) > 0
    print(f"{len(opened)} tickets, {verdict.lines} lines, in {SECONDS:g} s")


@BOTH
def test_finished_ticket_cannot_be_finished_again(rules: Rules) -> None:
    first, second = member_of("centre"), member_of("centre")
    number = tickets.open_ticket(
        rules.services, kind="other", account_id=None, openid="o-1", source="user"
    ).id
    ticket_desk.claim(first, number)
    answers = at_once(
        [lambda: ticket_desk.finish(first, number, solved=True, reason="好")] * 4
        + [lambda: ticket_desk.finish(second, number, solved=False, reason="不好")] * 4
    )
    reasons = [answer.reason for answer in answers if isinstance(answer, Refused)]
    assert len(reasons) == 7
    assert set(reasons) <= {Reason.TICKET_CLOSED, Reason.TICKET_OF_OTHERS}
    assert Ticket.get().state == "resolved"


@BOTH
def test_one_of_two_simultaneous_decisions_wins(rules: Rules) -> None:
    account = account_of(person())
    first, second, third = (member_of("centre") for _ in range(3))
    ticket_id = tickets.open_ticket(
        rules.services, kind="re_registration", account_id=account.id, openid=None, source="user"
    ).id
    ticket_desk.claim(first, ticket_id)
    approval = approvals.request(first, ticket_id, "cancel_account", reason="旧证注册")

    def decide(approve: bool) -> int:
        by = second if approve else third
        return deciding.decide(rules.services, by, approval, agrees=approve, reason="材料不齐")

    answers = at_once([lambda: decide(True)] * 4 + [lambda: decide(False)] * 4)

    decided = [answer for answer in answers if isinstance(answer, int)]
    assert len(decided) == 1
    line = LedgerLine.get(LedgerLine.number == decided[0])
    assert (line.action == "account_cancelled") == (fresh(account).status == CANCELLED)
    refused = {answer.reason for answer in answers if isinstance(answer, Refused)}
    assert refused <= {Reason.NOT_APPLICABLE, Reason.TICKET_CLOSED}
