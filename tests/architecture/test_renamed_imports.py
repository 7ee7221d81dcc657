"""An import keeps the name of its file: a reader finds by it where a rule stands."""

import ast
from collections.abc import Iterable

from tests.architecture.source import Judgement, Source, sources

# What the users of a library write.
WELL_KNOWN = {("numpy", "np"), ("strategies", "st"), ("bindings", "sodium")}
# Names from before the rule; the number only falls.
MOST = 172


def renamed_imports(files: Iterable[Source]) -> Judgement:
    """Judge names after ``as``: one must end with its own, as in ``lines as ledger_lines``."""
    found = Judgement()
    for file in files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    own = alias.name.rpartition(".")[2]
                    given = alias.asname or own
                    hides = not given.lower().endswith(own.lower())
                    breaks = hides and (own, given) not in WELL_KNOWN
                    found.judge(f"{file.name}: {alias.name} as {given}", breaks=breaks)
    return found


def test_imports_keep_the_name_of_their_file() -> None:
    found = renamed_imports(sources())
    assert found.judged > 5000
    assert len(found.breaches) <= MOST, found.breaches


def test_planted_renamed_imports_are_found() -> None:
    for planted, hides in (
        ("from models.desks import tickets as table", True),
        ("import models.desks.staff as table", True),
        ("from models.desks import tickets as stored_tickets", False),
        ("from models.desks.tickets import Ticket as StoredTicket", False),
        ("from models.desks import tickets", False),
        ("import numpy as np", False),
        ("from hypothesis import strategies as st", False),
    ):
        found = renamed_imports([Source("faq/planted.py", planted)])
        assert bool(found.breaches) is hides, planted
