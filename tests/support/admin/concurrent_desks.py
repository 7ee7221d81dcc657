"""Work at the desks in separate processes; without pytest, so that they start fast."""

import time
from collections.abc import Callable, Sequence

from miniprogram_api import clients
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.operations import maintenance, profiles
from miniprogram_api.services import Services
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import verifications as window_desk
from models.desks.tickets import UNFINISHED, Ticket
from tests.support.people.persons import person

# Opening waits while so many tickets are unfinished.
MOST_WAITING = 150
MOST_OPENED = 90_000
FEWEST_OPENED = 40
"""So many are opened however slow the machine is."""


def work_at_desk(
    number: int,
    meet: Callable[[], None],
    overrides: dict[str, object],
    members: Sequence[int],
    seconds: float,
) -> list[str]:
    """Work at a desk or, in the last process, open tickets.

    Returns the numbers of the tickets ended or opened.
    """
    settings = profiles.load_settings(**overrides)
    maintenance.connect(settings)
    services = Services(settings, clients.build(settings))
    services.clients.store_status.ping()
    meet()
    deadline = time.time() + seconds
    try:
        if number == len(members):
            return _open_tickets(services, deadline)
        return _work(staff.get(members[number]), deadline)
    finally:
        maintenance.disconnect()


def _open_tickets(services: Services, deadline: float) -> list[str]:
    opened: list[str] = []
    while len(opened) < FEWEST_OPENED or (time.time() < deadline and len(opened) < MOST_OPENED):
        someone = person(number=len(opened))
        ticket = opening.open_ticket(
            services,
            Opening(
                kind="other",
                source="user",
                openid=f"o-{len(opened)}",
                description="请帮忙",
                subject=Subject(someone.name, someone.id_number),
            ),
        )
        opened.append(ticket.id)
        if len(opened) % 25 == 0 and _waiting() > MOST_WAITING:
            time.sleep(0.2)
    return opened


def _work(member: StaffMember, deadline: float) -> list[str]:
    """Claim and end the ticket due first, until the time is over and none is left."""
    ended: list[str] = []
    is_clerk = not member.may(Permission.WORK_AT_CENTRE)
    taken = 0
    while time.time() < deadline or _waiting() or Ticket.select().count() < FEWEST_OPENED:
        found = ticket_desk.claim_next(member)
        if found is None:
            time.sleep(0.02)
            continue
        taken += 1
        ticket_id = found.queued.id
        if time.time() < deadline and taken % 5 == 4:
            # Some tickets are released and claimed again.
            ticket_desk.release(member, ticket_id)
        elif time.time() < deadline and is_clerk and taken % 3 == 2:
            window_desk.hand_on(member, ticket_id, "请省局处理")
        else:
            ticket_desk.finish(member, ticket_id, solved=taken % 7 != 0, reason="已办理")
            ended.append(ticket_id)
    return ended


def _waiting() -> int:
    return int(Ticket.select().where(Ticket.state.in_(UNFINISHED)).count())
