"""Pages, commands and endpoints: one way to read a form, to parse a command line, to declare."""

import ast
from collections.abc import Iterable

from tests.architecture.source import Judgement, Source, sources

# Pages that do something else with a refusal than showing the form again, and what.
OTHER_ANSWERS = {
    # The question for the password; a second click waits for the first; filters of lists.
    "handlers/admin/frame/access.py",
    "handlers/admin/frame/one_time.py",
    "handlers/admin/frame/looking_up.py",
    "handlers/admin/ledger/lines.py",
    # JSON for a page that keeps typed text.
    "handlers/admin/frame/signing_in.py",
    "handlers/admin/content/forms/autosave.py",
    # Two texts of one part, to choose from.
    "handlers/admin/content/entry_editor.py",
    "handlers/admin/content/lists.py",
    "handlers/admin/content/points.py",
}


def pages_with_own_refusals(files: Iterable[Source]) -> Judgement:
    """Judge pages: a ``Form`` catches refusals."""
    found = Judgement()
    for file in files:
        catches = any(
            isinstance(node, ast.ExceptHandler)
            and isinstance(node.type, ast.Name)
            and node.type.id == "Refused"
            for node in ast.walk(file.tree)
        )
        found.judge(file.name, breaks=catches and file.name not in OTHER_ANSWERS)
    return found


def test_forms_show_refusals() -> None:
    found = pages_with_own_refusals(sources("handlers/admin"))
    assert found.judged > 70
    assert found.breaches == []


def parsers_of_arguments(files: Iterable[Source]) -> Judgement:
    """Judge the product: click alone parses command lines."""
    found = Judgement()
    for file in files:
        found.judge(file.name, breaks="argparse" in file.imports())
    return found


def test_click_parses_command_lines() -> None:
    found = parsers_of_arguments(sources())
    assert found.judged > 500
    assert found.breaches == []


def makers_of_blueprints(files: Iterable[Source]) -> Judgement:
    """Judge the APIs: ``Resource`` makes every blueprint, except that of a document."""
    found = Judgement()
    for file in files:
        makes = any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Blueprint"
            for node in ast.walk(file.tree)
        )
        known = ("handlers/api/endpoint/resource.py", "handlers/registrar/reference.py")
        found.judge(file.name, breaks=makes and file.name not in known)
    return found


def test_one_class_declares_endpoints() -> None:
    found = makers_of_blueprints(sources("handlers/api", "handlers/registrar"))
    assert found.judged > 50
    assert found.breaches == []


def test_planted_breaches_are_found() -> None:
    page = Source("handlers/admin/planted.py", "try:\n    pass\nexcept Refused:\n    pass")
    assert pages_with_own_refusals([page]).breaches == ["handlers/admin/planted.py"]
    command = Source("handlers/commands/planted.py", "import argparse")
    assert parsers_of_arguments([command]).breaches == ["handlers/commands/planted.py"]
    endpoint = Source("handlers/api/planted.py", "pages = Blueprint('planted', __name__)")
    assert makers_of_blueprints([endpoint]).breaches == ["handlers/api/planted.py"]
