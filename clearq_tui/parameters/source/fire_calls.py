"""Parameters of programs that use fire: the signatures of what `fire.Fire` is given."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from clearq_tui.parameters.parameter import Interface, Kind, Parameter, Spelling
from clearq_tui.parameters.source.constants import default_of
from clearq_tui.parameters.source.modules import Module, last_name
from clearq_tui.parameters.source.reachable import Scope
from clearq_tui.parameters.source.shapes import shape_of
from clearq_tui.parameters.source.signatures import arguments_of, described_arguments

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def fire_interface(scopes: Sequence[Scope]) -> Interface:
    """What the functions and classes that fire calls describe."""
    for scope in scopes:
        for node in scope.nodes:
            if isinstance(node, ast.Call) and last_name(node.func) == "Fire":
                return _interface(scope.module, node.args[0] if node.args else None)
    return Interface()


def _interface(module: Module, component: ast.expr | None) -> Interface:
    found = list(_component(module, component, ()))
    paths = {one.spelling.path for one in found if one.spelling and one.spelling.path}
    return Interface(tuple(found), frozenset(paths | _bare_commands(module, component)))


def _component(module: Module, node: ast.expr | None, path: tuple[str, ...]) -> Iterator[Parameter]:
    if node is None:
        for name, definition in module.definitions.items():
            if isinstance(definition, _Function):
                yield from _signature(module, definition, (*path, name))
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield from _component(module, value, (*path, key.value))
    else:
        found = module.find_node(node)
        if found is not None and isinstance(found[1], _Function):
            yield from _signature(found[0], found[1], path)
        elif found is not None and isinstance(found[1], ast.ClassDef):
            yield from _class(found[0], found[1], path)


def _bare_commands(module: Module, component: ast.expr | None) -> set[tuple[str, ...]]:
    """Subcommands, those without parameters too."""
    if component is None:
        return {(name,) for name, one in module.definitions.items() if isinstance(one, _Function)}
    if isinstance(component, ast.Dict):
        return {(str(key.value),) for key in component.keys if isinstance(key, ast.Constant)}
    found = module.find_node(component)
    if found is not None and isinstance(found[1], ast.ClassDef):
        return {(one.name,) for one in _methods(found[1])}
    return set()


def _methods(node: ast.ClassDef) -> Iterator[_Function]:
    for statement in node.body:
        if isinstance(statement, _Function) and not statement.name.startswith("_"):
            yield statement


def _class(module: Module, node: ast.ClassDef, path: tuple[str, ...]) -> Iterator[Parameter]:
    for statement in node.body:
        if isinstance(statement, _Function) and statement.name == "__init__":
            yield from _signature(module, statement, path, bound=True)
    for method in _methods(node):
        yield from _signature(module, method, (*path, method.name), bound=True)


def _signature(
    module: Module, function: _Function, path: tuple[str, ...], *, bound: bool = False
) -> Iterator[Parameter]:
    described = described_arguments(function)
    for argument in arguments_of(function, bound=bound):
        if argument.is_rest:
            continue
        shape = shape_of(argument.annotation, module)
        default, is_known = default_of(argument.default, module)
        is_flag = shape.type == "bool" or default in {"true", "false"}
        target = f"--{argument.name}"
        dashed = f"--{argument.name.replace('_', '-')}"
        yield Parameter(
            target=target,
            name=target,
            kind=Kind.FLAG if is_flag else Kind.ARGUMENT,
            type="bool" if is_flag else shape.type,
            default=default,
            choices=shape.choices,
            help=described.get(argument.name, ""),
            value=default if is_known else None,
            origin=f"{module.path}:{argument.line}",
            spelling=Spelling(
                tuple(dict.fromkeys((target, dashed))),
                (f"--no{argument.name}",) if is_flag else (),
                "0" if is_flag else "1",
                joined=True,
                also_placed=True,
                path=path,
            ),
        )
