"""Ways to change decisions, tickets' steps and the audit log by SQL, and what finds each.

The expectations are the tables of docs/tampering.md.
"""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.ledger.links import LONGEST_TRANSACTION
from tests.scenarios.ledger.cases import CASES
from tests.scenarios.ledger.chain_cases import CHAIN_CASES
from tests.scenarios.ledger.closing_cases import CLOSINGS
from tests.scenarios.ledger.documented import documented, in_words
from tests.scenarios.ledger.scene import play
from tests.scenarios.ledger.test_manipulations import checks_that_find
from tests.support.people.accounts import Time
from tests.support.service.rules import Rules

LEDGER, CHAINS = documented()


@pytest.mark.parametrize("anchored", [False, True], ids=["without", "with_anchors"])
@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_each_manipulation_of_a_chain_is_found_as_documented(rules: Rules, anchored: bool) -> None:
    scene = play(rules, anchored=anchored)
    with Time(clock.now() + LONGEST_TRANSACTION + timedelta(minutes=1)).running():
        assert checks_that_find(scene, lambda _: None) == "nothing"
        found = {name: in_words(checks_that_find(scene, act)) for name, act in CHAIN_CASES}
    assert len(found) > 90
    assert found == {name: expected[anchored] for name, expected in CHAINS.items()}


def test_the_table_of_the_ledger_is_that_of_its_test() -> None:
    expected = {name: tuple(map(in_words, checks)) for name, _, *checks in CASES + CLOSINGS}
    assert expected == LEDGER
