"""A phone corrected by the centre: the switch 是否办理 closes unless a clerk saw the person."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.second_person import approvals, deciding
from miniprogram_api.tickets import tickets
from miniprogram_api.tickets.tickets import Subject
from miniprogram_api.windows import verifications as window_desk
from models.outbox import Notice
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of, fresh
from tests.support.people.persons import make_phone, person
from tests.support.service.rules import Rules

SOMEONE = person(number=31)
NEW_PHONE = make_phone(77)
WANTED = Subject(SOMEONE.name, SOMEONE.id_number, phone=NEW_PHONE)


def opened_by_user(rules: Rules) -> str:
    return tickets.open_ticket(
        rules.services,
        kind="phone_change",
        subject=WANTED,
        source="user",
        account_id=None,
        openid="o-zhang",
    ).id


def filed_by_clerk(_rules: Rules) -> str:
    row, _ = window_desk.file_ticket(member_of("clerk"), "phone_change", WANTED, "旧号停用")
    return row.number


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(("opened", "closes"), [(opened_by_user, True), (filed_by_clerk, False)])
def test_correction_without_a_clerk_closes_it(
    rules: Rules, opened: Callable[[Rules], str], closes: bool
) -> None:
    until = clock.today() + timedelta(days=5)
    account = account_of(
        SOMEONE,
        level=4,
        verified_by="face",
        authorization_enabled=True,
        authorization_until=until,
    )
    ticket_id, first = opened(rules), member_of("centre")
    ticket_desk.claim(first, ticket_id)
    asked = approvals.request(first, ticket_id, "correct_phone", reason="核对户籍一致")
    deciding.decide(rules.services, member_of("centre"), asked, agrees=True, reason="")
    changed = fresh(account)
    assert changed.phone == NEW_PHONE
    assert (changed.authorization_closed_at is not None) == closes
    assert changed.authorization_enabled != closes
    told = [(row.kind, row.phone) for row in Notice.select()]
    assert (("authorization_closed", NEW_PHONE) in told) == closes
    assert {("phone_changed", SOMEONE.phone), ("phone_changed", NEW_PHONE)} <= set(told)
