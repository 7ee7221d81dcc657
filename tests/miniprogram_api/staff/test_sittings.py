"""Sittings at the counter: owner, expiry and stored values."""

from datetime import datetime

import pytest

from config import Settings
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import sittings
from models.desks.sittings import DeskSitting
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time
from tests.support.people.persons import person

SOMEONE, OTHER = person(number=51), person(number=52)
BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def is_gone(member: object, handle: str) -> bool:
    with pytest.raises(Refused) as refused:
        sittings.get(member, handle)  # type: ignore[arg-type]
    return refused.value.reason is Reason.NOT_FOUND


@BOTH
def test_sitting_belongs_to_its_member_for_four_hours(tables: Settings) -> None:
    clerk, time = member_of("clerk"), Time(datetime(2026, 11, 25, 9, tzinfo=clock.SHANGHAI))
    with time.running():
        begun = sittings.begin(clerk, SOMEONE.id_number)
        assert sittings.get(clerk, begun.handle) == begun
        assert is_gone(member_of("clerk"), begun.handle)
        time.advance(hours=4)
        assert is_gone(clerk, begun.handle)
        assert sittings.remove_old() == 1
        assert DeskSitting.select().count() == 0
    with pytest.raises(Refused) as refused:
        sittings.begin(member_of("editor"))
    assert refused.value.reason is Reason.FORBIDDEN


def test_opened_person_expires_and_is_not_shared(tables: Settings) -> None:
    clerk, time = member_of("clerk"), Time(datetime(2026, 11, 25, 9, tzinfo=clock.SHANGHAI))
    with time.running():
        handle = sittings.begin(clerk, SOMEONE.id_number).handle
        assert sittings.note_opened(clerk, handle, 7).ledger_number == 7
        # Another person in the same sitting was not opened.
        assert sittings.keep(clerk, handle, id_number=OTHER.id_number).ledger_number is None
        sittings.note_opened(clerk, handle, 8)
        time.advance(minutes=30)
        assert sittings.get(clerk, handle).ledger_number is None


def test_typed_values_are_kept_until_finished(tables: Settings) -> None:
    clerk = member_of("clerk")
    handle = sittings.begin(clerk).handle
    assert sittings.unfinished(clerk) == []
    sittings.keep(clerk, handle, typed={"name": SOMEONE.name})
    (waiting,) = sittings.unfinished(clerk)
    assert waiting.typed == {"name": SOMEONE.name}
    assert sittings.unfinished(member_of("clerk")) == []
    # Nothing of it can be read where it is kept.
    raw = DeskSitting.select(DeskSitting.content).tuples().sql()
    assert SOMEONE.name not in str(raw)
    sittings.keep(clerk, handle, done={"act": "registered"}, typed={})
    assert sittings.unfinished(clerk) == []
    assert sittings.get(clerk, handle).done == {"act": "registered"}
