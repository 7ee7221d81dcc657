"""Copies of one's own data: what they contain, and when they end."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.own_data import document, exports, gathering
from miniprogram_api.reasons import Refused
from miniprogram_api.texts import words
from models.accounts.own_data import DataExport
from tests.support.people.accounts import Time, account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules


def test_every_section_has_a_title_and_rare_characters_are_drawn(rules: Rules) -> None:
    account = account_of(person(), name="买买提·䶮")
    found = gathering.gather(account.id, [])
    assert [*found] == [*words("own_data.sections")]
    assert document.draw(found, clock.now()).startswith(b"%PDF")


def test_copy_is_gone_after_a_day(rules: Rules) -> None:
    account = account_of(person())
    DataExport.insert(id="x" * 22, account=account.id, requested_at=clock.now()).execute()
    with pytest.raises(Refused, match="EXPORT_NOT_READY"):
        exports.fetch(rules.services, account.id, "x" * 22)
    exports.make(rules.services, "x" * 22, account.id, [])
    assert exports.account_of("x" * 22) is None
    assert exports.fetch(rules.services, account.id, "x" * 22).startswith(b"PK")
    with Time(clock.now() + timedelta(days=1)).running():
        with pytest.raises(Refused, match="NOT_FOUND"):
            exports.fetch(rules.services, account.id, "x" * 22)
        assert exports.remove_old() == 1
