"""Parse the source files of the product."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = ("handlers", "faq", "miniprogram_api", "models", "sandbox")


@cache
def files(*rooms: str) -> tuple[Path, ...]:
    """Return the Python files of these rooms (default: all, and those at the root)."""
    found = [path for room in rooms or ROOMS for path in (REPOSITORY / room).rglob("*.py")]
    if not rooms:
        found += REPOSITORY.glob("*.py")
    return tuple(sorted(found))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """Return the path for messages."""
    return path.relative_to(REPOSITORY).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef))


def imports(path: Path) -> set[str]:
    """Return every module that the file imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found
