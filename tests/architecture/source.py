"""Parse the source files of the product.

A rule is a function of sources that returns a Judgement: a test asserts how much it judged, that
the product breaks it nowhere, and that it finds a planted breach.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = ("handlers", "faq", "miniprogram_api", "models", "sandbox")


@dataclass(frozen=True)
class Source:
    """A Python file of the product, or one that a test plants."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return ast.parse(self.text, filename=self.name)

    @property
    def folder(self) -> str:
        """The folder, without a slash at its end."""
        return self.name.rpartition("/")[0]

    @property
    def docstring(self) -> str:
        """The docstring of the module, or an empty string."""
        return ast.get_docstring(self.tree) or ""

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Yield every function."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef))

    def imports(self) -> set[str]:
        """Return every module that the file imports, also inside functions."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
        return found


@dataclass
class Judgement:
    """How many places a rule judged, and which break it."""

    judged: int = 0
    breaches: list[str] = field(default_factory=list)

    def judge(self, place: str, *, breaks: bool) -> None:
        """Count a place."""
        self.judged += 1
        if breaks:
            self.breaches.append(place)


@cache
def sources(*rooms: str) -> tuple[Source, ...]:
    """Return the Python files of these rooms (default: all, and those at the root)."""
    found = [path for room in rooms or ROOMS for path in (REPOSITORY / room).rglob("*.py")]
    if not rooms:
        found += REPOSITORY.glob("*.py")
    return tuple(
        Source(path.relative_to(REPOSITORY).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(found)
    )


def names(tree: ast.AST) -> Iterable[str]:
    """Yield every name and attribute below a node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
