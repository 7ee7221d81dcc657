"""Migrations are frozen: of the living code they take the keys of the process alone."""

import ast
import sys
from collections.abc import Iterable, Iterator

from tests.architecture.source import Judgement, Source, sources

FOLDER = "models/migrations"
LIBRARIES = {*sys.stdlib_module_names, "peewee", "cryptography"}
# Copies that no later change touches.
FROZEN = "models.migrations."
# Module → what of it a migration may import: the keys of this process, which no file holds.
KEYS = {"models.storage.fields": {"keys"}, "models.desks": {"ledger_keys"}}
# What may be asked of them: the keys themselves, and the name of the cipher.
OF_THE_KEYS = {"ledger_keys": {"ring"}, "ring": {"data", "index", "cipher"}}


def living(file: Source) -> Iterator[str]:
    """Yield what a migration takes from the living code."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] not in LIBRARIES:
                    yield f"import {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            taken = {alias.name for alias in node.names}
            is_frozen = f"{module}.".startswith(FROZEN)
            is_library = node.level == 0 and module.partition(".")[0] in LIBRARIES
            if not (is_library or is_frozen or taken <= KEYS.get(module, set())):
                yield f"from {module} import {', '.join(sorted(taken))}"
        elif isinstance(node, ast.Attribute):
            yield from _asked_of_keys(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            named = ast.unparse(node.args[0]).strip("'\"")
            yield from () if named.startswith(FROZEN) else (ast.unparse(node),)


def _asked_of_keys(node: ast.Attribute) -> Iterator[str]:
    """Yield what is asked of the keys besides themselves."""
    asked = ast.unparse(node.value)
    if asked == "keys()" or node.attr not in OF_THE_KEYS.get(asked, {node.attr}):
        yield ast.unparse(node)


def migrations_with_living_code(files: Iterable[Source]) -> Judgement:
    found = Judgement()
    for file in files:
        for taken in living(file):
            found.judge(f"{file.name}: {taken}", breaks=True)
        found.judge(file.name, breaks=False)
    return found


def test_migrations_import_no_living_code() -> None:
    found = migrations_with_living_code(sources(FOLDER))
    assert found.judged >= 30
    assert found.breaches == []


def test_planted_living_code_is_found() -> None:
    for planted in (
        "from models.desks import ledger_triggers",
        "import miniprogram_api.clock",
        "from models.storage.fields import KeyRing",
        "from . import other",
        "import_module('models.desks.staff')",
        "keys().encrypt('x', b'y')",
        "ledger_keys.mac('k', b'x')",
        "ring.digest('x', b'y')",
        "def up(migrator, db):\n    from models.storage.database import is_sqlite",
    ):
        file = Source(f"{FOLDER}/9999_planted.py", planted)
        assert migrations_with_living_code([file]).breaches, planted
