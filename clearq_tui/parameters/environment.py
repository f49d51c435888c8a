"""The environment variables of a task: those that it sets, and those that its code reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from clearq_tui.parameters.command_line import SimpleCommand
from clearq_tui.parameters.parameter import Kind, Parameter
from clearq_tui.parameters.shell_line import setting_of


def environment_parameters(
    environment: Mapping[str, str],
    commands: Sequence[SimpleCommand],
    read: Iterable[Parameter],
) -> list[Parameter]:
    """The variables, those that the task sets first; `read` are those that the code reads."""
    set_here = dict(environment)
    origins = dict.fromkeys(environment, "environment")
    for name, value in _in_command(commands).items():
        set_here[name] = value
        origins[name] = "command"
    known = {one.name: one for one in read}
    found: list[Parameter] = []
    for name, value in set_here.items():
        one = known.pop(name, Parameter(f"env:{name}", name, Kind.ENVIRONMENT))
        origin = one.origin or origins[name]
        found.append(replace(one, value=value, given=True, origin=origin))
    return [*found, *known.values()]


def _in_command(commands: Sequence[SimpleCommand]) -> dict[str, str]:
    """What the command itself sets: `SEED=1 python train.py`."""
    found: dict[str, str] = {}
    for command in commands:
        for name, number in command.settings.items():
            setting = setting_of(command.words[number])
            if setting is not None:
                found[name] = setting[1]
    return found
