"""Architecture rules: who may import whom, sizes of files and folders."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.source import REPOSITORY, ROOMS, files, functions, imports, name_of, tree

LONGEST_FILE = 400
MOST_STATEMENTS = 10
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}

# Files besides config.py that read the environment, and why.
OTHER_READERS = {
    # It imports nothing of the product and gets its credentials so.
    "sandbox/__main__.py",
    # prometheus-client and numpy read it at import.
    "gunicorn.conf.py",
    "handlers/metrics.py",
    "manage.py",
}


def test_import_contracts_hold() -> None:
    linted = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports; exit(lint_imports())"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )

    assert linted.returncode == 0, linted.stdout + linted.stderr


def reads_the_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "os":
        return any(alias.name in ENVIRONMENT for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ENVIRONMENT
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def test_only_config_reads_the_environment() -> None:
    readers = {
        name_of(path)
        for path in files()
        if any(reads_the_environment(node) for node in ast.walk(tree(path)))
    }

    assert readers == {"config.py"} | OTHER_READERS


def test_config_imports_nothing_of_the_product() -> None:
    rooms = {module.partition(".")[0] for module in imports(REPOSITORY / "config.py")}
    assert not rooms & {*ROOMS, "wsgi", "manage"}


def test_only_the_two_roots_build_the_clients() -> None:
    builders = {
        name_of(path)
        for path in files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "clients.build"
    }

    assert "wsgi.py" in builders
    assert all(name == "wsgi.py" or name.startswith("handlers/commands/") for name in builders)


def test_files_have_a_maximum_length() -> None:
    written = files("tests", "benchmarks", *ROOMS) + files()
    # A migration is generated.
    written = [path for path in written if path.parent.name != "migrations"]
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in written}

    too_long = {name: length for name, length in lengths.items() if length > LONGEST_FILE}
    assert too_long == {}


@pytest.mark.parametrize("path", files("handlers/api"), ids=name_of)
def test_endpoints_contain_no_rules(path: Path) -> None:
    """Few statements, no loop, no time arithmetic, no transaction."""
    for function in functions(path):
        if not any("endpoint" in ast.unparse(mark) for mark in function.decorator_list):
            continue
        place = f"{name_of(path)}: {function.name}"
        statements = sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1
        assert statements <= MOST_STATEMENTS, f"{place} does too much"
        for node in ast.walk(function):
            assert not isinstance(node, ast.For | ast.While), f"{place} has a loop"
            if isinstance(node, ast.Name | ast.Attribute):
                name = node.id if isinstance(node, ast.Name) else node.attr
                assert name not in ("transaction", "atomic", "timedelta"), f"{place} uses {name}"


def test_rules_contain_no_http_statuses() -> None:
    """Rules raise Reasons; only handlers/errors.py maps them to HTTP."""
    for path in files("faq", "miniprogram_api", "models"):
        if "clients" in path.parts:
            continue
        words = {n.id for n in ast.walk(tree(path)) if isinstance(n, ast.Name)}
        assert not words & {"HTTPStatus", "abort", "jsonify"}, name_of(path)


@pytest.mark.parametrize("room", ROOMS)
def test_folders_have_at_most_16_modules(room: str) -> None:
    modules = Counter(
        str(path.parent.relative_to(REPOSITORY))
        for path in files(room)
        if path.name != "__init__.py" and path.parent.name != "migrations"
    )

    assert {folder: count for folder, count in modules.items() if count > 16} == {}


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "sandbox"])
def test_every_package_docstring_names_its_imports(room: str) -> None:
    packages = [path for path in files(room) if path.name == "__init__.py"]
    docstrings = {name_of(path): ast.get_docstring(tree(path)) or "" for path in packages}

    assert len(docstrings) > 1
    assert [name for name, text in docstrings.items() if "import" not in text] == []


def test_root_contains_only_known_files() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True)
    top = {name.partition("/")[0] for name in tracked.stdout.splitlines()}

    assert {name for name in top if name.endswith(".py") or "." not in name} == {
        "LICENSE", "Makefile", "benchmarks", "config.py", "docs", "faq",
        "gunicorn.conf.py", "handlers", "manage.py", "miniprogram", "miniprogram_api",
        "models", "redis_urls.py", "sandbox", "subscription_templates.py", "tests", "wsgi.py",
    }  # fmt: skip
