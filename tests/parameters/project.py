"""Small programs to look for parameters in."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Mapping

from clearq_tui.parameters import FilesInMemory, Parameter, find, render_task
from clearq_tui.parameters.rendering import Rendered


def files(contents: Mapping[str, str]) -> FilesInMemory:
    """Files by their paths."""
    return FilesInMemory({path: textwrap.dedent(text).encode() for path, text in contents.items()})


def found(
    command: str, project: FilesInMemory, environment: Mapping[str, str] | None = None
) -> dict[str, Parameter]:
    """What is found for a command, by target."""
    return dict(find(shlex.split(command), environment or {}, project).by_target)


def ran(command: str, project: FilesInMemory, overrides: Mapping[str, str]) -> Rendered:
    """What runs instead."""
    return render_task(shlex.split(command), {}, overrides, project)[0]


def line(command: str, project: FilesInMemory, overrides: Mapping[str, str]) -> str:
    """The command that runs instead."""
    return shlex.join(ran(command, project, overrides).command)
