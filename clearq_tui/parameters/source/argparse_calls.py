"""Parameters of programs that use argparse: every `add_argument` that may run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from clearq_tui.parameters.parameter import Interface, Kind, Parameter, Spelling
from clearq_tui.parameters.source.argparse_parsers import Parsers
from clearq_tui.parameters.source.constants import (
    NotConstant,
    choices_of,
    constant,
    default_of,
    text_or_none,
)
from clearq_tui.parameters.source.modules import Module, last_name
from clearq_tui.parameters.source.reachable import Scope
from clearq_tui.parameters.source.shapes import shape_of

_FLAGS: Final = frozenset({"store_true", "store_false", "store_const", "append_const"})
_IGNORED: Final = frozenset({"help", "version"})
_REMAINDER: Final = frozenset({"REMAINDER", "PARSER"})


def argparse_interface(scopes: Sequence[Scope]) -> Interface:
    """What argparse's calls in these scopes describe."""
    parsers = Parsers(list(scopes))
    found: list[Parameter] = []
    defaults: dict[str, tuple[str | None, bool]] = {}
    for scope in scopes:
        for call in _calls(scope):
            name = last_name(call.func)
            if name == "add_argument":
                found += _arguments(scope, call, parsers)
            elif name == "set_defaults":
                for keyword in call.keywords:
                    if keyword.arg:
                        defaults[keyword.arg] = default_of(keyword.value, scope.module)
    joined = _with_off_switches(found)
    return Interface(
        tuple(_with_default(one, defaults) for one in joined),
        frozenset(parsers.subcommands),
        abbreviates=bool(joined),
    )


def _calls(scope: Scope) -> Iterator[ast.Call]:
    for node in scope.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node


def _arguments(scope: Scope, call: ast.Call, parsers: Parsers) -> list[Parameter]:
    names = [text_or_none(argument, scope.module) for argument in call.args]
    said = tuple(name for name in names if name)
    if not said or len(said) != len(names):
        return []
    parameter = _parameter(scope.module, call, said)
    if parameter is None or parameter.spelling is None:
        return []
    assert isinstance(call.func, ast.Attribute)
    holders = parsers.holders(scope, call.func.value)
    paths = [path for holder in holders for path in holder.paths] or [()]
    return [
        replace(parameter, spelling=replace(parameter.spelling, path=path))
        for path in dict.fromkeys(paths)
    ]


def _parameter(module: Module, call: ast.Call, names: tuple[str, ...]) -> Parameter | None:
    said = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    action = _action(said.get("action"), module)
    if action in _IGNORED:
        return None
    options = tuple(name for name in names if name.startswith("-"))
    longest = [name for name in options if name.startswith("--")]
    target = longest[0] if longest else names[0]
    spelling = _spelling(module, options, action, said)
    default, is_known = default_of(said.get("default"), module)
    if action in {"store_true", "store_false", "count"} and "default" not in said:
        default, is_known = ("0" if action == "count" else "false"), True
    if action == "store_false" and default is not None and is_known:
        default = "false"  # the flag is not given
    shape = shape_of(said.get("type"), module)
    is_flag = spelling.arity == "0"
    return Parameter(
        target=target,
        name=target,
        kind=Kind.FLAG if is_flag else Kind.ARGUMENT,
        type=("int" if action == "count" else "bool") if is_flag else shape.type or "str",
        default=default,
        choices=choices_of(said.get("choices"), module) or shape.choices,
        help=_help(said.get("help"), module),
        value=default if is_known else None,
        origin=module.origin(call),
        spelling=spelling,
    )


def _spelling(
    module: Module, options: tuple[str, ...], action: str, said: dict[str, ast.expr]
) -> Spelling:
    if action == "BooleanOptionalAction":
        off = tuple(f"--no-{name[2:]}" for name in options if name.startswith("--"))
        return Spelling(options, off, arity="0")
    if action in _FLAGS or action == "count":
        return Spelling(options, arity="0", counted=action == "count")
    arity = "1"
    if "nargs" in said:
        arity = _arity(said["nargs"], module)
    return Spelling(options, arity=arity, repeated=action in {"append", "extend"})


def _arity(node: ast.expr, module: Module) -> str:
    if last_name(node) in _REMAINDER:
        return "..."
    try:
        value = constant(node, module)
    except NotConstant:
        return "*"
    return str(value) if value in ("?", "*", "+", "...") or isinstance(value, int) else "1"


def _action(node: ast.expr | None, module: Module) -> str:
    return text_or_none(node, module) or (last_name(node) if node is not None else "")


def _help(node: ast.expr | None, module: Module) -> str:
    text = text_or_none(node, module) or ""
    return " ".join(text.replace("%(default)s", "…").split())


def _with_off_switches(found: Sequence[Parameter]) -> list[Parameter]:
    """`--x` and `--no-x` that are declared apart are one flag."""
    flags = {
        (one.target, one.spelling.path): one
        for one in found
        if one.kind is Kind.FLAG and one.spelling is not None
    }
    taken: set[tuple[str, tuple[str, ...]]] = set()
    joined: list[Parameter] = []
    for one in found:
        if one.kind is Kind.FLAG and one.spelling and one.target.startswith("--"):
            for off in (f"--no-{one.target[2:]}", f"--no_{one.target[2:]}"):
                if (off, one.spelling.path) in flags:
                    taken.add((off, one.spelling.path))
                    one = replace(  # noqa: PLW2901
                        one, spelling=replace(one.spelling, off=(*one.spelling.off, off))
                    )
        joined.append(one)
    return [one for one in joined if (one.target, one.spelling and one.spelling.path) not in taken]


def _with_default(one: Parameter, defaults: dict[str, tuple[str | None, bool]]) -> Parameter:
    default = defaults.get(one.target.lstrip("-").replace("-", "_"))
    if default is None:
        return one
    return replace(one, default=default[0], value=default[0] if default[1] else None)
