"""Architecture rules: who may import whom, sizes of files and folders."""

import ast
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from handlers.api import routes
from handlers.api.endpoint import MINI_PROGRAM
from tests.architecture.source import REPOSITORY, ROOMS, Judgement, Source, names, sources

LONGEST_FILE = 400
MOST_STATEMENTS = 10
MOST_MODULES = 16
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}
METHODS = {"get", "post", "put", "delete"}

# Files besides config.py that read the environment, and why.
OTHER_READERS = {
    # It imports nothing of the product and gets its credentials so.
    "sandbox/__main__.py",
    # prometheus-client and numpy read it at import.
    "gunicorn.conf.py",
    "manage.py",
    "miniprogram_api/metric_files.py",
}


def lint_imports(folder: Path) -> str:
    """Return the report of import-linter."""
    linted = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports; exit(lint_imports())"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return linted.stdout + linted.stderr


def kept(report: str) -> tuple[int, int]:
    """Return how many import contracts are kept and broken."""
    found = re.search(r"(\d+) kept, (\d+) broken", report)
    assert found, report
    return int(found[1]), int(found[2])


def test_import_contracts_hold() -> None:
    report = lint_imports(REPOSITORY)
    contracts, broken = kept(report)
    assert contracts > 12
    assert broken == 0, report


