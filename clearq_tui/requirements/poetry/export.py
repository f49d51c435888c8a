"""`poetry.lock`, written out as lines of a requirements file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.conditions import (
    NEVER,
    Comparison,
    Condition,
    decided,
    marker_of,
)
from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.failure import RequirementsError
from clearq_tui.requirements.local_places import as_path
from clearq_tui.requirements.pip_format.flatten import Flattener
from clearq_tui.requirements.poetry.dependencies import Dependency
from clearq_tui.requirements.poetry.lock_file import (
    LockedPackage,
    PoetryLock,
    condition_in,
    read_poetry_lock,
)
from clearq_tui.requirements.poetry.project import dependencies_of_project, python_of_constraint
from clearq_tui.requirements.poetry.sources import options_of_sources
from clearq_tui.requirements.poetry.walk import conditions_of_packages
from clearq_tui.requirements.project_drift import refuse_drift
from clearq_tui.requirements.project_file import ProjectFile, read_project
from clearq_tui.requirements.requirements import Project, Requirements
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.wish import Wish, refuse_unknown


def requirements_of_poetry(path: Path, tree: Tree, wish: Wish) -> Requirements:
    """What a lock says, for the project beside it, and that project where it can be built.

    Raises:
        RequirementsError: the lock or its project cannot be read, or the lock is out of date.
    """
    beside = path.with_name("pyproject.toml")
    if not beside.is_file():
        raise RequirementsError(f"{path} has no pyproject.toml beside it to say what it locks.")
    project, lock = read_project(beside), read_poetry_lock(path)
    roots = list(dependencies_of_project(project, wish))
    is_said = lock.says_conditions
    conditions = _said(lock, wish) if is_said else conditions_of_packages(lock, roots)
    collected = Collected()
    flattener = Flattener(tree, collected, {}, path.parent)
    for option in _options(project, lock):
        flattener.read_line(option, project.file.where("[[tool.poetry.source"))
    for package in lock.packages:
        condition = conditions.get(package, NEVER)
        if condition != NEVER:
            where = lock.file.where(f'"{package.name}"')
            flattener.read_line(line_of(package, condition), where)
    if project.is_package:
        place = tree.relative(path.parent, project.file.where("[build-system]"))
        collected.projects[Project(place, wish.extras, editable=True)] = None
    python = python_of_constraint(lock.python, lock.file, tree)
    found = collected.finished("poetry.lock", python=python, locked=True)
    refuse_drift(project, _comparable(roots), found, path, "poetry lock")
    return found


def _said(lock: PoetryLock, wish: Wish) -> Mapping[LockedPackage, Condition]:
    """When each package is needed, by the lock's own words."""
    extras = frozenset(map(canonicalize_name, wish.extras))
    for extra in extras:
        refuse_unknown("extra", extra, lock.extras, str(lock.file.path))
    groups = frozenset({"main", *map(canonicalize_name, wish.groups)})

    def decide(comparison: Comparison) -> bool | None:
        if comparison.left != "extra":
            return None
        is_wanted = canonicalize_name(comparison.right.strip("'")) in extras
        return is_wanted == (comparison.operator == "==")

    return {package: decided(condition_in(package, groups), decide) for package in lock.packages}


def line_of(package: LockedPackage, condition: Condition) -> str:
    """One locked package as a line, with its hashes where it comes from an index."""
    text = _text(package)
    marker = marker_of(condition)
    hashes = () if package.source.get("type") in {"git", "directory"} else package.hashes
    return " ".join(
        [f"{text} ; {marker}" if marker else text, *(f"--hash={each}" for each in hashes)]
    )


def _text(package: LockedPackage) -> str:
    source = package.source
    url = source.get("url", "")
    below = f"#subdirectory={source['subdirectory']}" if source.get("subdirectory") else ""
    match source.get("type"):
        case "git":
            commit = source.get("resolved_reference") or source.get("reference", "")
            return f"{package.name} @ git+{url}@{commit}{below}"
        case "url":
            return f"{package.name} @ {url}{below}"
        case "directory":
            return f"{'-e ' if package.is_editable else ''}{as_path(url)}"
        case "file":
            return as_path(url)
    return f"{package.name}=={package.version}"


def _options(project: ProjectFile, lock: PoetryLock) -> Iterator[str]:
    said = list(options_of_sources(project.file))
    yield from said
    for package in lock.packages:
        url = package.source.get("url", "")
        if package.source.get("type") == "legacy" and not any(url in option for option in said):
            said.append(f"--extra-index-url {url}")
            yield said[-1]


def _comparable(roots: list[Dependency]) -> Iterator[Declared]:
    for root in roots:
        if not root.place and len(root.versions) == 1:
            yield Declared(root.line(), root.where)
