"""The first administrator is created once with an initial password."""

import pytest

from miniprogram_api.staff import first_administrator
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import Permission
from models.desks.staff import StaffMember as Row
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def test_first_administrator_is_created_once(rules: Rules) -> None:
    settings = rules.with_settings(admin_initial_password="").settings
    assert not first_administrator.exists()

    made = first_administrator.ensure(settings)

    assert made is not None
    assert made.username == "admin"
    assert len(made.password) >= 12
    assert made.said == f"admin / {made.password}"
    assert first_administrator.exists()
    assert first_administrator.ensure(settings) is None
    (only,) = staff.members()
    assert only.roles == {"administrator"}
    assert only.pending == {"password"}
    # Nothing is possible before the password is his own.
    assert not only.may(Permission.WRITE_STAFF)


def test_first_password_can_be_set_in_advance(rules: Rules) -> None:
    chosen = rules.with_settings(admin_initial_password="Kite-above-8-harbours").settings
    made = first_administrator.ensure(chosen)
    assert made is not None
    assert made.password == "Kite-above-8-harbours"
    # A chosen password is not printed.
    assert made.password not in made.said
    assert staff.members()[0].pending == {"password"}


@BOTH
def test_two_simultaneous_starts_create_one_administrator(rules: Rules) -> None:
    settings = rules.services.settings
    made = at_once([lambda: first_administrator.ensure(settings)] * 6)
    assert sum(found is not None for found in made) == 1
    assert Row.select().count() == 1
