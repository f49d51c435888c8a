"""What an operator overrides, under the names that the parameters have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clearq_tui.model import Refused
from clearq_tui.parameters.config_text import Leaf, Tree
from clearq_tui.parameters.config_text.converting import converted
from clearq_tui.parameters.names import resolve
from clearq_tui.parameters.parameter import Found, Kind, Parameter
from clearq_tui.parameters.values import check_argument


def canonical(overrides: Mapping[str, str], found: Found) -> dict[str, str]:
    """The overrides under the parameters' own names; of two for the same one the later holds.

    Raises:
        Refused: a name does not exist, or cannot have its value.
    """
    named: dict[str, str] = {}
    for target, value in overrides.items():
        one = resolve(target, found)
        check_value(one, value)
        named.pop(one.target, None)
        named[one.target] = value
    return named


def check_value(one: Parameter, value: str) -> None:
    """Look whether the parameter can have this value.

    Raises:
        Refused: it cannot.
    """
    if "\0" in value:
        raise Refused(f"The value of {one.target} has a NUL byte in it.")
    if one.kind is Kind.CONFIG:
        present: Tree = [] if one.type == "list" else Leaf(one.type, one.value or "")
        converted(present, value, one.target)
    elif one.kind is not Kind.ENVIRONMENT:
        check_argument(one, value)


def with_overrides(
    found: Found, overrides: Mapping[str, str]
) -> tuple[tuple[Parameter, str | None], ...]:
    """The listed parameters, each with its override where it has one; added ones last."""
    known = found.by_target
    rows: list[tuple[Parameter, str | None]] = [
        (one, overrides.get(one.target))
        for one in found.parameters
        if one.listed or one.target in overrides
    ]
    rows += [
        (_added(target, found), value) for target, value in overrides.items() if target not in known
    ]
    return tuple(rows)


def _added(target: str, found: Found) -> Parameter:
    """A parameter that only its override names."""
    try:
        return replace(resolve(target, found), value=None)
    except Refused:
        return Parameter(target, target, Kind.ARGUMENT, origin="not found any more")
