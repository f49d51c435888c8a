"""Parameters of programs whose command line is made of dataclasses, or of a function by tyro.

HfArgumentParser (transformers, trl), tyro, simple-parsing, pyrallis and Tap.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clearq_tui.parameters.parameter import Interface, Kind, Parameter, Spelling
from clearq_tui.parameters.source.constants import default_of
from clearq_tui.parameters.source.dataclass_fields import Field, fields_of
from clearq_tui.parameters.source.modules import Module, last_name
from clearq_tui.parameters.source.reachable import Scope
from clearq_tui.parameters.source.shapes import shape_of
from clearq_tui.parameters.source.signatures import arguments_of, described_arguments

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_DEEPEST: Final = 5


@dataclass(frozen=True)
class _Style:
    """How a library writes fields on the command line."""

    dashes: bool = False
    """`--learning-rate` for `learning_rate`."""
    nested: bool = False
    """`--model.depth` for a field of a field."""
    flags: str = "valued"
    """Booleans: `off` (`--x`, `--no-x`), `valued` (`--x true`, or just `--x`), `must` (valued)."""
    members: bool = False
    """Enumerations by their members' names."""
    lists: str = "*"


_HF: Final = _Style()
_TYRO: Final = _Style(dashes=True, nested=True, flags="off", members=True)
_SIMPLE: Final = _Style()
_PYRALLIS: Final = _Style(nested=True, flags="must", lists="1")
_TAP: Final = _Style(flags="off")


def dataclass_interface(scopes: Sequence[Scope]) -> Interface:
    """What the classes that are handed to such a parser describe."""
    found: list[Parameter] = []
    for scope in scopes:
        for node in scope.nodes:
            if isinstance(node, ast.Call):
                found += _of_call(scope.module, node)
    return Interface(tuple(found), abbreviates=bool(found))


def _of_call(module: Module, node: ast.Call) -> Iterator[Parameter]:
    name = last_name(node.func)
    owner = last_name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    said = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    first = node.args[0] if node.args else None
    if name in {"HfArgumentParser", "TrlParser"}:
        yield from _classes(module, first or said.get("dataclass_types"), _HF)
    elif name == "cli" and owner in {"tyro", ""}:
        yield from _classes(module, first or said.get("f"), _TYRO)
    elif name == "add_arguments":
        yield from _classes(module, first or said.get("dataclass"), _SIMPLE)
    elif name == "parse" and owner in {"simple_parsing", "sp"}:
        yield from _classes(module, first or said.get("config_class"), _SIMPLE)
    elif name in {"parse", "wrap"} and owner in {"pyrallis", "draccus"}:
        yield from _classes(module, first or said.get("config_class"), _PYRALLIS)
    elif name == "parse_args" and isinstance(node.func, ast.Attribute):
        yield from _tap(module, node.func.value)


def _classes(module: Module, node: ast.expr | None, style: _Style) -> Iterator[Parameter]:
    if isinstance(node, ast.Tuple | ast.List):
        for item in node.elts:
            yield from _classes(module, item, style)
        return
    found = module.find_node(node) if node is not None else None
    if found is None:
        return
    place, meaning = found
    if isinstance(meaning, ast.ClassDef):
        yield from _fields(meaning, place, style)
    elif isinstance(meaning, _Function):
        yield from _signature(meaning, place, style)
    elif isinstance(meaning, ast.Tuple | ast.List):
        yield from _classes(place, meaning, style)


def _tap(module: Module, made: ast.expr) -> Iterator[Parameter]:
    """`Arguments().parse_args()`, where the class is a Tap."""
    found = module.find_node(made.func) if isinstance(made, ast.Call) else None
    if found is None or not isinstance(found[1], ast.ClassDef):
        return
    if any(last_name(base) in {"Tap", "TypedArgs"} for base in found[1].bases):
        yield from _fields(found[1], found[0], _TAP)


def _fields(
    node: ast.ClassDef, module: Module, style: _Style, prefix: str = "", depth: int = 0
) -> Iterator[Parameter]:
    for field in fields_of(node, module):
        inner, place = field.shape.class_node, field.shape.class_module
        if inner is not None and place is not None and depth < _DEEPEST:
            below = f"{prefix}{field.name}." if style.nested else ""
            yield from _fields(inner, place, style, below, depth + 1)
        else:
            yield _parameter(field, style, prefix)


def _signature(function: _Function, module: Module, style: _Style) -> Iterator[Parameter]:
    described = described_arguments(function)
    for argument in arguments_of(function):
        shape = shape_of(argument.annotation, module)
        field = Field(
            argument.name, module, shape, argument.default,
            described.get(argument.name, ""), argument.line,
        )  # fmt: skip
        if shape.class_node is not None and shape.class_module is not None:
            prefix = f"{argument.name}." if style.nested else ""
            yield from _fields(shape.class_node, shape.class_module, style, prefix, 1)
        else:
            yield _parameter(field, style, "")


def _parameter(field: Field, style: _Style, prefix: str) -> Parameter:
    names = _names(f"{prefix}{field.name}", style)
    default, is_known = default_of(field.default, field.module)
    spelling, kind = _spelling(names, field, style, default)
    choices = field.shape.members if style.members and field.shape.members else field.shape.choices
    if style.members and field.shape.members and default in field.shape.choices:
        default = field.shape.members[field.shape.choices.index(default)]
    return Parameter(
        target=names[0],
        name=names[0],
        kind=kind,
        type=field.shape.type,
        default=default,
        choices=choices,
        help=field.help,
        value=default if is_known else None,
        origin=field.origin,
        spelling=spelling,
    )


def _names(name: str, style: _Style) -> tuple[str, ...]:
    written = [f"--{name}"]
    dashed = f"--{name.replace('_', '-')}"
    if dashed not in written:
        written.append(dashed)
    return tuple(written[::-1] if style.dashes else written)


def _spelling(
    names: tuple[str, ...], field: Field, style: _Style, default: str | None
) -> tuple[Spelling, Kind]:
    if field.shape.type == "bool" and field.shape.arity == "1":
        if style.flags == "off":
            off = tuple(_without(name) for name in names)
            return Spelling(names, off, "0"), Kind.FLAG
        if style.flags == "must":
            return Spelling(names), Kind.ARGUMENT
        off = (f"--no_{field.name}",) if default == "true" else ()
        return Spelling(names, off, "?"), Kind.ARGUMENT
    arity = style.lists if field.shape.arity == "*" else field.shape.arity
    spelling = Spelling(names, arity=arity)
    return (replace(spelling, joined=True) if style.nested else spelling), Kind.ARGUMENT


def _without(name: str) -> str:
    """`--model.no-cache` for `--model.cache`: the last part is what is negated."""
    before, dot, last = name.removeprefix("--").rpartition(".")
    return f"--{before}{dot}no-{last}"
