"""Windows: editing, opening days and the public list."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from miniprogram_api import clock, working_days
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import windows
from miniprogram_api.staff.windows import WindowForm
from models.desks.audit import AuditEntry
from tests.support.admin.staff import member_of
from tests.support.service.rules import Rules
from tests.support.service.service import Service, data_of

FORM = WindowForm("海滨窗口", "海滨路1号", "每天 9:00-17:00", "010-00000001", ["海滨区"])


def test_an_operator_opens_changes_and_closes_a_window(rules: Rules) -> None:
    operator = member_of("operator")
    today = clock.today()

    added = windows.add(operator, replace(FORM, closed_days=[today, today]))
    assert (added.closed_days, added.open_today) == ((today,), False)
    changed = windows.change(
        operator, added.id, replace(FORM, closed_days=[today + timedelta(days=1)])
    )
    assert changed.open_today
    windows.change(operator, added.id, replace(FORM, active=False))

    assert windows.listed() == []
    assert [window.id for window in windows.all_windows()] == [added.id]
    assert windows.names([added.id, None, added.id + 1]) == {added.id: FORM.name}
    tags = [entry.tag for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert tags == ["admin:window:added", "admin:window:changed", "admin:window:changed"]


def test_a_district_shows_its_windows_and_an_unknown_one_shows_all(rules: Rules) -> None:
    operator = member_of("operator")
    windows.add(operator, FORM)
    windows.add(operator, replace(FORM, name="山前窗口", districts=["山前县", "海滨区"]))

    def names(district: str | None) -> list[str]:
        return [window.name for window in windows.listed(district)]

    assert names(" 山前县 ") == ["山前窗口"]
    assert len(names("海滨区")) == len(names("别处")) == len(names(None)) == 2


@pytest.mark.parametrize("role", ["editor", "clerk", "centre", "auditor", "administrator"])
def test_other_roles_cannot_edit_windows(rules: Rules, role: str) -> None:
    with pytest.raises(Refused) as refused:
        windows.add(member_of(role), FORM)
    assert refused.value.reason is Reason.FORBIDDEN


def test_all_faults_are_returned_at_once(rules: Rules) -> None:
    wrong = WindowForm(" ", "x" * 201, "", "1" * 33, ["x"] * 51)
    with pytest.raises(Refused) as refused:
        windows.add(member_of("operator"), wrong)
    fields = {entry["field"]: entry["code"] for entry in refused.value.details["fields"]}
    assert fields == {
        "name": "required",
        "address": "too_long",
        "hours": "required",
        "phone": "too_long",
        "districts": "too_many",
    }
    with pytest.raises(Refused) as refused:
        windows.change(member_of("operator"), 99, FORM)
    assert refused.value.reason is Reason.NOT_FOUND


@pytest.mark.parametrize("phone", ["abc", "电话见公告", "110", "12345678ext1", "--------"])
def test_invalid_phone_is_refused(rules: Rules, phone: str) -> None:
    with pytest.raises(Refused) as refused:
        windows.add(member_of("operator"), replace(FORM, phone=phone))
    fields = {entry["field"]: entry["code"] for entry in refused.value.details["fields"]}
    assert fields == {"phone": "phone_form"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12345", "12345"),
        ("（０１０）８８８８８８８８转８０１", "(010)88888888转801"),
        ("400-123-4567、010-12345678/5679", "400-123-4567、010-12345678/5679"),
    ],
)
def test_phone_spellings_are_accepted(rules: Rules, typed: str, kept: str) -> None:
    assert windows.add(member_of("operator"), replace(FORM, phone=typed)).phone == kept


def test_samples_are_added_only_to_an_empty_sandbox(rules: Rules) -> None:
    settings = rules.services.settings
    production = settings.model_copy(update={"profile": "production"})
    assert not windows.seed_samples(production)
    assert windows.seed_samples(settings)
    assert not windows.seed_samples(settings)
    assert len(windows.listed()) == 2


def test_windows_are_public(service: Service) -> None:
    found = data_of(service.get("/windows?district=示例县"))["windows"]
    assert [window["name"] for window in found] == ["示例县市场监督管理局登记窗口"]
    assert found[0]["open_today"] is working_days.is_working_day(clock.today())


@pytest.mark.parametrize(
    ("hours", "day", "opens"),
    [
        ("工作日 9:00-17:00", date(2026, 11, 25), True),
        ("工作日 9:00-17:00", date(2026, 11, 28), False),
        # The National Day, and a Sunday that was worked for it.
        ("工作日 9:00-17:00", date(2026, 10, 1), False),
        ("工作日 9:00-17:00", date(2026, 9, 20), True),
        ("周一至周六 9:00-17:00", date(2026, 11, 28), True),
        ("每天 9:00-17:00", date(2026, 11, 24), False),
    ],
)
def test_opening_days_of_a_window(hours: str, day: date, opens: bool) -> None:
    assert windows.is_open(hours, ["2026-11-24"], day) is opens
