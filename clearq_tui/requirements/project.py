"""Requirements of a project that has no lock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.pip_format.flatten import Flattener
from clearq_tui.requirements.project_file import ProjectFile, has_table, read_project
from clearq_tui.requirements.project_needs import add_needs_of_projects
from clearq_tui.requirements.python_wanted import checked_python, python_for
from clearq_tui.requirements.reading import read_text
from clearq_tui.requirements.requirements import Project, Requirements
from clearq_tui.requirements.setup_files import read_setup_cfg
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.uv.settings import settings_of_project
from clearq_tui.requirements.uv.sources import lines_from_sources
from clearq_tui.requirements.wish import Wish


def says_dependencies(path: Path, wish: Wish) -> bool:
    """Whether a pyproject.toml says what its project needs, rather than how tools behave.

    Raises:
        RequirementsError: it cannot be read.
    """
    project = read_project(path)
    return (
        project.declares_dependencies
        or has_table(project.file, "tool", "poetry", "dependencies")
        or bool(wish.extras and has_table(project.file, "project"))
        or bool(wish.groups and has_table(project.file, "dependency-groups"))
    )


def requirements_of_project(path: Path, tree: Tree, wish: Wish) -> Requirements:
    """What a pyproject.toml requires, and its project itself where that can be built.

    Raises:
        RequirementsError: it cannot be read, or has no such extra or group.
    """
    project = read_project(path)
    if has_table(project.file, "tool", "poetry") and not project.declares_dependencies:
        from clearq_tui.requirements.poetry.project import requirements_of_poetry_project

        return requirements_of_poetry_project(project, tree, wish)
    collected = Collected()
    flattener = Flattener(tree, collected, {}, path.parent)
    for setting in settings_of_project(path.parent):
        flattener.read_line(setting, project.file.where("[tool.uv"))
    for declared in _declared(project, wish):
        for line in lines_from_sources(declared, project.file, tree):
            flattener.read_line(line, declared.where)
    for text in project.file.texts(project.file.at("tool", "uv"), "constraint-dependencies"):
        collected.constraints[str(Declared(text, project.file.where(text)).requirement)] = None
    if project.is_package:
        add_project(collected, project, tree, wish)
    add_needs_of_projects(collected, tree)
    return collected.finished("pyproject.toml", python=python_of(project, tree))


def _declared(project: ProjectFile, wish: Wish) -> Iterator[Declared]:
    yield from project.dependencies()
    for extra in wish.extras:
        yield from project.of_extra(extra)
    for group in wish.groups:
        yield from project.of_group(group)


def add_project(collected: Collected, project: ProjectFile, tree: Tree, wish: Wish) -> None:
    """Have the project itself installed, so that what edits its files acts at once.

    Raises:
        RequirementsError: it lies outside of the tree.
    """
    where = project.file.where("[build-system]")
    place = tree.relative(project.file.path.parent, where)
    collected.projects[Project(place, wish.extras, editable=True)] = None


def python_of(project: ProjectFile, tree: Tree) -> str:
    """The versions of Python that a project runs on.

    Raises:
        RequirementsError: they are malformed, or `.python-version` says another.
    """
    required = project.required_python
    if required:
        required = checked_python(required, project.file.where("requires-python"))
    return python_for(tree, required, project.file.path)


def requirements_of_build(path: Path, tree: Tree, wish: Wish) -> Requirements | None:
    """A project that only its own build can say the requirements of; None when it has no build.

    Raises:
        RequirementsError: it cannot be read.
    """
    if path.name == "pyproject.toml":
        project = read_project(path)
        if not project.is_package or not _has_a_name(project):
            return None
        if wish.groups:
            return requirements_of_project(path, tree, wish)
        python = python_of(project, tree)
    elif path.name == "setup.cfg" and not _is_of_a_project(path):
        return None
    else:
        python = python_for(tree, _python_of_setup_cfg(path.with_name("setup.cfg")), path)
    Wish(groups=wish.groups).refuse(str(path))
    entry = Project(tree.relative(path.parent, Where(str(path))), wish.extras, editable=True)
    collected = Collected(projects={entry: None})
    add_needs_of_projects(collected, tree)
    return collected.finished(path.name, python=python)


def _has_a_name(project: ProjectFile) -> bool:
    """A build system alone is often there for linters, and what it would build has no name."""
    beside = ("setup.py", "setup.cfg")
    directory = project.file.path.parent
    return bool(project.name) or any((directory / name).is_file() for name in beside)


def _is_of_a_project(path: Path) -> bool:
    """Whether a setup.cfg describes a project, rather than how tools behave."""
    return "[metadata]" in read_text(path).splitlines()


def _python_of_setup_cfg(path: Path) -> str:
    said = read_setup_cfg(path).get("options", "python_requires", fallback="")
    return checked_python(said, Where(str(path))) if said else ""