def test_import_contracts_find_a_breach(tmp_path: Path) -> None:
    for room in ROOMS:
        shutil.copytree(REPOSITORY / room, tmp_path / room, ignore=shutil.ignore_patterns("seed"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for name, imported in (("models/planted.py", "handlers"), ("handlers/planted.py", "models")):
        (tmp_path / name).write_text(f"import {imported}\n")

    assert kept(lint_imports(tmp_path))[1] >= 2


def reads_the_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "os":
        return any(alias.name in ENVIRONMENT for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ENVIRONMENT
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def environment_readers(files: Iterable[Source]) -> Judgement:
    found = Judgement()
    for file in files:
        reads = any(reads_the_environment(node) for node in ast.walk(file.tree))
        found.judge(file.name, breaks=reads)
    return found


def test_only_config_reads_the_environment() -> None:
    found = environment_readers(sources())
    assert found.judged > 400
    assert {*found.breaches} == {"config.py"} | OTHER_READERS


def test_config_imports_nothing_of_the_product() -> None:
    [config] = [file for file in sources() if file.name == "config.py"]
    rooms = {module.partition(".")[0] for module in config.imports()}
    assert "pydantic" in rooms
    assert not rooms & {*ROOMS, "wsgi", "manage"}


def builders_of_clients(files: Iterable[Source]) -> Judgement:
    found = Judgement()
    for file in files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "clients.build":
                allowed = file.name == "wsgi.py" or file.name.startswith("handlers/commands/")
                found.judge(file.name, breaks=not allowed)
    return found


def test_only_the_two_roots_build_the_clients() -> None:
    found = builders_of_clients(sources())
    assert found.judged >= 2
    assert found.breaches == []


def files_too_long(files: Iterable[Source]) -> Judgement:
    found = Judgement()
    for file in files:
        # A migration is generated.
        if not file.folder.endswith("/migrations"):
            lines = len(file.text.splitlines())
            found.judge(f"{file.name}: {lines}", breaks=lines > LONGEST_FILE)
    return found


def test_files_have_a_maximum_length() -> None:
    found = files_too_long(sources("tests", "benchmarks") + sources())
    assert found.judged > 800
    assert found.breaches == []


def is_endpoint(function: ast.FunctionDef) -> bool:
    """Return whether a decorator of a Resource registers it."""
    return any(
        isinstance(mark, ast.Call)
        and isinstance(mark.func, ast.Attribute)
        and mark.func.attr in METHODS
        for mark in function.decorator_list
    )


def endpoints_with_rules(files: Iterable[Source]) -> Judgement:
    """Judge endpoints: few statements, no loop, no time arithmetic, no transaction."""
    found = Judgement()
    for file in files:
        for function in filter(is_endpoint, file.functions()):
            parts = list(ast.walk(function))
            # Neither the function itself nor its docstring.
            statements = sum(isinstance(node, ast.stmt) for node in parts) - 2
            has_loop = any(isinstance(node, ast.For | ast.While) for node in parts)
            has_rule = bool({"transaction", "atomic", "timedelta"} & {*names(function)})
            breaks = statements > MOST_STATEMENTS or has_loop or has_rule
            found.judge(f"{file.name}: {function.name}", breaks=breaks)
    return found


def test_endpoints_contain_no_rules() -> None:
    found = endpoints_with_rules(sources("handlers/api", "handlers/registrar"))
    assert found.judged > 100
    assert found.breaches == []


def test_every_declared_operation_is_judged() -> None:
    assert routes.BLUEPRINTS
    found = endpoints_with_rules(sources("handlers/api", "handlers/registrar"))
    assert found.judged >= len(MINI_PROGRAM.operations) > 100


def rules_with_http(files: Iterable[Source]) -> Judgement:
    """Judge rules: they raise Reasons; only handlers/errors.py maps them to HTTP."""
    found = Judgement()
    for file in files:
        if not file.name.startswith("miniprogram_api/clients/"):
            words = {"HTTPStatus", "abort", "jsonify"} & {*names(file.tree)}
            found.judge(file.name, breaks=bool(words))
    return found


def test_rules_contain_no_http_statuses() -> None:
    found = rules_with_http(sources("faq", "miniprogram_api", "models"))
    assert found.judged > 250
    assert found.breaches == []


def crowded_folders(files: Iterable[Source]) -> Judgement:
    modules = Counter(
        file.folder
        for file in files
        if not file.name.endswith("/__init__.py") and not file.folder.endswith("/migrations")
    )
    found = Judgement()
    for folder, count in modules.items():
        found.judge(f"{folder}: {count}", breaks=count > MOST_MODULES)
    return found


def test_folders_have_at_most_16_modules() -> None:
    found = crowded_folders(sources(*ROOMS))
    assert found.judged > 60
    assert found.breaches == []


def packages_with_imports(files: Iterable[Source]) -> Judgement:
    """Judge packages: what may be imported stands in pyproject.toml alone."""
    found = Judgement()
    for file in files:
        if file.name.endswith("/__init__.py"):
            docstring = " ".join(file.docstring.lower().split())
            found.judge(file.name, breaks="may import" in docstring)
    return found


def test_no_package_docstring_repeats_import_contracts() -> None:
    found = packages_with_imports(sources(*ROOMS))
    assert found.judged > 60
    assert found.breaches == []


PLANTED_ENDPOINT = '''
@resource.post("/planted", auth=Auth.ACCOUNT)
def plant(call):
    """Plant."""
    {}
'''


def test_planted_breaches_are_found() -> None:
    reader = Source("models/planted.py", "import os\nos.environ['X']")
    assert environment_readers([reader]).breaches == ["models/planted.py"]
    builder = Source("faq/planted.py", "clients.build(settings)")
    assert builders_of_clients([builder]).breaches == ["faq/planted.py"]
    assert files_too_long([Source("faq/planted.py", "pass\n" * 401)]).breaches
    for statement in ("for one in call: pass", "with transaction(): pass", "pass\n    " * 11):
        endpoint = Source("handlers/api/planted.py", PLANTED_ENDPOINT.format(statement))
        assert endpoints_with_rules([endpoint]).breaches == ["handlers/api/planted.py: plant"]
    assert rules_with_http([Source("models/planted.py", "http.HTTPStatus.OK")]).breaches
    crowd = [Source(f"faq/planted/m{number}.py", "") for number in range(17)]
    assert crowded_folders(crowd).breaches == ["faq/planted: 17"]
    package = Source("faq/planted/__init__.py", '"""A room. May\nimport models."""')
    assert packages_with_imports([package]).breaches == ["faq/planted/__init__.py"]


def test_root_contains_only_known_files() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True)
    top = {name.partition("/")[0] for name in tracked.stdout.splitlines()}

    assert {name for name in top if name.endswith(".py") or "." not in name} == {
        "LICENSE", "Makefile", "benchmarks", "config.py", "deploy", "docs", "faq",
        "gunicorn.conf.py", "handlers", "key_lists.py", "manage.py", "miniprogram",
        "miniprogram_api",
        "models", "production_settings.py", "redis_urls.py", "sandbox", "sms_settings.py",
        "subscription_templates.py", "tests", "tools", "wsgi.py",
    }  # fmt: skip
