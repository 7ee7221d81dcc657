"""Which refusals a function may raise: the call graph of the product, read from its source.

A call is followed where the source names what is called: a function of the file, an imported one, a
method of `self`, of a class or of a variable whose class is annotated. A function that is handed on
or stands in a table counts as called, and so does each method of an object in a table. Calls of the
vendors' clients are not followed: they raise no refusal. A refusal that is returned counts where it
is raised or returned again. What a branch excludes is not seen: the test lists such pairs.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.architecture.source import Source, sources

REFUSED = "Refused"
CATCHING = {REFUSED, "Exception", "BaseException"}
# Functions that refuse by a table under the key that is their first argument → the table.
KEYED = {
    ("miniprogram_api.operations.outages", "require_on"): "SOURCES",
    ("miniprogram_api.operations.outages", "refusal"): "SOURCES",
}
Name = tuple[str, str]
"""Module and qualified name."""


@dataclass
class Function:
    """What one function raises itself, and what it calls."""

    reasons: set[str] = field(default_factory=set)
    calls: set[Name] = field(default_factory=set)


class Module:
    """The names of a file."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name = name
        self.functions: dict[str, ast.FunctionDef] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.tables: dict[str, set[str]] = {}
        self.values: dict[str, ast.expr] = {}
        self.keyed: dict[str, dict[str, set[str]]] = {}
        self.constants: dict[str, str] = {}
        self.imports: dict[str, Name] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = (node.module, alias.name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = (alias.name, "")
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self.functions[node.name] = node
            elif isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
                for part in node.body:
                    if isinstance(part, ast.FunctionDef):
                        self.functions[f"{node.name}.{part.name}"] = part
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        self.values[target.id] = node.value
                        self.tables[target.id] = set(reasons_in(node.value))
                        if isinstance(node.value, ast.Constant):
                            self.constants[target.id] = ast.unparse(node.value)
                        if isinstance(node.value, ast.Dict):
                            self.keyed[target.id] = {
                                ast.unparse(key): set(reasons_in(value))
                                for key, value in zip(
                                    node.value.keys, node.value.values, strict=True
                                )
                                if key is not None
                            }


def reasons_in(node: ast.AST) -> Iterator[str]:
    """Yield the X of every ``Reason.X`` below a node."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "Reason":
            yield part.attr


@cache
def modules() -> dict[str, Module]:
    """Return every module of the product by its dotted name."""
    return {dotted(file): Module(dotted(file), file.tree) for file in sources()}


def dotted(file: Source) -> str:
    """Return the name that imports a file."""
    return file.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def resolve(module: str, name: str) -> Name | None:
    """Return where a name of a module is defined: (module, function or class), or (module, "")."""
    known = modules()
    if module not in known:
        return None
    if name in known[module].functions or name in known[module].classes:
        return module, name
    if name in known[module].tables:
        return module, name
    if name in known[module].imports:
        origin, imported = known[module].imports[name]
        if f"{origin}.{imported}" in known:
            return f"{origin}.{imported}", ""
        return (
            resolve(origin, imported) if imported else ((origin, "") if origin in known else None)
        )
    return None


@cache
def raised(module: str, name: str) -> frozenset[str]:
    """Return the names of the reasons that a function, or what it calls, may raise."""
    seen: set[Name] = set()
    waiting = [(module, name)]
    reasons: set[str] = set()
    while waiting:
        following = waiting.pop()
        if following not in seen:
            seen.add(following)
            function = read(*following)
            reasons |= function.reasons
            waiting += function.calls
    return frozenset(reasons)


def reasons_of_source(text: str, name: str) -> frozenset[str]:
    """Return what a function of a planted file may raise."""
    file = Source("faq/planted.py", text)
    modules()["faq.planted"] = Module("faq.planted", file.tree)
    try:
        return raised("faq.planted", name)
    finally:
        del modules()["faq.planted"]


@cache
def read(module: str, name: str) -> Function:
    """Return what a function raises and calls itself."""
    reader = _Reader(modules()[module], name)
    node = modules()[module].functions.get(name)
    if node is not None:
        reader.read(node)
    return reader.found


class _Reader(ast.NodeVisitor):
    """Reads one function; ``caught`` while its refusals go no further."""

    def __init__(self, module: Module, name: str) -> None:
        self.module, self.owner = module, name.partition(".")[0] if "." in name else ""
        self.found = Function()
        self.types: dict[str, Name] = {}
        self.caught = False
        self.tabled: set[str] = set()
        self.has_variable = False
        self.thrown: set[str] = set()
        self.is_thrown = self.returns_refusal = False

    def read(self, function: ast.FunctionDef) -> None:
        if self.owner:
            self.types["self"] = self.types["cls"] = (self.module.name, self.owner)
        for part in ast.walk(function):
            if isinstance(part, ast.arg) and part.annotation is not None:
                self._note_type(part.arg, part.annotation)
            elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                self._note_type(part.target.id, part.annotation)
            elif isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
                self._note_made(part.targets, part.value)
        self.returns_refusal = function.returns is not None and (
            REFUSED in ast.unparse(function.returns)
        )
        for part in ast.walk(function):
            if isinstance(part, ast.Raise):
                self.thrown |= {one.id for one in ast.walk(part) if isinstance(one, ast.Name)}
        for part in function.body:
            self.visit(part)
        if self.has_variable:
            self.found.reasons |= self.tabled

    def _note_type(self, name: str, annotation: ast.AST) -> None:
        text = ast.unparse(annotation).strip("'\"").removesuffix(" | None")
        where = self._where(text)
        if where is not None:
            self.types[name] = where

    def _note_made(self, targets: list[ast.expr], call: ast.Call) -> None:
        where = self._where(ast.unparse(call.func))
        if where is None or not isinstance(targets[0], ast.Name):
            return
        if where[1] in modules()[where[0]].classes:
            self.types[targets[0].id] = where
        function = modules()[where[0]].functions.get(where[1])
        if function is not None and function.returns is not None:
            text = ast.unparse(function.returns).strip("'\"").removesuffix(" | None")
            made = resolve(where[0], text) if text.isidentifier() else None
            if made is not None:
                self.types[targets[0].id] = made

    def _where(self, text: str) -> Name | None:
        """Return what a dotted expression names: a function, a class or a method."""
        first, *rest = text.split(".")
        if not all(part.isidentifier() for part in (first, *rest)):
            return None
        where = self.types.get(first) or resolve(self.module.name, first)
        for part in rest:
            if where is None:
                return None
            module, name = where
            where = _method(module, name, part) if name else resolve(module, part)
        return where

    def visit_Try(self, node: ast.Try) -> None:
        before = self.caught
        self.caught = before or any(_swallows(handler) for handler in node.handlers)
        for part in node.body:
            self.visit(part)
        self.caught = before
        handled = [part for handler in node.handlers for part in handler.body]
        for part in [*handled, *node.orelse, *node.finalbody]:
            self.visit(part)

    def visit_With(self, node: ast.With) -> None:
        before = self.caught
        calls = [item.context_expr for item in node.items]
        self.caught = before or any(
            isinstance(call, ast.Call)
            and ast.unparse(call.func) == "suppress"
            and CATCHING & {ast.unparse(argument) for argument in call.args}
            for call in calls
        )
        self.generic_visit(node)
        self.caught = before

    def visit_Raise(self, node: ast.Raise) -> None:
        self._visit_thrown(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        named = {one.id for one in ast.walk(node.targets[0]) if isinstance(one, ast.Name)}
        if named & self.thrown:
            self._visit_thrown(node)
        else:
            self.generic_visit(node)

    def _visit_thrown(self, node: ast.AST) -> None:
        before, self.is_thrown = self.is_thrown, True
        self.generic_visit(node)
        self.is_thrown = before

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        if called == "isinstance":
            self.visit(node.args[0])
            return
        where = self._where(called)
        is_kept = not (self.is_thrown or self.returns_refusal)
        if where is not None and is_kept and _returns_refusal(*where):
            return
        if where in KEYED:
            key = ast.unparse(node.args[0])
            key = self.module.constants.get(key, key)
            table = modules()[where[0]].keyed[KEYED[where]]
            if key in table and not self.caught:
                self.found.reasons |= table[key]
                return
        if called == REFUSED and not self.caught:
            named = set(reasons_in(node.args[0])) if node.args else set()
            self.found.reasons |= named
            self.has_variable |= not named
        elif called not in ("isinstance", "type"):
            # A reason that is handed on is what the called function refuses with.
            for argument in [*node.args, *(word.value for word in node.keywords)]:
                if isinstance(argument, ast.Attribute) and not self.caught:
                    self.found.reasons |= set(reasons_in(argument))
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._refer(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._refer(ast.unparse(node))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        # What is compared is not raised.
        for part in (node.left, *node.comparators):
            if not list(reasons_in(part)):
                self.visit(part)

    def visit_Dict(self, node: ast.Dict) -> None:
        self.tabled |= set(reasons_in(node))
        self.generic_visit(node)

    def _refer(self, text: str) -> None:
        if self.caught:
            return
        where = self._where(text)
        if where is None:
            return
        module, name = where
        if name in modules()[module].tables:
            self.tabled |= modules()[module].tables[name]
            self.found.calls |= functions_in(module, name)
        elif name in modules()[module].classes:
            for made in ("__init__", "__post_init__"):
                method = _method(module, name, made)
                if method is not None:
                    self.found.calls.add(method)
        elif name:
            self.found.calls.add(where)


@cache
def functions_in(module: str, table: str) -> frozenset[Name]:
    """Return the functions that a table of a module holds, and the methods of its objects."""
    found = set()
    for node in ast.walk(modules()[module].values[table]):
        text = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        first, _, rest = text.partition(".")
        where = resolve(module, first) if first else None
        if where is not None and not where[1] and rest.isidentifier():
            where = resolve(where[0], rest)
        if where is not None and where[1] in modules()[where[0]].functions:
            found.add(where)
        elif where is not None and where[1] in modules()[where[0]].classes:
            found |= _methods(*where)
    return frozenset(found)


def _methods(module: str, owner: str) -> set[Name]:
    """Return the methods of a class, with those of its bases that it does not define."""
    classes, names = [(module, owner)], set()
    for part in classes:
        known = modules()[part[0]]
        names |= {
            name.rpartition(".")[2] for name in known.functions if name.startswith(f"{part[1]}.")
        }
        bases = [resolve(part[0], ast.unparse(base)) for base in known.classes[part[1]].bases]
        classes += [base for base in bases if base and base[1] in modules()[base[0]].classes]
    return {method for name in names if (method := _method(module, owner, name)) is not None}


def _method(module: str, owner: str, name: str) -> Name | None:
    """Return the method of a class, also where a base of it defines it."""
    found = modules().get(module)
    if found is None or owner not in found.classes:
        return None
    if f"{owner}.{name}" in found.functions:
        return module, f"{owner}.{name}"
    for part in found.classes[owner].body:
        if isinstance(part, ast.AnnAssign) and ast.unparse(part.target) == name:
            return resolve(
                module, ast.unparse(part.annotation).strip("'\"").removesuffix(" | None")
            )
    for base in found.classes[owner].bases:
        where = resolve(module, ast.unparse(base))
        method = _method(*where, name) if where is not None else None
        if method is not None:
            return method
    return None


def _returns_refusal(module: str, name: str) -> bool:
    """Return whether a function returns a refusal instead of raising it."""
    function = modules()[module].functions.get(name)
    if function is None or function.returns is None:
        return False
    return REFUSED in ast.unparse(function.returns)


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler takes a refusal and lets it go no further."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    if not any(kind is None or ast.unparse(kind) in CATCHING for kind in kinds):
        return False
    for part in ast.walk(handler):
        if isinstance(part, ast.Raise):
            used = {name.id for name in ast.walk(part) if isinstance(name, ast.Name)}
            if part.exc is None or handler.name in used:
                return False
    return True
