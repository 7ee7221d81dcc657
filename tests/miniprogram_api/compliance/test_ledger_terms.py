"""The end of the ledger's term: who is due, and what verification accepts."""

import base64
import json
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.compliance import ledger_terms
from miniprogram_api.ledger import integrity, signing
from miniprogram_api.ledger import lines as ledger
from models.accounts.accounts import CANCELLED, Account
from models.desks.ledger import LedgerDetail, LedgerLine
from models.storage.database import transaction
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time, account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
LEFT, STAYS, NONE = (person(number=number) for number in (9801, 9802, 9803))
YEAR = 365


def write(someone: Any, account: Account | None) -> int:
    subject = ledger.Person(someone.id_number, someone.name, account and account.id)
    with transaction():
        return ledger.append(member_of("clerk"), "card_seen", subject, reason="核对原件")


def erased() -> list[int]:
    rows = LedgerDetail.select(LedgerDetail.number).where(LedgerDetail.salt.is_null())
    return sorted(row.number for row in rows)


def cancel(account: Account) -> None:
    Account.update(status=CANCELLED, cancelled_at=clock.now(), identity_index=None).where(
        Account.id == account.id
    ).execute()


def faults(rules: Rules) -> list[str]:
    return [one.place + one.sentence for one in integrity.verify(rules.services.settings).faults]


@BOTH
def test_lines_end_ten_years_after_the_account(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_terms, "BATCH", 2)
    settings = rules.services.settings
    left, stays = account_of(LEFT), account_of(STAYS)
    for someone, account in ((LEFT, left), (STAYS, stays), (NONE, None), (STAYS, None)):
        write(someone, account)
    with Time(clock.now()).running() as time:
        time.advance(days=YEAR)
        write(LEFT, left)
        cancel(left)
        time.advance(days=9 * YEAR + 1)
        assert ledger_terms.end_due(settings) == 1
        assert erased() == [3]
        time.advance(days=YEAR - 2)
        assert ledger_terms.end_due(settings) == 0
        time.advance(days=2)
        assert ledger_terms.end_due(settings) == 2
        assert erased() == [1, 3, 5]
        assert ledger_terms.end_due(settings) == 0
        verdict = integrity.verify(settings)
        assert (verdict.lines, verdict.erased, verdict.faults) == (7, 3, ())
        closing = ledger.page(member_of("centre"), ledger.Wanted(action="term_ended"))[0]
        assert (closing.actor, closing.content["ranges"]) == ("worker", "1-1,5-5")
        assert (closing.content["first"], closing.content["last"]) == (1, 5)
        assert (closing.content["count"], closing.content["years"]) == (2, 10)
        assert closing.content["last_hash"] == ledger.get(member_of("centre"), 5).hash.hex()


def test_settings_of_fewer_years_are_refused(rules: Rules) -> None:
    with pytest.raises(Exception, match=r"LEDGER_YEARS: .* greater than or equal to 10"):
        rules.with_settings(ledger_years=9)


def closing_of(rules: Rules, numbers: list[int], **values: Any) -> dict[str, Any]:
    last = LedgerLine.get(LedgerLine.number == numbers[-1])
    before = clock.milliseconds(clock.now()) - 10 * signing.YEAR_MS
    wanted = {"years": 10, "before": before, **values}
    return signing.close(rules.services.settings, numbers, bytes(last.hash), **wanted)


def test_verification_accepts_nothing_else(rules: Rules) -> None:
    for _ in range(3):
        write(NONE, None)
    gone = "line 2 is erased, and no line says so"
    forged = "line 5 closes lines without a valid signature or names other lines"
    early = "line 5 closes lines whose term had not ended, such as line"
    with Time(clock.now()).running() as time:
        time.advance(days=10 * YEAR + 1)
        write(NONE, None)
        emptied = {"salt": None, "id_number": None, "identity_index": None, "content": None}
        LedgerDetail.update(emptied).where(LedgerDetail.number == 2).execute()
        assert faults(rules) == [gone]

        def closed_by(content: dict[str, Any]) -> list[str]:
            with transaction() as undone:
                ledger.append(None, signing.TERM_ENDED, ledger.Person(), **content)
                found = faults(rules)
                undone.rollback()
            return found

        good = closing_of(rules, [2])
        assert closed_by(good) == []
        for change in (
            {"signature": base64.b64encode(bytes(64)).decode()},
            {"ranges": "1-2"},
            {"last_hash": "00" * 32},
            {"public_key": "?"},
        ):
            assert closed_by({**good, **change}) == [gone, forged], change
        del good["years"]
        assert closed_by(good) == [gone, forged]
        now = clock.milliseconds(clock.now())
        assert closed_by(closing_of(rules, [2], years=9)) == [gone, f"{early} 2"]
        assert closed_by(closing_of(rules, [2], before=now)) == [gone, f"{early} 2"]
        LedgerDetail.update(emptied).where(LedgerDetail.number == 4).execute()
        young = "line 4 is erased, and no line says so"
        assert closed_by(closing_of(rules, [2, 4])) == [young, f"{early} 4"]
        # A closing that names a line that still has its personal part.
        assert "line 3 was erased and has a personal part again" in closed_by(
            closing_of(rules, [2, 3])
        )
        assert json.dumps(closing_of(rules, [2]))
