"""A project that declares its dependencies to Poetry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from packaging.utils import canonicalize_name

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.conditions import condition_of
from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.pip_format.flatten import Flattener
from clearq_tui.requirements.poetry.constraints import alternatives_of
from clearq_tui.requirements.poetry.dependencies import Dependency, dependencies_of
from clearq_tui.requirements.poetry.sources import options_of_sources
from clearq_tui.requirements.project_file import ProjectFile
from clearq_tui.requirements.project_needs import add_needs_of_projects
from clearq_tui.requirements.python_wanted import checked_python, python_for
from clearq_tui.requirements.reading import TomlFile
from clearq_tui.requirements.requirements import Project, Requirements
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.wish import Wish, refuse_unknown


def requirements_of_poetry_project(project: ProjectFile, tree: Tree, wish: Wish) -> Requirements:
    """What a project without a lock requires, and itself where it can be built.

    Raises:
        RequirementsError: something is malformed, or there is no such extra or group.
    """
    file = project.file
    collected = Collected()
    flattener = Flattener(tree, collected, {}, file.path.parent)
    for option in options_of_sources(file):
        flattener.read_line(option, file.where("[[tool.poetry.source"))
    for dependency in dependencies_of_project(project, wish):
        flattener.read_line(dependency.line(), dependency.where)
    if project.is_package:
        place = tree.relative(file.path.parent, file.where("[build-system]"))
        collected.projects[Project(place, wish.extras, editable=True)] = None
    said = file.at("tool", "poetry", "dependencies").get("python", "")
    python = python_of_constraint(str(said), file, tree)
    add_needs_of_projects(collected, tree)
    return collected.finished("pyproject.toml", python=python)


def python_of_constraint(constraint: str, file: TomlFile, tree: Tree) -> str:
    """Poetry's constraint on Python as specifiers; of several alternatives the last.

    Raises:
        RequirementsError: it is no constraint, or `.python-version` says another.
    """
    where = file.where("python", constraint)
    specifiers = alternatives_of(constraint or "*", where)[-1]
    return python_for(tree, checked_python(specifiers, where), file.path)


def dependencies_of_project(project: ProjectFile, wish: Wish) -> Iterator[Dependency]:
    """What the project needs directly, with the extras and groups that are wished for.

    Raises:
        RequirementsError: something is malformed, or there is no such extra or group.
    """
    yield from _main(project, wish)
    for group in wish.groups:
        yield from _group(project, group)


def _main(project: ProjectFile, wish: Wish) -> Iterator[Dependency]:
    file = project.file
    if project.declares_dependencies:
        for declared in project.dependencies():
            yield _of_standard(declared)
        for extra in wish.extras:
            for declared in project.of_extra(extra):
                yield _of_standard(declared)
        return
    wanted = _wanted_by_extras(file, wish)
    for dependency in dependencies_of(file, file.at("tool", "poetry", "dependencies")):
        if not dependency.is_optional or dependency.name in wanted:
            yield replace(dependency, is_optional=False)


def _wanted_by_extras(file: TomlFile, wish: Wish) -> frozenset[str]:
    extras = file.at("tool", "poetry", "extras")
    known = {canonicalize_name(name): name for name in extras}
    found: set[str] = set()
    for extra in wish.extras:
        wanted = canonicalize_name(extra)
        refuse_unknown("extra", wanted, known, str(file.path))
        found.update(map(canonicalize_name, file.texts(extras, known[wanted])))
    return frozenset(found)


def _group(project: ProjectFile, name: str) -> Iterator[Dependency]:
    file = project.file
    groups = _groups(file)
    standard = {canonicalize_name(each) for each in file.at("dependency-groups")}
    wanted = canonicalize_name(name)
    refuse_unknown("group", wanted, groups.keys() | standard, str(file.path))
    if wanted in groups:
        yield from dependencies_of(file, groups[wanted])
    if wanted in standard:
        for declared in project.of_group(name):
            yield _of_standard(declared)


def _groups(file: TomlFile) -> dict[str, Mapping[str, object]]:
    poetry = file.at("tool", "poetry")
    groups: dict[str, Mapping[str, object]] = {
        canonicalize_name(name): file.at("tool", "poetry", "group", name, "dependencies")
        for name in file.at("tool", "poetry", "group")
    }
    if "dev-dependencies" in poetry:
        groups.setdefault(canonicalize_name("dev"), file.at("tool", "poetry", "dev-dependencies"))
    return groups


def _of_standard(declared: Declared) -> Dependency:
    requirement = declared.requirement
    return Dependency(
        canonicalize_name(requirement.name),
        (str(requirement.specifier),),
        declared.where,
        extras=tuple(sorted(map(canonicalize_name, requirement.extras))),
        condition=condition_of(str(requirement.marker or ""), declared.where),
        place={"url": requirement.url} if requirement.url else {},
    )
