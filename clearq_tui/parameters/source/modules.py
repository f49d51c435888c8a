"""A program's own modules: the file that is run and what it imports from the same code."""

from __future__ import annotations

import ast
import functools
import posixpath
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from clearq_tui.parameters.code_files import CodeFiles

MOST_MODULES: Final = 60
LARGEST_MODULE: Final = 128 << 10
"""Bytes of a module that is read; parsing a longer one would hold other threads up too long."""
MOST_SOURCE: Final = 768 << 10
"""Bytes of all modules together."""
_DEEPEST: Final = 8
"""How many imported names are followed from one name to another."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(eq=False)
class Module:
    """One parsed file. `tree` is shared with other readings and never changed."""

    path: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]
    """All of the tree's, in the order of the source."""
    definitions: dict[str, Definition] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    """Names that are assigned once, at the top."""
    names: dict[str, tuple[Module, str]] = field(default_factory=dict)
    """What imported names stand for; an empty name is the module itself."""
    stars: list[Module] = field(default_factory=list)

    def origin(self, node: ast.AST) -> str:
        """Where the node stands: `train.py:12`."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"

    def find(self, name: str, depth: int = 0) -> tuple[Module, Definition | ast.expr] | None:
        """What a name stands for here, through imports."""
        if depth > _DEEPEST:
            return None
        if name in self.definitions:
            return self, self.definitions[name]
        if name in self.constants:
            return self, self.constants[name]
        if name in self.names:
            module, inner = self.names[name]
            return module.find(inner, depth + 1) if inner else None
        for module in self.stars:
            if found := module.find(name, depth + 1):
                return found
        return None

    def find_node(self, node: ast.AST) -> tuple[Module, Definition | ast.expr] | None:
        """What a name, or a name in an imported module (`options.LR`), stands for."""
        if isinstance(node, ast.Name):
            return self.find(node.id)
        if isinstance(node, ast.Attribute):
            module = self.module_of(node.value)
            return module.find(node.attr) if module else None
        return None

    def module_of(self, node: ast.AST) -> Module | None:
        """The local module that an expression such as `package.options` names."""
        name = dotted(node)
        if name in self.names:
            module, inner = self.names[name]
            return None if inner else module
        return None


@dataclass(frozen=True)
class Code:
    """The program's modules, its own first."""

    modules: tuple[Module, ...]
    notes: tuple[str, ...] = ()

    @property
    def main(self) -> Module | None:
        """The file that is run; None where it could not be read."""
        return self.modules[0] if self.modules else None


def load_code(path: str, roots: Sequence[str], files: CodeFiles) -> Code:
    """The program at `path` with the modules that it imports from `roots`, nearest first."""
    loader = _Loader(files, roots)
    loader.load(path)
    loader.follow()
    return Code(tuple(loader.modules.values()), tuple(loader.notes))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of such an expression; empty for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def last_name(node: ast.AST) -> str:
    """`add_argument` of `parser.add_argument`, `Option` of `typer.Option` or of `Option`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def walk(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes in and below these, in the order of the source."""
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(list(ast.iter_child_nodes(node))[::-1])


@functools.lru_cache(maxsize=64)
def _parsed(content: bytes) -> tuple[ast.Module, tuple[ast.AST, ...]] | str:
    """The tree and its nodes, or why there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the operator's code, which others look after
            tree = ast.parse(content)
        return tree, tuple(walk([tree]))
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or "it is nested too deeply"


class _Loader:
    """Parses modules and what they import, breadth first, up to a bound."""

    def __init__(self, files: CodeFiles, roots: Sequence[str]) -> None:
        self._files, self._roots = files, roots
        self._paths = frozenset(files.paths())
        self.modules: dict[str, Module] = {}
        self.notes: list[str] = []
        self._read = 0

    def load(self, path: str) -> Module | None:
        if path in self.modules:
            return self.modules[path]
        if len(self.modules) >= MOST_MODULES or self._read >= MOST_SOURCE:
            return None
        content = self._files.read(path, LARGEST_MODULE)
        if content is None:
            self.notes.append(f"{path} is too large to look for parameters in it.")
            return None
        self._read += len(content)
        parsed = _parsed(content)
        if isinstance(parsed, str):
            self.notes.append(f"{path} cannot be read as Python ({parsed}).")
            return None
        module = Module(path, *parsed)
        _name_definitions(module)
        self.modules[path] = module
        return module

    def follow(self) -> None:
        """Load what is imported; the modules grow meanwhile."""
        done: set[str] = set()
        while waiting := [one for one in self.modules.values() if one.path not in done]:
            for module in waiting:
                done.add(module.path)
                for node in module.nodes:
                    if isinstance(node, ast.Import):
                        self._import(module, node)
                    elif isinstance(node, ast.ImportFrom):
                        self._import_from(module, node)

    def _import(self, module: Module, node: ast.Import) -> None:
        for alias in node.names:
            found = self._find(alias.name, self._roots)
            if found is not None:
                module.names.setdefault(alias.asname or alias.name, (found, ""))

    def _import_from(self, module: Module, node: ast.ImportFrom) -> None:
        roots = self._roots
        if node.level:
            directory = posixpath.dirname(module.path)
            for _ in range(node.level - 1):
                directory = posixpath.dirname(directory)
            roots = (directory,)
        package = self._find(node.module or "", roots)
        for alias in node.names:
            if alias.name == "*":
                if package is not None:
                    module.stars.append(package)
                continue
            inner = self._find(f"{node.module}.{alias.name}" if node.module else alias.name, roots)
            if inner is not None:
                module.names.setdefault(alias.asname or alias.name, (inner, ""))
            elif package is not None:
                module.names.setdefault(alias.asname or alias.name, (package, alias.name))

    def _find(self, name: str, roots: Sequence[str]) -> Module | None:
        inside = name.replace(".", "/")
        for root in roots:
            place = posixpath.join(root, inside) if inside else root
            for candidate in (
                f"{place}.py" if inside else "",
                posixpath.join(place, "__init__.py"),
            ):
                if candidate in self._paths:
                    return self.load(candidate)
        return None


def _name_definitions(module: Module) -> None:
    assigned: set[str] = set()
    for statement in _top_statements(module.tree.body):
        if isinstance(statement, Definition):
            module.definitions[statement.name] = statement
            continue
        for name, value in _assignments(statement).items():
            if name in assigned:
                module.constants.pop(name, None)
            else:
                module.constants[name] = value
            assigned.add(name)


def _top_statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            yield from _top_statements(statement.body)
            if not isinstance(statement, ast.With):
                yield from _top_statements(statement.orelse)


def _assignments(statement: ast.stmt) -> Mapping[str, ast.expr]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id: statement.value} if statement.value else {}
    if isinstance(statement, ast.Assign):
        return {
            target.id: statement.value
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
    return {}
