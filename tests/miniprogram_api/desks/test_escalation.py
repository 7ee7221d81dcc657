"""A ticket unclaimed at half of its term goes to the centre, once."""

from datetime import datetime, timedelta

import pytest

from miniprogram_api import audit, clock
from miniprogram_api.desks import district_figures, escalation
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening
from models.desks.audit import AuditEntry
from models.desks.tickets import Ticket, TicketEvent
from models.storage.database import SHANGHAI
from tests.support.admin.staff import member_of
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
# A Wednesday; an identity dispute is due on Thursday at 18:00, 30 hours later.
OPENED = datetime(2026, 11, 25, 12, tzinfo=SHANGHAI)


def open_one(rules: Rules, openid: str) -> str:
    return opening.open_ticket(
        rules.services, Opening(kind="identity_dispute", source="user", openid=openid)
    ).id


@BOTH
def test_unclaimed_ticket_goes_to_the_centre_at_half_of_its_term_once(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(hours: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: OPENED + timedelta(hours=hours))

    at(0)
    clerk = member_of("clerk")
    waiting, claimed, abandoned = (open_one(rules, f"o-{name}") for name in "abc")
    ticket_desk.claim(clerk, abandoned)
    at(14)
    ticket_desk.claim(clerk, claimed)
    at(14.99)
    assert escalation.escalate_unclaimed() == 0
    at(15)
    counts = at_once([escalation.escalate_unclaimed] * 4)
    assert sum(counts) == 2, counts  # type: ignore[arg-type]
    assert Ticket.get(Ticket.number == abandoned).state == "with_centre"

    row = Ticket.get(Ticket.number == waiting)
    assert (row.state, row.owner_id) == ("with_centre", None)
    assert Ticket.get(Ticket.number == claimed).state == "open"
    steps = TicketEvent.select().where(TicketEvent.ticket == row.id).order_by(TicketEvent.id)
    assert [(step.action, step.actor) for step in steps] == [
        ("opened", audit.by_wechat("o-a")),
        ("escalated", "service"),
    ]
    assert AuditEntry.select().where(AuditEntry.tag == "job:ticket:escalated").count() == 2
    assert ticket_desk.claim(member_of("centre"), waiting).claimed


def test_figures_count_the_tickets_of_each_district(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(hours: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: OPENED + timedelta(hours=hours))

    at(0)
    centre = member_of("centre")
    ended = [open_one(rules, f"o-{number}") for number in range(3)]
    Ticket.update(district="城东区").execute()
    open_one(rules, "o-late")
    for hours, number in zip((2, 4, 31), ended, strict=True):
        at(hours)
        ticket_desk.claim(centre, number)
        ticket_desk.finish(centre, number, solved=False, reason="不能办理")
    day = OPENED.date()
    east, nowhere = district_figures.by_district(day, day + timedelta(days=1))
    assert (east.district, east.unfinished, east.closed, east.closed_late) == ("城东区", 0, 3, 1)
    assert east.median_time == timedelta(hours=4)
    assert (nowhere.district, nowhere.unfinished, nowhere.overdue) == (None, 1, 1)
    assert nowhere.median_time is None
