"""The option by which an operator says how scalars are found in a log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from clearq_tui.scalars.patterns import BadPattern, check_pattern

_F = TypeVar("_F", bound=Callable[..., object])


def scalar_option(function: _F) -> _F:
    """Adds `--scalar NAME=REGEX`, which may be repeated; the argument `scalars` is a dict."""
    return click.option(
        "--scalar",
        "scalars",
        metavar="NAME=REGEX",
        multiple=True,
        callback=_parsed,
        help=r"Find a scalar in the log, as in loss='loss=(\S+)': one group around the number. "
        "May be repeated; the scalar `step` says to which step the others belong.",
    )(function)


def _parsed(
    _context: click.Context, _parameter: click.Parameter, said: tuple[str, ...]
) -> dict[str, str]:
    scalars: dict[str, str] = {}
    for one in said:
        name, equals, expression = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r} has no =; expected NAME=REGEX.")
        if name in scalars:
            raise click.BadParameter(f"the scalar {name!r} is said twice.")
        try:
            check_pattern(name, expression)
        except BadPattern as bad:
            raise click.BadParameter(str(bad)) from None
        scalars[name] = expression
    return scalars
