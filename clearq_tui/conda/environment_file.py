"""`environment.yml`, as conda, mamba and micromamba read it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from clearq_tui.conda.channels import absolute_channel, refuse_credentials
from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.packages import CondaPackages
from clearq_tui.conda.yaml_file import read_mapping

if TYPE_CHECKING:
    from clearq_tui.requirements.tree import Tree

_NO_DEFAULTS = "nodefaults"


def read_environment_file(path: Path, tree: Tree) -> CondaPackages:
    """What the file asks for; its `name` and `prefix` mean nothing elsewhere and are left out.

    Raises:
        CondaError: it cannot be read, a field is not what conda expects, or there is a password.
        RequirementsError: its pip section names what the machine will not have.
    """
    said = read_mapping(path)
    channels = _texts(path, "channels", said.get("channels"))
    specs, pip = _dependencies(path, said.get("dependencies"))
    for place in (*channels, *(spec.partition("::")[0] for spec in specs)):
        refuse_credentials(place)
    return CondaPackages(
        source=path.name,
        channels=tuple(
            absolute_channel(channel, path.parent)
            for channel in channels
            if channel != _NO_DEFAULTS
        ),
        own_channels=_NO_DEFAULTS not in channels,
        specs=specs,
        variables=_variables(path, said.get("variables")),
        pip=_pip_section(path, pip, tree) if pip else None,
    )


def _dependencies(path: Path, said: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The conda packages, and the lines of the pip section."""
    if not isinstance(said or [], list):
        raise CondaError(f"{path}: 'dependencies' must be a list.")
    specs: list[str] = []
    pip: list[str] = []
    for item in said if isinstance(said, list) else ():
        if isinstance(item, Mapping) and set(item) == {"pip"}:
            pip += _texts(path, "pip", item["pip"])
        elif isinstance(item, str) and item.strip():
            specs.append(item.strip())
        else:
            raise CondaError(
                f"{path}: {item!r:.100} under 'dependencies' is neither a conda package,"
                " such as numpy=1.26, nor a 'pip:' list."
            )
    return tuple(specs), tuple(pip)


def _pip_section(path: Path, lines: tuple[str, ...], tree: Tree) -> dict[str, object]:
    """The lines as Python packages: they are then installed just as in the mode venv."""
    from clearq_tui.requirements.collected import Collected
    from clearq_tui.requirements.failure import Where
    from clearq_tui.requirements.pip_format.flatten import Flattener
    from clearq_tui.requirements.project_needs import add_needs_of_projects

    flattener = Flattener(tree, Collected(), os.environ, path.parent)
    for line in lines:
        flattener.read_line(line, Where(f"{path}, under 'pip': {line!r}"))
    add_needs_of_projects(flattener.collected, tree)
    return flattener.collected.finished(path.name).to_json()


def _texts(path: Path, name: str, said: object) -> tuple[str, ...]:
    if said is None:
        return ()
    if isinstance(said, str):
        said = [said]
    if not isinstance(said, list) or not all(isinstance(item, str) for item in said):
        raise CondaError(f"{path}: {name!r} must be a list of texts.")
    return tuple(item.strip() for item in said if item.strip())


def _variables(path: Path, said: object) -> dict[str, str]:
    """Numbers and truth values are written out as conda does it."""
    if said is None:
        return {}
    if not isinstance(said, Mapping) or any(
        isinstance(value, Mapping | list) or not name or "=" in str(name)
        for name, value in said.items()
    ):
        raise CondaError(f"{path}: 'variables' must hold names, each with one value.")
    return {str(name): "" if value is None else str(value) for name, value in said.items()}
