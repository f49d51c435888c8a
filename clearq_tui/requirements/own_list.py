"""The task's own list of packages, and requirements files."""

from __future__ import annotations

import os
from pathlib import Path

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.failure import RequirementsError, Where
from clearq_tui.requirements.pip_format.flatten import Flattener
from clearq_tui.requirements.project_needs import add_needs_of_projects
from clearq_tui.requirements.python_wanted import python_of_tree
from clearq_tui.requirements.requirements import Requirements
from clearq_tui.requirements.sources import requirements_of_file
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.wish import Wish


def requirements_of_list(
    tree: Tree, chosen: tuple[str, ...], file: Path | None, wish: Wish
) -> Requirements:
    """What the operator named for this task, and nothing else.

    Raises:
        RequirementsError: it cannot be read.
    """
    path = tree.directory / file if file else None
    if path and not path.is_file():
        raise RequirementsError(f"There is no file {str(path)!r}.")
    if path and not chosen:
        return requirements_of_file(path, tree, wish)
    wish.refuse("The task's own list of packages")
    collected = Collected()
    flattener = Flattener(tree, collected, os.environ, tree.directory)
    for line in chosen:
        flattener.read_line(line, Where(f"--package {line!r}"))
    if path:
        flattener.read_file(path)
    add_needs_of_projects(collected, tree)
    return collected.finished("list", python=python_of_tree(tree), locked=_is_locked(flattener))


def requirements_of_text_file(path: Path, tree: Tree) -> Requirements:
    """What a requirements file says.

    Raises:
        RequirementsError: it cannot be read.
    """
    collected = Collected()
    start = path.parent if path.parent in tree.levels() else tree.directory
    flattener = Flattener(tree, collected, os.environ, start)
    flattener.read_file(path)
    add_needs_of_projects(collected, tree)
    return collected.finished(path.name, python=python_of_tree(tree), locked=_is_locked(flattener))


def _is_locked(flattener: Flattener) -> bool:
    """pip accepts hashes only where every requirement, needed directly or not, has them."""
    return flattener.hashed and bool(flattener.collected.lines)
