"""The operator's calendar: import, single days, refusals and audit."""

import io
import json
from collections.abc import Iterator
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from config import Settings
from miniprogram_api import clock
from miniprogram_api.operations import holiday_calendar
from miniprogram_api.operations.holiday_calendar import CalendarDay
from miniprogram_api.reasons import Refused
from models.desks.audit import AuditEntry

pytestmark = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

TABLE = """日期,类型,名称
2027-01-01,放假,元旦
2027/1/2,放假,元旦
2027年1月9日,上班,元旦调休
"""
DAYS = [
    CalendarDay(date(2027, 1, 1), "holiday", "元旦"),
    CalendarDay(date(2027, 1, 2), "holiday", "元旦"),
    CalendarDay(date(2027, 1, 9), "workday", "元旦调休"),
]


@pytest.fixture(autouse=True)
def _november(tables: Settings) -> Iterator[None]:
    with clock.replaced(lambda: datetime(2026, 11, 27, 9, tzinfo=clock.SHANGHAI)):
        yield


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        holiday_calendar.import_file(text.encode(), actor="command")
    (field,) = caught.value.details["fields"]
    assert field["field"] == "file"
    return field["code"], field["message"]


def xlsx() -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in (
        ("日期", "类型", "名称"),
        (date(2027, 1, 1), "放假", "元旦"),
        (date(2027, 1, 2), "放假", "元旦"),
        ("2027-01-09", "上班", "元旦调休"),
    ):
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_table_of_a_year_is_imported(tables: Settings) -> None:
    english = TABLE.replace(",", ";").replace("日期;类型;名称", "day;kind;name\n")
    english = english.replace("放假", "holiday").replace("上班", "workday")
    for data in (TABLE.encode("utf-8-sig"), TABLE.encode("gb18030"), english.encode(), xlsx()):
        holiday_calendar.set_day(date(2027, 5, 1), "holiday", "劳动节", actor="command")
        assert holiday_calendar.import_file(data, actor="command:wang") == {2027: 3}
        # The day of May is gone: a file replaces its years.
        assert holiday_calendar.list_days(2027) == DAYS
    line = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
    assert (line.tag, line.actor) == ("command:calendar:imported", "command:wang")
    assert json.loads(line.details) == {"year": 2027, "days": 3}


def test_bad_table_changes_nothing(tables: Settings) -> None:
    holiday_calendar.import_file(TABLE.encode(), actor="command")
    head = "日期,类型,名称\n"
    assert refusal("")[0] == "no_columns"
    assert refusal("a,b\n2027-01-01,放假\n")[0] == "no_columns"
    assert refusal(head)[0] == "empty"
    for row in ("2027-02-30,放假,x", "20270101,放假,x", "1927-01-01,放假,x", "2027-01-01,休,x"):
        code, message = refusal(f"{head}2027-03-01,放假,x\n{row}\n")
        assert (code, message[:4]) == ("row", "第3行：")
    assert refusal(f"{head}2027-01-01,放假,{'字' * 51}\n")[0] == "row"
    assert refusal(f"{head}2027-01-01,放假,x\n2027-1-1,上班,y\n")[0] == "repeated"
    assert refusal(f'{head}2027-01-01,放假,"x\n')[0] == "quotes"
    assert refusal(" " * (256 * 1024 + 1))[0] == "too_large"
    assert holiday_calendar.list_days(2027) == DAYS


def test_single_days_are_entered_and_removed(tables: Settings) -> None:
    day = date(2027, 2, 5)
    holiday_calendar.set_day(day, "holiday", "春节", actor="staff:1")
    holiday_calendar.set_day(day, "workday", "", actor="staff:1")
    assert holiday_calendar.list_days(2027) == [CalendarDay(day, "workday", "")]
    assert holiday_calendar.years() == [2026, 2027]
    assert holiday_calendar.remove_day(day, actor="staff:1")
    assert not holiday_calendar.remove_day(day, actor="staff:1")
    assert [line.tag for line in AuditEntry.select().order_by(AuditEntry.id)] == [
        "command:calendar:set", "command:calendar:set", "command:calendar:removed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "kind", "field"),
    [
        (None, "holiday", "day"),
        (date(2024, 12, 31), "holiday", "day"),
        (date(2029, 1, 1), "holiday", "day"),
        (date(2027, 1, 1), "", "kind"),
    ],
)
def test_invalid_day_is_refused(tables: Settings, day: date | None, kind: str, field: str) -> None:
    with pytest.raises(Refused) as caught:
        holiday_calendar.set_day(day, kind, "", actor="command")
    assert [one["field"] for one in caught.value.details["fields"]] == [field]
    assert holiday_calendar.warning() is not None
