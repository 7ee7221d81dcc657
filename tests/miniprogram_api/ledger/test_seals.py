"""Monthly seals of the ledger detect changes made in the database."""

import json
from datetime import datetime

import pytest

from config import SettingsError
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import seals as ledger_seals
from models.desks.ledger import LedgerSeal
from models.storage.database import SHANGHAI, database
from tests.miniprogram_api.ledger.test_lines import unprotect, write
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time
from tests.support.service.rules import Rules

OTHER_KEY = "A" * 43 + "="


def fill(rules: Rules) -> list[ledger_seals.Seal]:
    """Write two lines in October, none in November, one in December; the present is January."""
    member = member_of("centre")
    with Time(datetime(2026, 10, 3, 9, 0, tzinfo=SHANGHAI)).running() as time:
        write(member)
        time.advance(days=27)
        write(member, 1)
        assert ledger_seals.seal_ended_months(rules.services.settings) == []
        time.advance(days=40)
        write(member, 2)
        time.advance(days=31)
        seals = ledger_seals.seal_ended_months(rules.services.settings)
        assert ledger_seals.seal_ended_months(rules.services.settings) == []
    return seals


def verify(rules: Rules) -> list[tuple[int, str]]:
    public = ledger_seals.public_key(rules.services.settings)
    return [(fault.number, fault.what) for fault in ledger_check.verify(public).faults]


def test_each_month_with_lines_is_sealed_once_it_has_ended(rules: Rules) -> None:
    seals = fill(rules)
    assert [(seal.month, seal.number) for seal in seals] == [("2026-10", 2), ("2026-12", 3)]
    assert all(map(ledger_seals.is_genuine, seals))
    assert seals == ledger_seals.all_seals()
    assert verify(rules) == []


def test_rewritten_history_does_not_match_its_seal(rules: Rules) -> None:
    fill(rules)
    unprotect()
    database.execute_sql("DELETE FROM ledger_line")
    database.execute_sql("DELETE FROM ledger_detail")
    fill_again = member_of("centre")
    for number in range(3):
        write(fill_again, number)

    assert [number for number, _ in verify(rules)] == [2, 3]


def test_seal_detects_lines_removed_from_the_end(rules: Rules) -> None:
    seals = fill(rules)
    unprotect()
    for table in ("ledger_line", "ledger_detail"):
        database.execute_sql(f"DELETE FROM {table} WHERE number = 3")
    assert verify(rules) == [(3, "is missing: it was sealed for 2026-12")]
    # With its seal gone as well, the one that was exported still shows it.
    database.execute_sql("DELETE FROM ledger_seal WHERE month = '2026-12'")
    assert verify(rules) == []
    kept = ledger_seals.from_json(ledger_seals.to_json(seals[1]))
    public = ledger_seals.public_key(rules.services.settings)
    assert ledger_seals.mismatch(kept, public) == "line 3 is missing"
    assert ledger_seals.mismatch(seals[0], public) is None


def test_seal_of_another_key_is_invalid(rules: Rules) -> None:
    fill(rules)
    unprotect()
    other = rules.with_settings(ledger_seal_key=OTHER_KEY).settings
    forged = ledger_seals._sealed(
        ledger_seals._private_key(other), "2026-10", 2, bytes(LedgerSeal.get().hash)
    )
    database.execute_sql(
        "UPDATE ledger_seal SET public_key = ?, signature = ? WHERE month = '2026-10'",
        (forged.public_key, forged.signature),
    )
    assert verify(rules) == [(2, "has a seal for 2026-10 that its key did not make")]
    public = ledger_seals.public_key(rules.services.settings)
    assert ledger_seals.mismatch(forged, public) == "it was made with another key"


def test_modified_exported_seal_is_invalid(rules: Rules) -> None:
    seal = fill(rules)[0]
    content = json.loads(ledger_seals.to_json(seal))
    public = ledger_seals.public_key(rules.services.settings)
    for change in ({"number": 1}, {"month": "2026-09"}, {"hash": "00" * 32}):
        touched = ledger_seals.from_json(json.dumps({**content, **change}))
        assert ledger_seals.mismatch(touched, public) == "its signature is not genuine"
    for broken in ("", "[]", "{}", json.dumps({**content, "signature": "?"})):
        with pytest.raises(ValueError, match="holds no seal"):
            ledger_seals.from_json(broken)


@pytest.mark.parametrize("key", ["short", "c2hvcnQ="])
def test_service_refuses_to_start_with_an_invalid_key(rules: Rules, key: str) -> None:
    with pytest.raises(SettingsError, match="LEDGER_SEAL_KEY is not 32 bytes"):
        rules.with_settings(ledger_seal_key=key)
