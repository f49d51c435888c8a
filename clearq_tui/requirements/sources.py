"""The files of one directory that say what a project needs, the most exact one first."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from clearq_tui.requirements.failure import RequirementsError
from clearq_tui.requirements.requirements import Requirements
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.wish import Wish

_FOR_OTHER_PURPOSES = ("build", "ci", "dev", "doc", "docs", "lint", "test", "tests", "typing")


def requirements_at(
    level: Path, names: Collection[str], tree: Tree, wish: Wish
) -> Requirements | None:
    """What one directory says; None when it says nothing of packages.

    Raises:
        RequirementsError: what it says cannot be read, or is ambiguous.
    """
    if "uv.lock" in names:
        return _uv(level / "uv.lock", level, tree, wish)
    if "pyproject.toml" in names and (lock := _lock_of_workspace(level, tree)):
        return _uv(lock, level, tree, wish)
    if "pylock.toml" in names:
        return requirements_of_file(level / "pylock.toml", tree, wish)
    # The lock of a project says more than the project itself.
    if "poetry.lock" in names:
        return requirements_of_file(level / "poetry.lock", tree, wish)
    if "pyproject.toml" in names and (found := _project(level, tree, wish)):
        return found
    if listed := _requirements_file(level, names):
        return requirements_of_file(listed, tree, wish)
    return _built_project(level, names, tree, wish)


def requirements_of_file(path: Path, tree: Tree, wish: Wish) -> Requirements:
    """What one file says, by its name; a name that says nothing is a requirements file's.

    Raises:
        RequirementsError: it cannot be read.
    """
    match path.name:
        case "uv.lock":
            return _uv(path, path.parent, tree, wish)
        case "poetry.lock":
            from clearq_tui.requirements.poetry.export import requirements_of_poetry

            return requirements_of_poetry(path, tree, wish)
        case "pyproject.toml":
            from clearq_tui.requirements.project import requirements_of_project

            return requirements_of_project(path, tree, wish)
        case name if name == "pylock.toml" or (
            name.startswith("pylock.") and name.endswith(".toml")
        ):
            from clearq_tui.requirements.pylock import requirements_of_pylock

            return requirements_of_pylock(path, tree, wish)
    from clearq_tui.requirements.own_list import requirements_of_text_file

    wish.refuse(str(path))
    return requirements_of_text_file(path, tree)


def _uv(lock: Path, level: Path, tree: Tree, wish: Wish) -> Requirements:
    from clearq_tui.requirements.uv.lock import requirements_of_uv

    return requirements_of_uv(lock, level, tree, wish)


def _lock_of_workspace(level: Path, tree: Tree) -> Path | None:
    if level == tree.top:
        return None
    from clearq_tui.requirements.uv.workspace import lock_of_workspace

    return lock_of_workspace(level, tree)


def _project(level: Path, tree: Tree, wish: Wish) -> Requirements | None:
    from clearq_tui.requirements.project import says_dependencies

    path = level / "pyproject.toml"
    return requirements_of_file(path, tree, wish) if says_dependencies(path, wish) else None


def _requirements_file(level: Path, names: Collection[str]) -> Path | None:
    """The requirements file of a directory: the plain name, else the only one that may be meant."""
    if "requirements.txt" in names:
        return level / "requirements.txt"
    found = sorted(
        name for name in names if name.startswith("requirements") and name.endswith(".txt")
    )
    likely = [name for name in found if not _is_for_other_purposes(name)]
    if len(likely) > 1:
        raise RequirementsError(
            f"{level} has {', '.join(likely)}; say which one with --requirements."
        )
    return level / likely[0] if likely else None


def _is_for_other_purposes(name: str) -> bool:
    words = name.removesuffix(".txt").removeprefix("requirements").strip("-_.").lower()
    return words in _FOR_OTHER_PURPOSES


def _built_project(
    level: Path, names: Collection[str], tree: Tree, wish: Wish
) -> Requirements | None:
    for name in ("pyproject.toml", "setup.py", "setup.cfg"):
        if name not in names:
            continue
        from clearq_tui.requirements.project import requirements_of_build

        if found := requirements_of_build(level / name, tree, wish):
            return found
    return None
