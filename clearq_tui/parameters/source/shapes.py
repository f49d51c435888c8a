"""What an annotation says of a value: its type, its choices, whether there may be several."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Final

from clearq_tui.parameters.source.constants import NotConstant, choices_of, enum_values
from clearq_tui.parameters.source.modules import Module, last_name
from clearq_tui.parameters.values import said

_SIMPLE: Final = {
    "int": "int", "float": "float", "bool": "bool", "str": "str", "Path": "path",
    "PathLike": "path", "PosixPath": "path", "INT": "int", "FLOAT": "float", "BOOL": "bool",
    "STRING": "str", "INTEGER": "int", "complex": "complex", "UUID": "uuid",
    "PositiveInt": "int", "NonNegativeInt": "int", "PositiveFloat": "float",
}  # fmt: skip
_LISTS: Final = frozenset(
    {"list", "List", "Sequence", "Iterable", "set", "Set", "MutableSequence", "Collection"}
)
_TUPLES: Final = frozenset({"tuple", "Tuple"})
_TRANSPARENT: Final = frozenset({"Optional", "Final", "ClassVar", "Annotated", "Positional",
                                 "Required", "Fixed"})  # fmt: skip
_DEEPEST: Final = 12


@dataclass(frozen=True)
class Shape:
    """What values of an annotation look like."""

    type: str = ""
    choices: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    """Names of an enumeration's choices."""
    arity: str = "1"
    """As in `Spelling`."""
    extras: tuple[ast.expr, ...] = ()
    """What `Annotated` says besides."""
    class_node: ast.ClassDef | None = None
    class_module: Module | None = None
    """A class of the task's own code, such as another dataclass."""


def shape_of(node: ast.AST | None, module: Module, depth: int = 0) -> Shape:
    """The shape that an annotation (or a `type=`) describes; an empty one where it is unknown."""
    if node is None or depth > _DEEPEST:
        return Shape()
    if isinstance(node, ast.Constant):
        return _of_text(node.value, module, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _either([node.left, node.right], module, depth)
    if isinstance(node, ast.Subscript):
        return _of_generic(node, module, depth)
    name = last_name(node)
    if name in _LISTS:
        return Shape(arity="*")
    if name in _SIMPLE:
        return Shape(_SIMPLE[name])
    return _of_class(node, name, module, depth)


def _of_text(value: object, module: Module, depth: int) -> Shape:
    if not isinstance(value, str):
        return Shape()
    try:
        return shape_of(ast.parse(value, mode="eval").body, module, depth + 1)
    except (SyntaxError, ValueError, RecursionError):
        return Shape()


def _either(nodes: list[ast.expr], module: Module, depth: int) -> Shape:
    """The one alternative that is not None; an unknown shape where there are several."""
    meant = [one for one in nodes if not (isinstance(one, ast.Constant) and one.value is None)]
    shapes = [shape_of(one, module, depth + 1) for one in meant]
    if len(shapes) == 1:
        return shapes[0]
    if {shape.type for shape in shapes} == {"int", "float"}:
        return Shape("float")
    return Shape()


def _of_generic(node: ast.Subscript, module: Module, depth: int) -> Shape:
    name = last_name(node.value)
    inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Literal":
        return Shape("str", choices_of(ast.List(elts=inner, ctx=ast.Load()), module))
    if name == "Annotated":
        return replace(shape_of(inner[0], module, depth + 1), extras=tuple(inner[1:]))
    if name in _TRANSPARENT:
        return shape_of(inner[0], module, depth + 1)
    if name == "Union":
        return _either(inner, module, depth)
    if name in _LISTS:
        return replace(shape_of(inner[0], module, depth + 1), arity="*")
    if name in _TUPLES:
        is_open = len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is ...
        first = shape_of(inner[0], module, depth + 1)
        same = all(shape_of(one, module, depth + 1).type == first.type for one in inner)
        arity = "*" if is_open else str(len(inner))
        return replace(first, type=first.type if is_open or same else "", arity=arity)
    return Shape()


def _of_class(node: ast.AST, name: str, module: Module, depth: int) -> Shape:
    found = module.find_node(node)
    if found is None:
        return Shape(_meant_by(name))
    place, meaning = found
    if isinstance(meaning, ast.ClassDef):
        try:
            members = enum_values(meaning, place)
        except NotConstant:
            return Shape(class_node=meaning, class_module=place)
        values = tuple(said(value) or "" for value in members.values())
        return Shape("enum", values, tuple(members))
    if isinstance(meaning, ast.expr):
        return shape_of(meaning, place, depth + 1)
    return Shape(_meant_by(meaning.name))


def _meant_by(function: str) -> str:
    """A function that reads a boolean is called `str2bool`, `parse_bool` and the like."""
    return "bool" if "bool" in function.lower() else ""
