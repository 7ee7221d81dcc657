"""The bot's code holds grammar alone: sentences, word lists, cases and entries are content."""

import ast
import re
from collections.abc import Iterator

from faq.content import seed
from faq.content.talk import ACT_NAMES
from faq.diagnosis.families import PROBES
from tests.architecture import source

GRAMMAR = "faq/language/grammar.py"
MOST_IN_GRAMMAR = 60
CHINESE = re.compile("[\u3400-\u9fff]")
# Entries with the name of something else: an act, a probe, a table.
OTHER_NAMES = {*ACT_NAMES, *PROBES, "windows"}


def literals() -> Iterator[tuple[str, ast.Constant]]:
    """Yield file and every literal of the bot's code; docstrings are left out."""
    for path in source.files("faq"):
        tree = source.tree(path)
        docstrings = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in docstrings:
                yield source.name_of(path), node


def compared_with_cases() -> Iterator[tuple[str, int]]:
    """Yield file and line where a case is compared with a number."""
    for path in source.files("faq"):
        for node in ast.walk(source.tree(path)):
            if not isinstance(node, ast.Compare):
                continue
            sides = [node.left, *node.comparators]
            names = {getattr(side, "attr", getattr(side, "id", "")) for side in sides}
            numbers = any(
                isinstance(part, ast.Constant) and type(part.value) is int
                for side in sides
                for part in ast.walk(side)
            )
            if names & {"case", "cases"} and numbers:
                yield source.name_of(path), node.lineno


def test_chinese_literals_are_grammar() -> None:
    found = [
        name
        for name, node in literals()
        if isinstance(node.value, str) and CHINESE.search(node.value)
    ]
    assert set(found) <= {GRAMMAR}, sorted(set(found))
    assert len(found) <= MOST_IN_GRAMMAR


def test_no_code_names_an_entry() -> None:
    slugs = set(seed.load().by_slug) - OTHER_NAMES
    found = {(name, node.value) for name, node in literals() if node.value in slugs}
    assert found == set()


def test_no_code_compares_a_case_with_a_number() -> None:
    assert list(compared_with_cases()) == []
