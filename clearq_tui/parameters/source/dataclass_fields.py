"""The fields of a dataclass, its bases' first."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from clearq_tui.parameters.source.constants import text_or_none
from clearq_tui.parameters.source.modules import Module, last_name
from clearq_tui.parameters.source.shapes import Shape, shape_of
from clearq_tui.parameters.source.signatures import described_arguments

_DEEPEST = 8


@dataclass(frozen=True)
class Field:
    """One field."""

    name: str
    module: Module
    shape: Shape
    default: ast.expr | None
    """None where it must be given."""
    help: str
    line: int

    @property
    def origin(self) -> str:
        """Where it stands."""
        return f"{self.module.path}:{self.line}"


def fields_of(node: ast.ClassDef, module: Module, depth: int = 0) -> list[Field]:
    """The fields that the class's `__init__` takes, in order; an overridden one once."""
    found: dict[str, Field] = {}
    if depth > _DEEPEST:
        return []
    for base in reversed(node.bases):
        parent = module.find_node(base)
        if parent is not None and isinstance(parent[1], ast.ClassDef):
            found.update({one.name: one for one in fields_of(parent[1], parent[0], depth + 1)})
    found.update({one.name: one for one in _own(node, module)})
    return list(found.values())


def _own(node: ast.ClassDef, module: Module) -> Iterator[Field]:
    described = described_arguments(node)
    for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
        if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)):
            continue
        if last_name(_bare(statement.annotation)) == "ClassVar":
            continue
        name = statement.target.id
        default, said = _default(statement.value)
        if _is_false(said.get("init")):
            continue
        yield Field(
            name=name,
            module=module,
            shape=shape_of(statement.annotation, module),
            default=default,
            help=_help(said, module) or _docstring(following) or described.get(name, ""),
            line=statement.lineno,
        )


def _default(node: ast.expr | None) -> tuple[ast.expr | None, dict[str, ast.expr]]:
    """The default's expression, and what `field(…)` says besides."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in {
        "field", "Field", "list_field", "mutable_field", "subgroups", "choice", "flag",
        "attrib", "ib",
    }:  # fmt: skip
        return node, {}
    said = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    default = said.get("default")
    factory = said.get("default_factory") or said.get("factory")
    if default is None and isinstance(factory, ast.Lambda):
        default = factory.body
    elif default is None and last_name(factory or ast.Constant(0)) in {"list", "tuple", "set"}:
        default = ast.List(elts=[], ctx=ast.Load())
    elif default is None and factory is not None:
        default = ast.Call(func=factory, args=[], keywords=[])
    elif default is None and node.args:
        default = node.args[0]
    return default, said


def _help(said: dict[str, ast.expr], module: Module) -> str:
    text = text_or_none(said.get("help") or said.get("description"), module)
    metadata = said.get("metadata")
    if text is None and isinstance(metadata, ast.Dict):
        for key, value in zip(metadata.keys, metadata.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "help":
                text = text_or_none(value, module)
    return " ".join((text or "").split())


def _docstring(statement: ast.stmt | None) -> str:
    """The text below a field."""
    if (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    ):
        return " ".join(statement.value.value.split())
    return ""


def _bare(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
