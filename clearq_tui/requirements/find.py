"""Look for what a task needs, in the order that an operator would expect."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from clearq_tui.requirements.requirements import Requirements
from clearq_tui.requirements.tree import Tree, tree_around
from clearq_tui.requirements.wish import Wish

_CONDA_FILES = ("environment.yml", "environment.yaml", "conda-lock.yml")


def find_requirements(
    directory: Path,
    *,
    top: Path | None = None,
    script: Path | None = None,
    chosen: tuple[str, ...] = (),
    requirements_file: Path | None = None,
    extras: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
) -> Requirements | None:
    """The Python packages of a task that runs in `directory`; None when nothing says any.

    The first of these that there is, alone: the task's own list (`chosen` and `requirements_file`);
    the inline metadata of `script`; in the directory, then in each one above it up to `top`:
    `uv.lock`, `pylock.toml`, `poetry.lock` beside its project, `pyproject.toml`, `poetry.lock`,
    `requirements*.txt`, `setup.cfg` or `setup.py`; the same beside the script; what the script
    imports, pinned to what the operator's own environment has.

    Args:
        directory: Where the command will run.
        top: Everything below it travels to the machine; `directory` itself when there is none.
        script: The Python file that will run, or a directory with a `__main__.py`.
        chosen: Lines as in a requirements file.
        requirements_file: Read instead of all that would be looked for.
        extras: Of the project, to be installed as well.
        groups: Dependency groups of the project, to be installed as well.

    Raises:
        RequirementsError: what was found cannot be read, is out of date, or names something that
            the machine will not have.
    """
    tree = tree_around(directory, top)
    wish = Wish(extras, groups)
    if chosen or requirements_file:
        from clearq_tui.requirements.own_list import requirements_of_list

        return requirements_of_list(tree, chosen, requirements_file, wish)
    program = _program(tree, script)
    return (
        _inline(tree, program, wish)
        or _nearest(tree, program, wish)
        or _imported(tree, program, wish)
        or _python_alone(tree)
    )


def has_conda_file(directory: Path, *, top: Path | None = None) -> bool:
    """Whether the directory, or one above it up to `top`, describes an environment of conda's.

    Raises:
        RequirementsError: there is no such directory.
    """
    levels = tree_around(directory, top).levels()
    return any((level / name).is_file() for level in levels for name in _CONDA_FILES)


def _program(tree: Tree, script: Path | None) -> Path | None:
    """The file of the script, or None when it is no Python file."""
    if script is None:
        return None
    path = tree.directory / script
    if path.is_dir():
        path /= "__main__.py"
    return path if path.is_file() else None


def _inline(tree: Tree, program: Path | None, wish: Wish) -> Requirements | None:
    if program is None:
        return None
    from clearq_tui.requirements.inline_script import requirements_of_script

    return requirements_of_script(tree, program, wish)


def _nearest(tree: Tree, program: Path | None, wish: Wish) -> Requirements | None:
    for level in _levels(tree, program):
        names = frozenset(entry.name for entry in os.scandir(level))
        from clearq_tui.requirements.sources import requirements_at

        found = requirements_at(level, names, tree, wish)
        if found is not None:
            return found
    return None


def _levels(tree: Tree, program: Path | None) -> Iterator[Path]:
    yield from tree.levels()
    if program is not None:
        seen = frozenset(tree.levels())
        for level in program.resolve().parents:
            if level in seen or not level.is_relative_to(tree.top):
                return
            yield level


def _imported(tree: Tree, program: Path | None, wish: Wish) -> Requirements | None:
    if program is None:
        return None
    from clearq_tui.requirements.imports.imported import imported_requirements

    wish.refuse(f"A script without a project ({program.name})")
    return imported_requirements(tree, program)


def _python_alone(tree: Tree) -> Requirements | None:
    from clearq_tui.requirements.python_wanted import python_of_tree

    python = python_of_tree(tree)
    return Requirements("python", python=python) if python else None
