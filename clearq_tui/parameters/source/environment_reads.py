"""Environment variables that the program's own code reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from clearq_tui.parameters.parameter import Kind, Parameter
from clearq_tui.parameters.source.constants import default_of, text_or_none
from clearq_tui.parameters.source.modules import Module, last_name
from clearq_tui.parameters.source.reachable import Scope

_EXPANSION: Final = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*):?[-=](?P<default>[^}$`]*)\}")
_OWN: Final = "CLEARQ_"
"""What clearq itself tells a task is nothing to override."""


def environment_parameters(scopes: Sequence[Scope]) -> list[Parameter]:
    """`os.environ["SEED"]`, `os.environ.get("SEED", "1")`, `os.getenv("SEED")`."""
    found: dict[str, Parameter] = {}
    for scope in scopes:
        for node in scope.nodes:
            for name, default in _read(node, scope.module):
                known = found.get(name)
                if not name.startswith(_OWN) and (known is None or known.default is None):
                    found[name] = _parameter(scope.module, node, name, default)
    return list(found.values())


def variables_of_script(path: str, text: str) -> list[Parameter]:
    """`${SEED:-1}` of a shell script: variables that it has defaults for."""
    found: dict[str, Parameter] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for match in _EXPANSION.finditer(line):
            name, default = match["name"], match["default"].strip("\"'")
            found.setdefault(
                name,
                Parameter(
                    f"env:{name}", name, Kind.ENVIRONMENT, default=default, value=default,
                    origin=f"{path}:{number}",
                ),
            )  # fmt: skip
    return [one for one in found.values() if not one.name.startswith(_OWN)]


def _read(node: ast.AST, module: Module) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(node, ast.Subscript) and last_name(node.value) == "environ":
        name = text_or_none(node.slice, module)
        if isinstance(node.ctx, ast.Load) and name:
            yield name, None
    elif isinstance(node, ast.Call) and node.args and _is_read(node.func):
        name = text_or_none(node.args[0], module)
        if name:
            yield name, node.args[1] if len(node.args) > 1 else None


def _is_read(function: ast.expr) -> bool:
    """`os.getenv`, `os.environ.get` and the like."""
    name = last_name(function)
    owner = function.value if isinstance(function, ast.Attribute) else None
    of_environ = owner is not None and last_name(owner) == "environ"
    return name == "getenv" or (of_environ and name in {"get", "setdefault"})


def _parameter(
    module: Module, node: ast.AST, name: str, default_node: ast.expr | None
) -> Parameter:
    default, is_known = default_of(default_node, module)
    return Parameter(
        target=f"env:{name}",
        name=name,
        kind=Kind.ENVIRONMENT,
        default=default,
        value=default if is_known else None,
        origin=module.origin(node),
    )
