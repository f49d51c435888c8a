"""Parameters of programs that use typer: the signatures of their functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from clearq_tui.parameters.parameter import Interface, Kind, Parameter, Spelling
from clearq_tui.parameters.source.constants import default_of, text_or_none
from clearq_tui.parameters.source.modules import Code, Module, last_name
from clearq_tui.parameters.source.shapes import shape_of
from clearq_tui.parameters.source.signatures import Argument, arguments_of

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_CONTEXTS: Final = frozenset({"Context", "CallbackParam"})


@dataclass
class _App:
    """One `typer.Typer()`."""

    module: Module
    commands: list[tuple[str, Module, _Function]]
    callback: tuple[Module, _Function] | None = None
    children: list[tuple[str, str]] = field(default_factory=list)
    """Name, and the variable of the other app."""


def typer_interface(code: Code) -> Interface:
    """What typer's apps and `typer.run` describe."""
    found: list[Parameter] = []
    subcommands: set[tuple[str, ...]] = set()
    apps = _apps(code)
    inner = {variable for app in apps.values() for _, variable in app.children}
    for variable, app in apps.items():
        if variable not in inner:
            _describe(apps, app, (), found, subcommands)
    for module in code.modules:
        for node in module.nodes:
            if isinstance(node, ast.Call) and _is_run(node):
                function = module.find_node(node.args[0])
                if function is not None and isinstance(function[1], _Function):
                    found += _parameters(function[0], function[1], ())
    return Interface(tuple(found), frozenset(subcommands), takes_dashes=bool(found))


def _is_run(node: ast.Call) -> bool:
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "run"
        and last_name(node.func.value) == "typer"
        and bool(node.args)
    )


def _apps(code: Code) -> dict[str, _App]:
    apps: dict[str, _App] = {}
    for module in code.modules:
        for name, value in module.constants.items():
            if isinstance(value, ast.Call) and last_name(value.func) == "Typer":
                apps[name] = _App(module, [])
    for module in code.modules:
        for node in module.definitions.values():
            if not isinstance(node, ast.ClassDef):
                _register(apps, module, node)
        for call in module.nodes:
            if isinstance(call, ast.Call) and last_name(call.func) == "add_typer" and call.args:
                _add(apps, module, call)
    return apps


def _add(apps: dict[str, _App], module: Module, call: ast.Call) -> None:
    """`app.add_typer(other, name="other")`."""
    said = {one.arg: one.value for one in call.keywords}
    name = text_or_none(said.get("name"), module)
    if isinstance(call.func, ast.Attribute) and name:
        owner = apps.get(last_name(call.func.value))
        if owner is not None:
            owner.children.append((name, last_name(call.args[0])))


def _register(apps: dict[str, _App], module: Module, node: _Function) -> None:
    for decorator in node.decorator_list:
        if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)):
            continue
        app = apps.get(last_name(decorator.func.value))
        if app is None:
            continue
        if decorator.func.attr == "command":
            said = {one.arg: one.value for one in decorator.keywords}
            first = decorator.args[0] if decorator.args else said.get("name")
            name = text_or_none(first, module) or node.name.lower().replace("_", "-")
            app.commands.append((name, module, node))
        elif decorator.func.attr == "callback":
            app.callback = (module, node)


def _describe(
    apps: dict[str, _App],
    app: _App,
    path: tuple[str, ...],
    found: list[Parameter],
    subcommands: set[tuple[str, ...]],
) -> None:
    if app.callback is not None:
        found += _parameters(*app.callback, path)
    # One command alone is the program itself, unless a callback makes it a group.
    is_alone = len(app.commands) == 1 and not app.children and app.callback is None and not path
    for name, module, function in app.commands:
        place = path if is_alone else (*path, name)
        if not is_alone:
            subcommands.add(place)
        found += _parameters(module, function, place)
    for name, variable in app.children:
        if variable in apps and len(path) < 6:
            subcommands.add((*path, name))
            _describe(apps, apps[variable], (*path, name), found, subcommands)


def _parameters(module: Module, function: _Function, path: tuple[str, ...]) -> Iterator[Parameter]:
    for argument in arguments_of(function):
        if last_name(argument.annotation) not in _CONTEXTS if argument.annotation else True:
            yield _parameter(module, argument, path)


def _parameter(module: Module, argument: Argument, path: tuple[str, ...]) -> Parameter:
    shape = shape_of(argument.annotation, module)
    said, default_node = _declared(argument, shape.extras)
    is_argument = last_name(said.func) == "Argument" if said else argument.default is None
    default, is_known = default_of(default_node, module)
    keywords = {one.arg: one.value for one in said.keywords} if said else {}
    named = [text_or_none(one, module) or "" for one in (said.args if said else ())]
    spelling = _spelling(argument, named, shape.type == "bool", shape.arity, path)
    if is_argument:
        arity = shape.arity if shape.arity != "1" or default_node is None else "?"
        spelling = Spelling(arity=arity, path=path)
    is_flag = spelling.arity == "0"
    if is_flag and default is None:
        default, is_known = "false", True
    target = argument.name if is_argument else _longest(spelling.names)
    return Parameter(
        target=target,
        name=target,
        kind=Kind.FLAG if is_flag else Kind.ARGUMENT,
        type=shape.type or ("" if argument.annotation else "str"),
        default=default,
        choices=shape.choices,
        help=" ".join((text_or_none(keywords.get("help"), module) or "").split()),
        value=default if is_known else None,
        origin=f"{module.path}:{argument.line}",
        spelling=spelling,
    )


def _declared(
    argument: Argument, extras: tuple[ast.expr, ...]
) -> tuple[ast.Call | None, ast.expr | None]:
    """The `Option(…)` or `Argument(…)`, its names left in `args`, and the default's expression."""
    for node in (*extras, argument.default):
        if isinstance(node, ast.Call) and last_name(node.func) in {"Option", "Argument"}:
            if node is not argument.default:
                return node, argument.default
            first, names = (node.args[0], node.args[1:]) if node.args else (None, [])
            required = isinstance(first, ast.Constant) and first.value is ...
            bare = ast.Call(func=node.func, args=names, keywords=node.keywords)
            said = {one.arg: one.value for one in node.keywords}
            return bare, said.get("default") if first is None else None if required else first
    return None, argument.default


def _spelling(
    argument: Argument, named: list[str], is_bool: bool, arity: str, path: tuple[str, ...]
) -> Spelling:
    dashed = argument.name.replace("_", "-")
    on = [name.partition("/")[0].strip() for name in named if name.startswith("-")]
    off = [name.partition("/")[2].strip() for name in named if "/" in name]
    if not on:
        on = [f"--{dashed}"]
        off = [f"--no-{dashed}"] if is_bool else []
    if is_bool:
        return Spelling(tuple(on), tuple(off), "0", path=path)
    if arity == "*":
        return Spelling(tuple(on), repeated=True, path=path)
    return Spelling(tuple(on), arity=arity, path=path)


def _longest(names: tuple[str, ...]) -> str:
    return next((name for name in names if name.startswith("--")), names[0])
