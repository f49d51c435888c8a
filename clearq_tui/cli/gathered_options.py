"""Several options that belong together, given to a command as one argument."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps
from typing import Any

Function = Callable[..., None]
Option = Callable[[Function], Function]


def gathered(options: Sequence[Option], into: type[Any], name: str) -> Option:
    """A decorator that gives a command the options, and their values as its argument `name`.

    `into` is a dataclass with a field for each option.
    """
    gathers = [field.name for field in fields(into)]

    def decorate(function: Function) -> Function:
        @wraps(function)
        def with_one_argument(**arguments: object) -> None:
            said = {field: arguments.pop(field) for field in gathers}
            function(**{name: into(**said)}, **arguments)

        decorated: Function = with_one_argument
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate
