"""The combined query for SMS agrees with its single queries."""

import pytest

from config import Settings
from models.accounts import announcements, number_ranges, sms_gates
from models.accounts.announcements import SourceOutage
from models.accounts.number_ranges import NumberRange

NOW = 1_800_000_000_000
PHONES = ("13800000011", "19900000011", "19912300011", "19912400011", "17000000011")


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("until", [None, NOW - 1, NOW, NOW + 1, "no outage"])
def test_combined_query_agrees_with_single_queries(
    tables: Settings, until: int | str | None
) -> None:
    # Every database begins with 199 on the list.
    for prefix, day in (("199123", "2030-01-02"), ("1700", "2020-01-01")):
        NumberRange.insert(prefix=prefix, supported_from=day, changed_at=NOW).execute()
    for source in ("sms", "face"):
        if until != "no outage":
            SourceOutage.insert(
                source=source, notice=f"{source} 暂停", since=NOW - 9, until=until, changed_by="x"
            ).execute()
    for phone in PHONES:
        gates = sms_gates.load(phone, "sms", NOW)
        assert gates.listed == number_ranges.longest_match(phone)
        assert gates.off == announcements.outage_of("sms", NOW)
    assert sms_gates.load("19912300011", "sms", NOW).listed == ("199123", "2030-01-02")
