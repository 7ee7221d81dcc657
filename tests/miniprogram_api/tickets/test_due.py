"""Due times of tickets."""

from datetime import datetime

import pytest

from miniprogram_api.tickets import due as ticket_due
from miniprogram_api.tickets.tickets import KINDS
from models.storage.database import SHANGHAI

pytestmark = pytest.mark.usefixtures("tables")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time in November 2026; the 25th is a Wednesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("kind", "opened", "due"),
    [
        ("phone_verification", at(25, 23), at(26, 18)),
        ("other", at(25, 10), at(30, 18)),
        ("identity_dispute", at(27, 17), at(30, 18)),
    ],
)
def test_ticket_is_due_at_the_end_of_a_working_day(
    kind: str, opened: datetime, due: datetime
) -> None:
    assert ticket_due.due(kind, opened) == due


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        (at(25, 10, 20), at(25, 11, 20)),
        (at(25, 3), at(25, 10)),
        (at(25, 16, 59), at(25, 17, 59)),
        (at(25, 17), at(26, 10)),
        (at(28, 11), at(30, 10)),
    ],
)
def test_urgent_ticket_is_due_within_one_office_hour(opened: datetime, due: datetime) -> None:
    assert ticket_due.due("other", opened, is_urgent=True) == due


def test_every_kind_has_its_working_days() -> None:
    assert ticket_due.WORKING_DAYS == {
        "phone_verification": 1,
        "identity_review": 3,
        "manual_verification": 2,
        "activation_phone": 2,
        "re_registration": 3,
        "phone_change": 3,
        "identity_dispute": 1,
        "name_correction": 5,
        "data_transfer": 15,
        "relatives_request": 15,
        "refusal_reason": 5,
        "matter_not_mine": 1,
        "matter_evidence": 1,
        "complaint": 3,
        "other": 3,
    }
    assert set(ticket_due.WORKING_DAYS) == set(KINDS)
