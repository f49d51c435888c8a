"""Parameters of programs that use absl: every `DEFINE_…` of the modules that are imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from clearq_tui.parameters.parameter import Interface, Kind, Parameter, Spelling
from clearq_tui.parameters.source.constants import choices_of, default_of, text_or_none
from clearq_tui.parameters.source.modules import Code, Module, last_name

_TYPES: Final = {
    "string": "str", "integer": "int", "float": "float", "bool": "bool", "boolean": "bool",
    "enum": "str", "enum_class": "enum", "list": "str", "spaceseplist": "str",
    "multi_string": "str", "multi_integer": "int", "multi_float": "float", "multi_enum": "str",
    "multi_enum_class": "enum",
}  # fmt: skip


def absl_interface(code: Code) -> Interface:
    """What absl's flags describe."""
    found = tuple(one for module in code.modules for one in _flags(module))
    return Interface(found, takes_dashes=bool(found))


def _flags(module: Module) -> Iterator[Parameter]:
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        kind = last_name(node.func)
        if kind.startswith("DEFINE_") and kind[7:] in _TYPES:
            parameter = _flag(module, node, kind[7:])
            if parameter is not None:
                yield parameter


def _flag(module: Module, node: ast.Call, kind: str) -> Parameter | None:
    said = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    order = ["name", "default", "help"]
    if "enum" in kind:
        order = ["name", "default", "enum_class" if "class" in kind else "enum_values", "help"]
    said.update(zip(order, node.args, strict=False))
    name = text_or_none(said.get("name"), module)
    if not name:
        return None
    default, is_known = default_of(said.get("default"), module)
    is_bool = _TYPES[kind] == "bool"
    short = text_or_none(said.get("short_name"), module)
    names = (f"--{name}", *([f"-{short}"] if short else []))
    return Parameter(
        target=f"--{name}",
        name=f"--{name}",
        kind=Kind.FLAG if is_bool else Kind.ARGUMENT,
        type=_TYPES[kind],
        default=default,
        choices=choices_of(said.get("enum_values") or said.get("enum_class"), module),
        help=" ".join((text_or_none(said.get("help"), module) or "").split()),
        value=default if is_known else None,
        origin=module.origin(node),
        spelling=Spelling(
            names,
            (f"--no{name}",) if is_bool else (),
            "0" if is_bool else "1",
            repeated=kind.startswith("multi_"),
            joined=True,
        ),
    )
