"""The bot's code holds grammar alone: sentences, word lists, cases and entries are content."""

import ast
import re
from collections.abc import Iterable, Iterator

from faq.content import seed
from faq.content.talk import INTENT_NAMES
from faq.diagnosis.families import PROBES
from tests.architecture.source import Source, sources

FILES = sources("faq")
SLUGS = set(seed.load().by_slug)
GRAMMAR = "faq/language/grammar.py"
MOST_IN_GRAMMAR = 60
CHINESE = re.compile("[\u3400-\u9fff]")
# Entries with the name of something else: an intent, a probe, a table.
OTHER_NAMES = {*INTENT_NAMES, *PROBES, "windows"}


def literals(files: Iterable[Source] = FILES) -> Iterator[tuple[str, ast.Constant]]:
    """Yield file and every literal of the bot's code; docstrings are left out."""
    for file in files:
        tree = file.tree
        docstrings = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in docstrings:
                yield file.name, node


def compared_with_cases(files: Iterable[Source] = FILES) -> Iterator[tuple[str, int]]:
    """Yield file and line where a case is compared with a number."""
    for file in files:
        for node in ast.walk(file.tree):
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
                yield file.name, node.lineno


def with_chinese(files: Iterable[Source] = FILES) -> list[str]:
    """Return the file of each Chinese literal."""
    return [
        name
        for name, node in literals(files)
        if isinstance(node.value, str) and CHINESE.search(node.value)
    ]


def naming_entries(files: Iterable[Source] = FILES) -> set[tuple[str, object]]:
    """Return file and slug where code names an entry."""
    slugs = SLUGS - OTHER_NAMES
    return {(name, node.value) for name, node in literals(files) if node.value in slugs}


def test_much_is_judged() -> None:
    assert len(FILES) > 80
    assert len(list(literals())) > 1000
    assert len(SLUGS - OTHER_NAMES) > 30


def test_chinese_literals_are_grammar() -> None:
    found = with_chinese()
    assert set(found) == {GRAMMAR}, sorted(set(found))
    assert len(found) <= MOST_IN_GRAMMAR


def test_no_code_names_an_entry() -> None:
    assert naming_entries() == set()


def test_no_code_compares_a_case_with_a_number() -> None:
    assert list(compared_with_cases()) == []


def test_planted_breaches_are_found() -> None:
    slug = min(SLUGS - OTHER_NAMES)
    planted = [Source("faq/planted.py", f"if entry.case == 5: say('登录', {slug!r})")]
    assert with_chinese(planted) == ["faq/planted.py"]
    assert naming_entries(planted) == {("faq/planted.py", slug)}
    assert list(compared_with_cases(planted)) == [("faq/planted.py", 1)]
