"""What districts add to the service catalogue: rights, known districts, empty fields."""

from dataclasses import replace

import pytest

from miniprogram_api.catalogue import overrides
from miniprogram_api.catalogue.overrides import Local
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import windows
from miniprogram_api.staff.windows import WindowForm
from models.catalogue import CatalogueOverride
from models.desks.audit import AuditEntry
from tests.support.admin.staff import member_of
from tests.support.service.rules import Rules

FORM = WindowForm("海滨窗口", "海滨路1号", "每天 9:00-17:00", "010-00000001", ["海滨区"])


def test_districts_are_those_of_windows_in_use(rules: Rules) -> None:
    operator = member_of("operator")
    window = windows.add(operator, FORM)
    assert overrides.known_district(" 海滨区 ") == "海滨区"
    windows.change(operator, window.id, replace(FORM, active=False))
    with pytest.raises(Refused) as refused:
        overrides.known_district("海滨区")
    assert refused.value.details["fields"][0]["code"] == "none"


def test_unchanged_and_empty_fields_leave_no_trace(rules: Rules) -> None:
    operator = member_of("operator")
    windows.add(operator, FORM)
    assert overrides.change(operator, "海滨区", "change", {"note": " "}) == Local()
    assert AuditEntry.select().where(AuditEntry.tag == "admin:catalogue:changed").count() == 0
    for _ in range(2):
        overrides.change(operator, "海滨区", "change", {"note": "二楼\n大厅"})
    assert overrides.of_district("海滨区") == {"change": Local(note="二楼 大厅")}
    assert AuditEntry.select().where(AuditEntry.tag == "admin:catalogue:changed").count() == 1
    overrides.change(operator, "海滨区", "change", {})
    assert CatalogueOverride.select().count() == 0


@pytest.mark.parametrize("role", ["editor", "clerk", "centre", "auditor", "administrator"])
def test_other_roles_cannot_change_local_fields(rules: Rules, role: str) -> None:
    with pytest.raises(Refused) as refused:
        overrides.change(member_of(role), "海滨区", "change", {"note": "x"})
    assert refused.value.reason is Reason.FORBIDDEN
