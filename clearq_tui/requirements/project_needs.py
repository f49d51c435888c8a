"""What the projects in the tree need that are installed with a task.

They are installed by themselves, after everything that the lines name. So the lines must name what
they need, as far as that can be read without running their builds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.conditions import NEVER, both, condition_of, marker_of
from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.pip_format.flatten import Flattener
from clearq_tui.requirements.project_file import ProjectFile, has_table, read_project
from clearq_tui.requirements.requirements import Project
from clearq_tui.requirements.setup_files import needs_of_setup_cfg, needs_of_setup_py
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.uv.sources import lines_from_sources
from clearq_tui.requirements.wish import Wish

Need = tuple[str, Where]
"""A line of a requirements file, and where it comes from."""


def add_needs_of_projects(collected: Collected, tree: Tree) -> None:
    """Add what the collected projects need, and mark those that do not say.

    Raises:
        RequirementsError: a project's files are malformed, or it lacks an extra that is wanted.
    """
    done: set[Project] = set()
    while waiting := [project for project in collected.projects if project not in done]:
        for project in waiting:
            directory = tree.directory / project.path
            needs = _needs_of(directory, project.extras, tree)
            said = project if needs is not None else replace(project, says_needs=False)
            done.add(said)
            collected.projects = dict.fromkeys(
                said if each == project else each for each in collected.projects
            )
            flattener = Flattener(tree, collected, {}, directory)
            for line, where in needs or ():
                if wanted := _under(project.marker, line, where):
                    flattener.read_line(wanted, where)


def _needs_of(directory: Path, extras: tuple[str, ...], tree: Tree) -> list[Need] | None:
    """The lines that a project in a directory needs; None where only its build can tell."""
    path = directory / "pyproject.toml"
    project = read_project(path) if path.is_file() else None
    if project and has_table(project.file, "project"):
        if project.says_all_it_needs:
            return list(_of_project(project, extras, tree))
    elif project and has_table(project.file, "tool", "poetry"):
        return list(_of_poetry(project, extras))
    setup = directory / "setup.py"
    if setup.is_file():
        needs = needs_of_setup_py(setup)
    elif setup.with_name("setup.cfg").is_file():
        setup = setup.with_name("setup.cfg")
        needs = needs_of_setup_cfg(setup)
    else:
        return None
    if needs is None:
        return None
    return [(each.text, each.where) for each in needs.with_extras(extras, setup)]


def _of_project(project: ProjectFile, extras: tuple[str, ...], tree: Tree) -> Iterator[Need]:
    declared: list[Declared] = list(project.dependencies())
    for extra in extras:
        declared += project.of_extra(extra)
    for each in declared:
        for line in lines_from_sources(each, project.file, tree):
            yield line, each.where


def _of_poetry(project: ProjectFile, extras: tuple[str, ...]) -> Iterator[Need]:
    from clearq_tui.requirements.poetry.project import dependencies_of_project

    for each in dependencies_of_project(project, Wish(extras)):
        yield each.line(), each.where


def _under(marker: str, line: str, where: Where) -> str | None:
    """The line for the environments alone that want the project; None if it is for none of them."""
    if not marker:
        return line
    # An address may have a semicolon of its own.
    text, _, own = line.partition(" ;" if "://" in line else ";")
    condition = both(condition_of(marker, where), condition_of(own, where))
    return None if condition == NEVER else f"{text.strip()} ; {marker_of(condition)}"
