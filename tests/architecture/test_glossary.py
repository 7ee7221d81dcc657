"""Each word of the glossary's second table keeps its one meaning in the identifiers of the code."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.architecture.source import REPOSITORY, Judgement, Source, sources

_GLOSSARY = (REPOSITORY / "docs/glossary.md").read_text("utf-8")
_QUOTED = re.compile(r"`([^`]+)`")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Rule(NamedTuple):
    """A word that identifiers in `rooms` may not contain, or may not be (`is_alone`).

    `given`: names that stored data or another room gives.
    """

    word: str
    rooms: tuple[str, ...]
    is_alone: bool
    given: frozenset[str]


def rules(glossary: str = _GLOSSARY) -> list[Rule]:
    """Read the second table of the glossary."""
    _, table = glossary.split("## One word, one meaning")
    read = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            rooms, _, given = cells[2].partition(" but ")
            read.append(
                Rule(
                    _QUOTED.findall(cells[0])[0],
                    tuple(_QUOTED.findall(rooms)),
                    cells[0].endswith("alone"),
                    frozenset(_QUOTED.findall(given)),
                )
            )
    return read


def words_of(identifier: str) -> set[str]:
    """Return the lower-case words of a name in snake_case or CamelCase, in the singular."""
    return {word.lower().removesuffix("s") for word in _WORD.findall(identifier)}


def identifiers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the names that a module defines or uses, without those of other modules' imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node.lineno


def variables(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the variables and parameters of functions; fields of classes are left out."""
    fields = {
        id(part.target)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for part in node.body
        if isinstance(part, ast.AnnAssign)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg, node.lineno
            continue
        is_bound = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        if is_bound and id(node) not in fields:
            yield node.id, node.lineno


def judge(rule: Rule, files: Iterable[Source]) -> Judgement:
    """Judge every identifier of the rule's rooms."""
    judgement = Judgement()
    for file in files:
        if not file.name.startswith(tuple(f"{room}/" for room in rule.rooms)):
            continue
        for name, line in (variables if rule.is_alone else identifiers)(file.tree):
            is_used = name == rule.word if rule.is_alone else rule.word in words_of(name)
            breaks = is_used and name not in rule.given
            judgement.judge(f"{file.name}:{line}: {name} ({rule.word})", breaks=breaks)
    return judgement


def test_table_is_read() -> None:
    read = {rule.word: rule for rule in rules()}
    assert len(read) >= 7
    assert read["matter"].given
    assert read["found"].is_alone
    assert not read["act"].is_alone
    for rule in read.values():
        assert rule.rooms
        assert [room for room in rule.rooms if not (REPOSITORY / room).is_dir()] == []


def test_words_keep_their_meaning() -> None:
    judged = 0
    for rule in rules():
        judgement = judge(rule, sources())
        assert judgement.judged > 500, rule.word
        assert judgement.breaches == []
        judged += judgement.judged
    assert judged > 50_000


def test_names_are_read_by_their_words() -> None:
    assert words_of("ActJudge") == {"act", "judge"}
    assert words_of("_of_matters") == {"of", "matter"}
    assert "act" not in words_of("action") | words_of("facts") | words_of("exact")


def test_planted_breaches_are_found() -> None:
    planted = [
        Source("faq/matching/planted.py", "class ActJudge: pass\ndef judge(acts): return acts"),
        Source("faq/conversation/planted.py", "open_matter = found = turn.matter"),
        Source("miniprogram_api/planted.py", "intent = 1"),
        Source("models/faq/planted.py", "rows = [one for one in read]"),
    ]
    breaches = {rule.word: len(judge(rule, planted).breaches) for rule in rules()}
    assert breaches == {
        "act": 3, "matter": 2, "intent": 1,
        "found": 1, "one": 1, "known": 0, "said": 0,
    }  # fmt: skip


def test_given_names_are_no_breaches() -> None:
    rule = next(rule for rule in rules() if rule.word == "matter")
    assert judge(rule, [Source("faq/conversation/a.py", "turn.replies.new_matter")]).breaches == []
