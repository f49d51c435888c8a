"""Look for what a task needs of conda, in the order that an operator would expect."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clearq_tui.conda.packages import CondaPackages

if TYPE_CHECKING:
    from clearq_tui.requirements.tree import Tree

_LOCK = "conda-lock.yml"
_ENVIRONMENTS = ("environment.yml", "environment.yaml")
_EXPLICIT = ("explicit.txt", "spec-file.txt", "spec-list.txt")
_EXPLICIT_FOR = re.compile(r"conda-(?P<subdir>[a-z]+-[a-z0-9]+)\.lock\Z")


def find_conda_packages(directory: Path, *, top: Path | None = None) -> dict[str, object] | None:
    """The conda packages of a task that runs in `directory`, as JSON values; None: there are none.

    In the directory, then in each one above it up to `top`, the first of: `conda-lock.yml`;
    `conda-linux-64.lock` and its like; `environment.yml` or `.yaml`; `explicit.txt` or
    `spec-file.txt`, if they begin with @EXPLICIT.

    Raises:
        CondaError: what was found cannot be read.
        RequirementsError: a pip section names what the machine will not have.
    """
    from clearq_tui.requirements.tree import tree_around

    tree = tree_around(directory, top)
    found = next(filter(None, (_at(level, tree) for level in tree.levels())), None)
    return None if found is None else found.to_json()


def read_conda_packages(
    path: Path, directory: Path, *, top: Path | None = None
) -> dict[str, object]:
    """What one file says, by its name and its content; the task runs in `directory`.

    Raises:
        CondaError: it cannot be read.
        RequirementsError: a pip section names what the machine will not have.
    """
    from clearq_tui.requirements.tree import tree_around

    return _read(path, tree_around(directory, top)).to_json()


def _at(level: Path, tree: Tree) -> CondaPackages | None:
    from clearq_tui.conda.explicit_list import is_explicit_list

    if (level / _LOCK).is_file():
        return _read(level / _LOCK, tree)
    if for_platforms := sorted(one for one in level.iterdir() if _EXPLICIT_FOR.match(one.name)):
        return _joined([_read(path, tree) for path in for_platforms])
    for name in _ENVIRONMENTS:
        if (level / name).is_file():
            return _read(level / name, tree)
    for name in _EXPLICIT:
        if is_explicit_list(level / name):
            return _read(level / name, tree)
    return None


def _read(path: Path, tree: Tree) -> CondaPackages:
    from clearq_tui.conda.explicit_list import is_explicit_list, read_explicit_list

    if is_explicit_list(path):
        return read_explicit_list(path)
    if path.name.endswith(_LOCK):
        from clearq_tui.conda.conda_lock_file import read_conda_lock_file

        return read_conda_lock_file(path)
    from clearq_tui.conda.environment_file import read_environment_file

    return read_environment_file(path, tree)


def _joined(lists: list[CondaPackages]) -> CondaPackages:
    """Lists for a platform each, as one."""
    explicit = {subdir: urls for one in lists for subdir, urls in one.explicit.items()}
    return replace(lists[0], source=", ".join(one.source for one in lists), explicit=explicit)
