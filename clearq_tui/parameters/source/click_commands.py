"""Parameters of programs that use click: decorators of commands, in groups or not."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clearq_tui.parameters.parameter import Interface, Kind, Parameter, Spelling
from clearq_tui.parameters.source.constants import (
    NotConstant,
    choices_of,
    constant,
    default_of,
    text_or_none,
)
from clearq_tui.parameters.source.modules import Code, Module, last_name
from clearq_tui.parameters.source.shapes import shape_of

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_DEEPEST: Final = 8
_RANGES: Final = {"IntRange": "int", "FloatRange": "float", "Path": "path", "File": "path",
                  "DateTime": "datetime"}  # fmt: skip
_SUFFIXES: Final = ("-command", "-cmd", "-group", "-grp")
"""What click takes off a function's name when it makes a command's name of it."""


@dataclass(frozen=True)
class _Command:
    """A function that click's decorators made a command or a group of."""

    module: Module
    node: _Function
    name: str
    parent: ast.AST | None
    """The group's function; None for a program of its own."""


def click_interface(code: Code, called: Collection[ast.AST]) -> Interface:
    """What click's decorators describe; `called` are the functions that are named somewhere."""
    commands = {command.node: command for command in _commands(code)}
    parents = {node: command.parent for node, command in commands.items()} | _added(code)
    found: list[Parameter] = []
    subcommands: set[tuple[str, ...]] = set()
    for node, command in commands.items():
        path = _path(node, parents, commands)
        if not path and node not in called:
            continue  # a program of its own, in a module that is only imported
        if path:
            subcommands.add(path)
        found += _parameters(command, path)
    return Interface(tuple(found), frozenset(subcommands), takes_dashes=bool(found))


def _commands(code: Code) -> Iterator[_Command]:
    for module in code.modules:
        for node in module.definitions.values():
            if isinstance(node, ast.ClassDef):
                continue
            for decorator in node.decorator_list:
                if found := _command(module, node, decorator):
                    yield found
                    break


def _command(module: Module, node: _Function, decorator: ast.expr) -> _Command | None:
    """What `@click.command()`, `@main.command("train")` or `@click.group()` makes."""
    call = decorator if isinstance(decorator, ast.Call) else None
    function = call.func if call else decorator
    kind = last_name(function)
    if kind not in {"command", "group"}:
        return None
    owner = function.value if isinstance(function, ast.Attribute) else None
    if owner is None or last_name(owner) in {"click", "rich_click", "cloup"}:
        return _Command(module, node, _command_name(module, node, call), None)
    group = module.find_node(owner)
    if group is None or not isinstance(group[1], _Function):
        return None
    return _Command(module, node, _command_name(module, node, call), group[1])


def _command_name(module: Module, node: _Function, call: ast.Call | None) -> str:
    said = {keyword.arg: keyword.value for keyword in call.keywords} if call else {}
    first = call.args[0] if call and call.args else said.get("name")
    if name := text_or_none(first, module):
        return name
    name = node.name.lower().replace("_", "-")
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix) or name
    return name


def _added(code: Code) -> dict[_Function, ast.AST]:
    """`main.add_command(train)`: which group a command was put into."""
    found: dict[_Function, ast.AST] = {}
    for module in code.modules:
        for node in module.nodes:
            if not (isinstance(node, ast.Call) and node.args):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr == "add_command":
                group = module.find_node(node.func.value)
                target = module.find_node(node.args[0])
                if group is not None and target is not None and isinstance(target[1], _Function):
                    found[target[1]] = group[1]
    return found


def _path(
    node: _Function,
    parents: Mapping[_Function, ast.AST | None],
    commands: Mapping[_Function, _Command],
) -> tuple[str, ...]:
    path: list[str] = []
    present: ast.AST | None = node
    while isinstance(present, _Function) and present in commands and len(path) < _DEEPEST:
        if parents.get(present) is None:
            break
        path.append(commands[present].name)
        present = parents[present]
    return tuple(reversed(path))


def _parameters(command: _Command, path: tuple[str, ...]) -> Iterator[Parameter]:
    for decorator in command.node.decorator_list:
        call, module = _resolved(decorator, command.module)
        if call is None:
            continue
        kind = last_name(call.func)
        names = [name for one in call.args if (name := text_or_none(one, module))]
        if kind in {"option", "argument"} and names:
            yield _parameter(module, call, names, path, is_option=kind == "option")


