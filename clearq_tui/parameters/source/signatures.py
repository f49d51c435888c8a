"""What a function's signature says."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Argument:
    """One parameter of a function."""

    name: str
    annotation: ast.expr | None
    default: ast.expr | None
    """None where it must be given."""
    line: int
    is_rest: bool = False
    """It is `*args`."""


def arguments_of(
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, *, bound: bool = False
) -> list[Argument]:
    """The function's parameters, less `self` where it is `bound`."""
    declared = function.args
    plain = [*declared.posonlyargs, *declared.args]
    defaults: list[ast.expr | None] = [
        *([None] * (len(plain) - len(declared.defaults))),
        *declared.defaults,
    ]
    found = [
        Argument(one.arg, one.annotation, default, one.lineno)
        for one, default in zip(plain, defaults, strict=True)
    ]
    if bound and found:
        found = found[1:]
    if declared.vararg is not None:
        rest = declared.vararg
        found.append(Argument(rest.arg, rest.annotation, None, rest.lineno, is_rest=True))
    found += [
        Argument(one.arg, one.annotation, default, one.lineno)
        for one, default in zip(declared.kwonlyargs, declared.kw_defaults, strict=True)
    ]
    return found


def described_arguments(function: ast.AST) -> dict[str, str]:
    """What a docstring says of parameters, in Google's or Sphinx's way; nothing where it does not.

    Only the line with the name is read: enough for a hint beside a value.
    """
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {}
    found: dict[str, str] = {}
    for line in (ast.get_docstring(function) or "").splitlines():
        head, colon, text = line.strip().removeprefix(":param ").partition(":")
        name = head.partition("(")[0].strip()
        if colon and name.isidentifier() and text.strip():
            found.setdefault(name, text.strip())
    return found
