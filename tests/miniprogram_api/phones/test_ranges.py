"""Number ranges: listing, first supported day and audit."""

import json
from datetime import date, datetime, timedelta

import pytest

from config import Settings
from miniprogram_api import clock
from miniprogram_api.operations import maintenance
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.ranges import NumberRange
from miniprogram_api.reasons import Reason, Refused
from models.desks.audit import AuditEntry

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

PHONE = "19912345678"
TODAY = date(2026, 11, 24)


def set_range(prefix: str, supported_from: date | None, note: str = "") -> None:
    number_ranges.set_range(prefix, supported_from, note, actor="command")


@both_databases
def test_range_199_is_listed_by_the_first_migration(tables: Settings) -> None:
    assert number_ranges.list_ranges() == [NumberRange("199", None)]
    assert number_ranges.unsupported(PHONE, TODAY) == NumberRange("199", None)
    assert number_ranges.unsupported("19812345678", TODAY) is None


def test_removed_range_is_not_listed_again(tables: Settings) -> None:
    assert number_ranges.remove("199", actor="command")
    assert not number_ranges.remove("199", actor="command")

    maintenance.migrate(tables)

    assert number_ranges.list_ranges() == []
    assert number_ranges.unsupported(PHONE, TODAY) is None


@both_databases
@pytest.mark.parametrize(
    ("supported_from", "is_unsupported"),
    [
        (None, True),
        (TODAY + timedelta(days=1), True),
        (TODAY, False),
        (TODAY - timedelta(days=1), False),
    ],
)
def test_a_range_is_supported_from_its_day_on(
    tables: Settings, supported_from: date | None, is_unsupported: bool
) -> None:
    set_range("199", supported_from)

    found = number_ranges.unsupported(PHONE, TODAY)

    assert found == (NumberRange("199", supported_from) if is_unsupported else None)


def test_day_begins_at_midnight_in_shanghai(tables: Settings) -> None:
    set_range("199", date(2026, 12, 1))
    midnight = datetime(2026, 12, 1, tzinfo=clock.SHANGHAI)

    with clock.replaced(lambda: midnight - timedelta(milliseconds=1)):
        with pytest.raises(Refused) as refused:
            number_ranges.require_supported(PHONE)
        assert refused.value.reason is Reason.PHONE_SEGMENT_UNSUPPORTED
        assert refused.value.case == 2
        assert refused.value.details == {"segment": "199", "supported_from": date(2026, 12, 1)}
    with clock.replaced(lambda: midnight):
        number_ranges.require_supported(PHONE)


@both_databases
def test_longest_listed_prefix_wins(tables: Settings) -> None:
    set_range("1991", TODAY)
    set_range("1991234", None)

    assert number_ranges.unsupported("19922222222", TODAY) == NumberRange("199", None)
    assert number_ranges.unsupported("19911111111", TODAY) is None
    assert number_ranges.unsupported("19912345678", TODAY) == NumberRange("1991234", None)


def test_unknown_segment_is_accepted_once_listed(tables: Settings) -> None:
    phone = "19412345678"
    with pytest.raises(Refused) as refused:
        phone_numbers.parse_phone("phone", phone)
    assert refused.value.details["fields"][0]["code"] == "phone_unassigned"

    set_range("194", TODAY)

    assert phone_numbers.parse_phone("phone", "+86 194-1234-5678") == phone


@both_databases
def test_every_change_is_in_the_audit_log(tables: Settings) -> None:
    set_range("199", TODAY, "月底升级")
    set_range("1700", None)
    number_ranges.remove("1700", actor="command")

    lines = [(e.tag, e.actor, json.loads(e.details)) for e in AuditEntry.select()]

    assert lines == [
        (
            "command:number_range:set",
            "command",
            {"prefix": "199", "supported_from": "2026-11-24"},
        ),
        ("command:number_range:set", "command", {"prefix": "1700", "supported_from": None}),
        ("command:number_range:removed", "command", {"prefix": "1700"}),
    ]
    assert number_ranges.list_ranges() == [NumberRange("199", TODAY, "月底升级")]


@pytest.mark.parametrize("prefix", ["", "19", "19912345", "299", "1 9", "１９９", "199\n", "abc"])
def test_malformed_prefix_is_refused(tables: Settings, prefix: str) -> None:
    with pytest.raises(Refused) as refused:
        set_range(prefix, None)

    assert refused.value.details["fields"][0]["field"] == "prefix"
    assert AuditEntry.select().count() == 0


def test_invalid_note_is_refused(tables: Settings) -> None:
    with pytest.raises(Refused) as refused:
        set_range("199", None, "字" * 201)

    assert refused.value.details["fields"][0]["field"] == "note"
