"""Eight clerks and four people of the centre on one queue: nothing done twice, nothing lost."""

import pytest

from miniprogram_api import ledger_check, ledger_seals, ticket_desk, tickets
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import StaffMember
from miniprogram_api.tickets import Subject
from models.ledger import LedgerLine
from models.tickets import Ticket, TicketEvent
from tests.support.people import person
from tests.support.rules import Rules, at_once
from tests.support.staff import member_of, window_of

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
TICKETS = 60


def work(member: StaffMember) -> int:
    """Take and end the ticket that is due first until there is none; how many he ended."""
    ended = 0
    while True:
        found = ticket_desk.claim_next(member)
        if found is None:
            return ended
        ticket_id = found.queued.id
        if ended % 5 == 4:
            # Now and then somebody gives one back; he or another takes it again.
            ticket_desk.release(member, ticket_id)
            found = ticket_desk.claim_next(member)
            if found is None:
                return ended
            ticket_id = found.queued.id
        ticket_desk.finish(member, ticket_id, solved=True, reason="已办理")
        ended += 1


@BOTH
def test_twelve_people_on_one_queue(rules: Rules) -> None:
    window = window_of().id
    people = [member_of("clerk", window=window) for _ in range(8)]
    people += [member_of("centre") for _ in range(4)]
    for number in range(TICKETS):
        someone = person(number=number)
        tickets.open_ticket(
            rules.services,
            kind="other",
            account_id=None,
            openid=f"o-{number}",
            source="user",
            description="请帮忙",
            subject=Subject(someone.name, someone.id_number),
        )

    ended = at_once([lambda member=member: work(member) for member in people])  # type: ignore[misc]

    failed = [answer for answer in ended if isinstance(answer, Exception)]
    assert failed == []
    assert sum(ended) == TICKETS  # type: ignore[arg-type]
    assert {row.state for row in Ticket.select()} == {"resolved"}
    done = TicketEvent.select().where(TicketEvent.action == "resolved")
    assert sorted(event.ticket_id for event in done) == list(range(1, TICKETS + 1))
    verdict = ledger_check.verify(ledger_seals.public_key(rules.services.settings))
    assert verdict.faults == ()
    numbers = [line.number for line in LedgerLine.select().order_by(LedgerLine.number)]
    assert numbers == list(range(1, verdict.lines + 1))
    solved = LedgerLine.select().where(LedgerLine.action == "ticket_resolved").count()
    assert solved == TICKETS


def test_a_ticket_that_somebody_ended_cannot_be_ended_again(rules: Rules) -> None:
    first, second = member_of("centre"), member_of("centre")
    tickets.open_ticket(rules.services, kind="other", account_id=None, openid="o-1", source="user")
    ticket_desk.claim(first, 1)
    answers = at_once(
        [lambda: ticket_desk.finish(first, 1, solved=True, reason="好")] * 4
        + [lambda: ticket_desk.finish(second, 1, solved=False, reason="不好")] * 4
    )
    reasons = [answer.reason for answer in answers if isinstance(answer, Refused)]
    assert len(reasons) == 7
    assert set(reasons) <= {Reason.TICKET_CLOSED, Reason.TICKET_OF_OTHERS}
    assert Ticket.get().state == "resolved"
