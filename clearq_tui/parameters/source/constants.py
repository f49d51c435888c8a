"""What an expression is when it is constant, without running anything."""

from __future__ import annotations

import ast
import operator
import posixpath
from collections.abc import Callable, Mapping
from typing import Final

from clearq_tui.parameters.source.modules import Module, last_name
from clearq_tui.parameters.values import said

Constant = object
"""None, bool, int, float, str, a list of constants, or a dict of them."""

_DEEPEST: Final = 40
_LONGEST: Final = 10_000
_LONGEST_SHOWN: Final = 60
_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


class NotConstant(Exception):
    """The expression depends on more than constants."""


def constant(node: ast.AST, module: Module, depth: int = 0) -> Constant:
    """The expression's value.

    Raises:
        NotConstant: it has none that can be known without running the program.
    """
    if depth > _DEEPEST:
        raise NotConstant
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bytes | complex) or node.value is ...:
            raise NotConstant
        return node.value
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [constant(item, module, depth + 1) for item in node.elts]
    if isinstance(node, ast.Dict):
        return _mapping(node, module, depth)
    if isinstance(node, ast.UnaryOp | ast.BinOp):
        return _arithmetic(node, module, depth)
    if isinstance(node, ast.Call):
        return _call(node, module, depth)
    if isinstance(node, ast.ListComp):
        return _of_each_member(node, module, depth)
    return _named(node, module, depth)


def text_or_none(node: ast.AST | None, module: Module) -> str | None:
    """The text that the expression is; None where it is none."""
    if node is None:
        return None
    try:
        value = constant(node, module)
    except NotConstant:
        return None
    return value if isinstance(value, str) else None


def default_of(node: ast.AST | None, module: Module) -> tuple[str | None, bool]:
    """An expression as an operator would write its value, and whether that is its value.

    What is not constant is shown as it stands in the source.
    """
    if node is None:
        return None, False
    try:
        return said(constant(node, module)), True
    except NotConstant:
        shown = " ".join(ast.unparse(node).split())
        if len(shown) > _LONGEST_SHOWN:
            shown = f"{shown[: _LONGEST_SHOWN - 1]}…"
        return shown, False


def choices_of(node: ast.AST | None, module: Module) -> tuple[str, ...]:
    """The choices that an expression lists; none where they cannot be known."""
    if node is None:
        return ()
    try:
        value = constant(node, module)
    except NotConstant:
        return ()
    items = list(value) if isinstance(value, list | dict) else []
    return tuple(said(item) or "" for item in items)


def _mapping(node: ast.Dict, module: Module, depth: int) -> dict[str, Constant]:
    """The keys matter; values that are no constants (functions, classes) are left out."""
    found: dict[str, Constant] = {}
    for key, item in zip(node.keys, node.values, strict=True):
        if key is None:
            raise NotConstant
        name = said(constant(key, module, depth + 1)) or ""
        try:
            found[name] = constant(item, module, depth + 1)
        except NotConstant:
            found[name] = None
    return found


