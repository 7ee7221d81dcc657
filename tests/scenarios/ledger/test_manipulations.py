"""Ways to change the ledger by SQL, and the check that finds each, with and without anchors.

docs/adr/0009-the-ledger.md lists those that nothing finds.
"""

import pytest
from peewee import DatabaseError

from miniprogram_api.ledger import comparison as ledger_comparison
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import links
from models.storage.database import is_sqlite, transaction
from tests.scenarios.ledger.cases import CASES, POSTGRESQL, SQLITE, Act
from tests.scenarios.ledger.closing_cases import CLOSINGS
from tests.scenarios.ledger.scene import Scene, play
from tests.support.service.rules import Rules

_CHECKS = {
    "rows": ("has a row", "lost its row", "behind the chain"),
    "triggers": ("the trigger", "the function", "the rule", "without all triggers"),
    "hash": ("was changed", "does not follow the line", "was written under the key"),
    "anchors": ("anchor",),
    "seals": ("sealed on", "seal "),
    "personal": (
        "another personal part",
        "cannot be decrypted",
        "cannot be found",
        "erased",
        "closes lines",
        "lost its personal part",
    ),
    "numbers": ("is missing", "are missing", "but no line", "before line 1"),
}


@pytest.mark.parametrize("anchored", [False, True], ids=["without", "with_anchors"])
@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_each_manipulation_is_found_by_its_checks(rules: Rules, anchored: bool) -> None:
    scene = play(rules, anchored=anchored)
    assert checks_that_find(scene, lambda _: None) == "nothing"
    cases = CASES + CLOSINGS + (SQLITE if is_sqlite() else POSTGRESQL)
    assert len(cases) > 70
    found = {name: checks_that_find(scene, act) for name, act, *_ in cases}
    assert found == {name: expected[anchored] for name, _, *expected in cases}


def checks_that_find(scene: Scene, act: Act) -> str:
    """Return the checks that find an act, which is rolled back."""
    files = {path: path.read_text() for path in scene.folder.glob("*.json")}
    try:
        with transaction() as undone:
            try:
                with transaction():
                    act(scene)
            except DatabaseError:
                undone.rollback()
                return "refused"
            checks = set() if is_chained() else {"worker"}
            faults = ledger_check.verify(scene.rules.services.settings).faults
            checks |= {check_of(fault.sentence) for fault in faults}
            checks |= {"tables"} if ledger_comparison.compare() else set()
            undone.rollback()
    finally:
        for path, text in files.items():
            path.write_text(text)
    return " ".join(sorted(checks)) or "nothing"


def is_chained() -> bool:
    """Chain what waits, as the worker does; return whether it can."""
    try:
        links.chain_all()
    except DatabaseError:
        return False
    return True


def check_of(sentence: str) -> str:
    return next(name for name, parts in _CHECKS.items() if any(part in sentence for part in parts))
