"""The rule for rows that are found by an ID number."""

import pytest

from config import Settings
from miniprogram_api import clock, person_rows
from miniprogram_api.reasons import Reason, Refused, refused_by
from models.accounts.accounts import ACTIVE, CANCELLED, FROZEN, UNACTIVATED
from tests.support.people.accounts import account_of
from tests.support.people.persons import person

STATES = {
    (3, ACTIVE): False,
    (4, ACTIVE): True,
    (3, FROZEN): False,
    (4, FROZEN): False,
    (4, CANCELLED): False,
    (4, UNACTIVATED): False,
}


@pytest.mark.parametrize(("level", "status"), STATES)
def test_rows_of_the_person_are_shown_from_level_4_on(
    tables: Settings, level: int, status: str
) -> None:
    account, is_person = account_of(person(), level=level, status=status), STATES[level, status]
    assert person_rows.is_person(account) is is_person
    assert person_rows.is_shown(account, account.id)
    assert person_rows.is_shown(account, account.id + 1) is is_person
    assert person_rows.is_shown(account, None) is is_person
    assert person_rows.shown(account, 1, 2) == (3 if is_person else 1)


@pytest.mark.parametrize(
    ("level", "status", "reason"),
    [
        (4, ACTIVE, None),
        (3, ACTIVE, Reason.LEVEL_TOO_LOW),
        (3, FROZEN, Reason.ACCOUNT_FROZEN),
        (4, FROZEN, Reason.ACCOUNT_FROZEN),
    ],
)
def test_a_frozen_account_is_told_so_first(
    tables: Settings, level: int, status: str, reason: Reason | None
) -> None:
    refused: Refused | None = refused_by(
        person_rows.require_person, account_of(person(), level=level, status=status)
    )
    assert (None if refused is None else refused.reason) == reason


def test_after_a_reset_the_account_alone_counts(tables: Settings) -> None:
    account = account_of(person(), level=4, authorization_closed_at=clock.now())
    assert person_rows.is_shown(account, account.id)
    assert not person_rows.is_shown(account, None)
    assert person_rows.shown(account, 1, 2) == 1
