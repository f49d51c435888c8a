"""The option by which an operator sets parameters of a task without touching its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import click

from clearq_tui.cli.session import Session
from clearq_tui.model import NewTask, Refused

_F = TypeVar("_F", bound=Callable[..., object])


def set_option(function: _F) -> _F:
    """Adds `--set NAME=VALUE`, which may be repeated; the argument `overrides` is a dict."""
    return click.option(
        "--set",
        "overrides",
        metavar="NAME=VALUE",
        multiple=True,
        callback=_parsed,
        help="Run with another value of a parameter: lr=0.2 (an argument of the program), "
        "model.depth=4 (of hydra), config.yaml:model.depth=4 (a file of the code), env:SEED=7. "
        "`clearq task parameters` lists them. May be repeated.",
    )(function)


def overridden(session: Session, new: NewTask, overrides: Mapping[str, str]) -> NewTask:
    """The task with these overrides besides its own, checked against its code.

    Raises:
        Refused: a name does not exist, or cannot have its value.
        CaptureError: the code is gone.
    """
    if not (overrides or new.overrides):
        return new
    from clearq_tui.operations.parameters import with_overrides

    return with_overrides(new, overrides, session.home)


def _parsed(
    _context: click.Context, _parameter: click.Parameter, said: tuple[str, ...]
) -> dict[str, str]:
    if not said:
        return {}
    from clearq_tui.parameters import read_setting

    overrides: dict[str, str] = {}
    for one in said:
        try:
            target, value = read_setting(one)
        except Refused as error:
            raise click.BadParameter(str(error)) from None
        if target in overrides:
            raise click.BadParameter(f"{target!r} is said twice.")
        overrides[target] = value
    return overrides