def _arithmetic(node: ast.UnaryOp | ast.BinOp, module: Module, depth: int) -> Constant:
    if isinstance(node, ast.UnaryOp):
        value = constant(node.operand, module, depth + 1)
        if isinstance(node.op, ast.USub) and isinstance(value, int | float):
            return -value
        if isinstance(node.op, ast.Not):
            return not value
        raise NotConstant
    left, right = (constant(side, module, depth + 1) for side in (node.left, node.right))
    if isinstance(node.op, ast.Add) and isinstance(left, str | list):
        return _joined(left, right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _computed(node.op, left, right)
    if isinstance(node.op, ast.Div) and isinstance(left, str) and isinstance(right, str):
        return posixpath.join(left, right)  # of two paths
    raise NotConstant


def _joined(left: str | list[Constant], right: Constant) -> Constant:
    if isinstance(left, str) and isinstance(right, str) and len(left) + len(right) < _LONGEST:
        return left + right
    if isinstance(left, list) and isinstance(right, list) and len(left) + len(right) < _LONGEST:
        return left + right
    raise NotConstant


def _computed(kind: ast.operator, left: float, right: float) -> Constant:
    is_power = isinstance(kind, ast.Pow)
    try:
        if is_power and abs(left) <= _LONGEST and abs(right) <= 64:
            return left**right
        return _ARITHMETIC[type(kind)](left, right)
    except (KeyError, ArithmeticError) as error:
        raise NotConstant from error


def _call(node: ast.Call, module: Module, depth: int) -> Constant:
    """A few functions that do nothing but put constants together."""
    name = last_name(node.func)
    if isinstance(node.func, ast.Attribute) and name in {"keys", "copy"} and not node.args:
        return constant(node.func.value, module, depth + 1)
    if node.keywords or not node.args:
        raise NotConstant
    arguments = [constant(argument, module, depth + 1) for argument in node.args]
    first = arguments[0]
    if name == "range" and all(isinstance(one, int) for one in arguments):
        numbers = range(*[one for one in arguments if isinstance(one, int)])
        if len(numbers) > _LONGEST:
            raise NotConstant
        return list(numbers)
    if name in {"list", "tuple", "set", "sorted", "frozenset"} and isinstance(first, list | dict):
        return sorted(first, key=str) if name == "sorted" else list(first)
    if name in {"join", "Path", "PurePath"} and all(isinstance(one, str) for one in arguments):
        return posixpath.join(*[str(one) for one in arguments])
    try:
        if name == "float" and isinstance(first, str | int | float):
            return float(first)
        if name == "int" and isinstance(first, str | int | float):
            return int(first)
    except (ValueError, OverflowError) as error:
        raise NotConstant from error
    if name == "str" and isinstance(first, str | int | float):
        return str(first)
    raise NotConstant


def _of_each_member(node: ast.ListComp, module: Module, depth: int) -> Constant:
    """`[one.value for one in Colour]`, and the same with `name`."""
    source = node.generators[0]
    found = module.find_node(source.iter)
    if (
        len(node.generators) == 1
        and not source.ifs
        and isinstance(node.elt, ast.Attribute)
        and node.elt.attr in {"value", "name"}
        and isinstance(source.target, ast.Name)
        and isinstance(node.elt.value, ast.Name)
        and node.elt.value.id == source.target.id
        and found is not None
        and isinstance(found[1], ast.ClassDef)
    ):
        members = enum_values(found[1], found[0], depth + 1)
        return list(members.values() if node.elt.attr == "value" else members)
    raise NotConstant


def _named(node: ast.AST, module: Module, depth: int) -> Constant:
    """A name of a constant, an enumeration, or one of an enumeration's members."""
    if isinstance(node, ast.Attribute) and node.attr == "value":
        return constant(node.value, module, depth + 1)
    found = module.find_node(node)
    if found is not None:
        place, meaning = found
        if isinstance(meaning, ast.ClassDef):
            return list(enum_values(meaning, place, depth + 1).values())
        if isinstance(meaning, ast.expr):
            return constant(meaning, place, depth + 1)
    elif isinstance(node, ast.Attribute):
        owner = module.find_node(node.value)
        if owner is not None and isinstance(owner[1], ast.ClassDef):
            values = enum_values(owner[1], owner[0], depth + 1)
            if node.attr in values:
                return values[node.attr]
    raise NotConstant


def enum_values(node: ast.ClassDef, module: Module, depth: int = 0) -> dict[str, Constant]:
    """Members of an enumeration with their values.

    Raises:
        NotConstant: the class is no enumeration.
    """
    if not any(last_name(base).endswith(("Enum", "Flag")) for base in node.bases):
        raise NotConstant
    found: dict[str, Constant] = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            is_automatic = (
                isinstance(statement.value, ast.Call) and last_name(statement.value.func) == "auto"
            )
            found[name] = (
                name.lower() if is_automatic else constant(statement.value, module, depth + 1)
            )
    return found
