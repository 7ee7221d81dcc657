"""To whom a person's own sheet goes, and whose phone it shows."""

import pytest

from miniprogram_api.accounts import cancellation
from miniprogram_api.matter_lines import finding
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sheets import sheets
from models.accounts.accounts import FROZEN, Account
from models.matters.matters import Matter
from tests.support.matters.matters import PEOPLE, accept, confirm, matter_of, named, verified
from tests.support.pdf import text_of
from tests.support.people import confirmed_matters
from tests.support.people.accounts import account_of
from tests.support.people.persons import make_phone
from tests.support.service.rules import Rules

ZHANG, LI, _ = PEOPLE
PHONE, MASKED = ZHANG.phone, f"138****{ZHANG.phone[-4:]}"
LATER = {"phone": make_phone(8801), "phone_index": make_phone(8801)}


@pytest.fixture
def matter(rules: Rules) -> Matter:
    """Return an accepted matter that the person confirmed with an account cancelled since."""
    account = verified(ZHANG)
    made = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理")])
    confirm(rules.services, made, account)
    accept(rules.services, made)
    cancellation.cancel_by_hand(account.id, "换号", actor="test")
    return Matter.get_by_id(made.id)


def text_for(rules: Rules, matter: Matter, account: Account) -> str:
    return text_of(sheets.for_person(rules.services, matter.public_id, account.id).pdf)


def refusal(rules: Rules, matter_id: str, account: Account) -> tuple[Reason, object]:
    with pytest.raises(Refused) as caught:
        sheets.for_person(rules.services, matter_id, account.id)
    return caught.value.reason, caught.value.details.get("cause")


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_sheet_is_refused_to_a_later_account_below_level_4(rules: Rules, matter: Matter) -> None:
    later = account_of(ZHANG, **LATER)
    low = (Reason.LEVEL_TOO_LOW, "matter")
    # Whether there is a matter is not told.
    for matter_id in (matter.public_id, "0" * 24, "\0", "x" * 400):
        assert refusal(rules, matter_id, later) == low


def test_later_account_at_level_4_gets_the_sheet_with_the_phone_masked(
    rules: Rules, matter: Matter
) -> None:
    text = text_for(rules, matter, verified(ZHANG, **LATER))
    assert ZHANG.id_number in text
    assert MASKED in text
    assert PHONE not in text
    assert LATER["phone"] not in text


def test_registration_file_shows_the_phone(rules: Rules, matter: Matter) -> None:
    drawn = sheets.for_file(rules.services, matter, actor="registrar:k")
    assert PHONE in text_of(drawn.pdf)


def test_account_that_confirmed_gets_its_lines_at_any_level(rules: Rules) -> None:
    account = verified(ZHANG)
    made = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理")])
    confirm(rules.services, made, account, "股东")
    # Confirmed at a window without the account.
    own = [line for line in finding.lines(made) if line.role == "经理"]
    confirmed_matters.confirm(rules.services, made, ZHANG, roles=[own[0].role])
    both = text_for(rules, made, account)
    assert "股东、经理" in both
    # It did not confirm all of the sheet.
    assert MASKED in both
    Account.update(level=3).execute()
    alone = text_for(rules, made, account)
    assert PHONE in alone
    assert "经理" not in alone
    Account.update(level=4, status=FROZEN).execute()
    assert refusal(rules, made.public_id, account) == (Reason.ACCOUNT_FROZEN, None)


def test_another_person_at_level_4_gets_nothing(rules: Rules, matter: Matter) -> None:
    assert refusal(rules, matter.public_id, verified(LI)) == (Reason.NOT_FOUND, None)
