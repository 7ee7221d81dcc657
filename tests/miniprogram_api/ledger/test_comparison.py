"""The nightly comparison of the tables with the ledger; tests/scenarios has the manipulations."""

from datetime import datetime

from handlers.jobs import ledger as jobs
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import comparison
from miniprogram_api.ledger.comparison import Difference
from models.desks.ledger import LedgerComparison
from models.storage.database import SHANGHAI
from tests.support.people.accounts import Time, account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules


def test_tables_are_compared_once_a_night_and_differences_are_kept(rules: Rules) -> None:
    account = account_of(person(number=990), level=4, verified_by="manual")
    difference = Difference("level_without_act", "account", account.id)
    with Time(datetime(2026, 10, 3, 0, 20, tzinfo=SHANGHAI)).running() as time:
        for _ in range(2):
            jobs.compare(rules.services, {})
        assert LedgerComparison.select().count() == 1
        time.advance(days=1)
        jobs.compare(rules.services, {})
    assert LedgerComparison.select().count() == 2
    found = comparison.last()
    assert found is not None
    assert found.differences == (difference,)
    assert difference.sentence == f"account {account.id}: level without act"
    assert ledger_anchors.status(rules.services.settings).differences == 1


def test_old_comparisons_are_deleted(rules: Rules) -> None:
    for _ in range(402):
        comparison.compare()
    assert LedgerComparison.select().count() == 400