def _resolved(decorator: ast.expr, module: Module) -> tuple[ast.Call | None, Module]:
    """The call of a decorator, also where it is kept in a variable and used several times."""
    if isinstance(decorator, ast.Call):
        return decorator, module
    found = module.find_node(decorator)
    if found is not None and isinstance(found[1], ast.Call):
        return found[1], found[0]
    return None, module


def _parameter(
    module: Module, call: ast.Call, names: Sequence[str], path: tuple[str, ...], *, is_option: bool
) -> Parameter:
    said = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    default, is_known = default_of(said.get("default"), module)
    kind, choices = _type(said.get("type"), module)
    if not is_option:
        spelling = Spelling(arity=_argument_arity(said, module), path=path)
        target = names[0]
    else:
        spelling = _option(module, names, said, path, is_bool=kind == "bool" or _is_bool(said))
        longest = [name for name in spelling.names if name.startswith("--")]
        target = longest[0] if longest else spelling.names[0]
    is_flag = spelling.arity == "0"
    if is_flag and default is None:
        default, is_known = ("0" if spelling.counted else "false"), True
    return Parameter(
        target=target,
        name=target,
        kind=Kind.FLAG if is_flag else Kind.ARGUMENT,
        type="bool" if is_flag and not spelling.counted else kind or _type_of(said, default),
        default=default,
        choices=choices,
        help=" ".join((text_or_none(said.get("help"), module) or "").split()),
        value=default if is_known else None,
        origin=module.origin(call),
        spelling=spelling,
    )


def _option(
    module: Module,
    names: Sequence[str],
    said: dict[str, ast.expr],
    path: tuple[str, ...],
    *,
    is_bool: bool,
) -> Spelling:
    on: list[str] = []
    off: list[str] = []
    for name in names:
        if not name.startswith("-"):
            continue  # the name of the function's parameter
        yes, slash, no = name.partition("/")
        on.append(yes.strip())
        if slash:
            off.append(no.strip())
    counted = _is_true(said.get("count"), module)
    is_flag = (
        bool(off)
        or counted
        or _is_true(said.get("is_flag"), module)
        or "flag_value" in said
        or (is_bool and "type" not in said and "is_flag" not in said)
    )
    arity = "0" if is_flag else _count(said.get("nargs"), module)
    repeated = _is_true(said.get("multiple"), module)
    return Spelling(tuple(on) or tuple(off), tuple(off), arity, repeated, counted, path=path)


def _argument_arity(said: dict[str, ast.expr], module: Module) -> str:
    arity = _count(said.get("nargs"), module)
    if arity == "-1":
        is_rest = last_name(said["type"]) == "UNPROCESSED" if "type" in said else False
        return "..." if is_rest else "*"
    is_optional = "default" in said or (
        "required" in said and not _is_true(said["required"], module)
    )
    return "?" if is_optional and arity == "1" else arity


def _type(node: ast.expr | None, module: Module) -> tuple[str, tuple[str, ...]]:
    if isinstance(node, ast.Call):
        name = last_name(node.func)
        if name == "Choice" and node.args:
            return "str", choices_of(node.args[0], module)
        return _RANGES.get(name, ""), ()
    if last_name(node) in _RANGES if node is not None else False:
        return _RANGES[last_name(node)] if node is not None else "", ()
    shape = shape_of(node, module)
    return shape.type, shape.choices


def _type_of(said: dict[str, ast.expr], default: str | None) -> str:
    """click takes the type of the default where none is said."""
    node = said.get("default")
    if default is None or not isinstance(node, ast.Constant):
        return "" if "default" in said else "str"
    return type(node.value).__name__


def _is_bool(said: dict[str, ast.expr]) -> bool:
    node = said.get("default")
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _is_true(node: ast.expr | None, module: Module) -> bool:
    try:
        return node is not None and bool(constant(node, module))
    except NotConstant:
        return False


def _count(node: ast.expr | None, module: Module) -> str:
    if node is None:
        return "1"
    try:
        value = constant(node, module)
    except NotConstant:
        return "1"
    return str(value) if isinstance(value, int) else "1"
