"""Which unfinished ticket about its person an account gets instead of a new one."""

import pytest

from miniprogram_api.accounts import cancellation
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening
from models.accounts.accounts import FROZEN, Account
from models.desks.tickets import Ticket
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

SOMEONE = person(number=93)
ABOUT = opening.Subject(SOMEONE.name, SOMEONE.id_number)


def opened(rules: Rules, account: Account, kind: str = "phone_change") -> Ticket:
    made = opening.open_ticket(
        rules.services,
        Opening(
            kind=kind, source="user", account_id=account.id, subject=ABOUT, contact="13800130099"
        ),
    )
    return Ticket.get(Ticket.number == made.id)


def filed(kind: str = "phone_change", account_id: int | None = None) -> Ticket:
    """File a ticket about the person, as a desk does."""
    return opening.insert(
        Opening(
            kind=kind, source="clerk", account_id=account_id, description="柜台登记", subject=ABOUT
        ),
        opening.matter_of_person(kind, SOMEONE.id_number),
        actor="staff:1",
    )


@pytest.fixture
def earlier(rules: Rules) -> Ticket:
    """Return the unfinished ticket of an account that was cancelled."""
    account = account_of(SOMEONE, level=4)
    ticket = opened(rules, account)
    cancellation.cancel_by_hand(account.id, "换号", actor="test")
    return ticket


def test_level_3_gets_a_ticket_of_its_own(rules: Rules, earlier: Ticket) -> None:
    later = account_of(SOMEONE)
    first = opened(rules, later)
    assert first.id != earlier.id
    assert opened(rules, later).id == first.id
    assert Ticket.get_by_id(earlier.id).contact == "13800130099"
    assert first.account_id == later.id


def test_level_4_gets_the_one_that_is_unfinished(rules: Rules, earlier: Ticket) -> None:
    later = account_of(SOMEONE, level=4)
    assert opened(rules, later).id == earlier.id
    Account.update(status=FROZEN).where(Account.id == later.id).execute()
    assert opened(rules, later).id != earlier.id


@pytest.mark.parametrize("level", [3, 4])
def test_dispute_is_never_handed_to_the_disputed_account(rules: Rules, level: int) -> None:
    dispute = filed("identity_dispute")
    assert opened(rules, account_of(SOMEONE, level=level), "identity_dispute").id != dispute.id


def test_desk_goes_on_with_the_account_s_own_ticket(rules: Rules) -> None:
    account = account_of(SOMEONE)
    own = opened(rules, account)
    assert filed(account_id=account.id).id == own.id
    handed = filed("re_registration", account.id)
    assert opened(rules, account, "re_registration").id == handed.id
