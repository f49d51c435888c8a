"""Find the lock that a member of a workspace shares with the others."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from clearq_tui.requirements.reading import TomlFile, read_toml
from clearq_tui.requirements.tree import Tree


def lock_of_workspace(member: Path, tree: Tree) -> Path | None:
    """The `uv.lock` of the nearest workspace above that has `member`; None when none has.

    Raises:
        RequirementsError: a `pyproject.toml` on the way is not TOML.
    """
    for root in member.parents:
        if not root.is_relative_to(tree.top):
            return None
        lock, project = root / "uv.lock", root / "pyproject.toml"
        if lock.is_file() and project.is_file() and is_member(read_toml(project), member):
            return lock
    return None


def is_member(root: TomlFile, directory: Path) -> bool:
    """Whether a workspace's own file counts a directory below it among its members.

    Raises:
        RequirementsError: the file has something else where the members must be.
    """
    workspace = root.at("tool", "uv", "workspace")
    parts = directory.relative_to(root.path.parent).parts
    if any(_matches(pattern, parts) for pattern in root.texts(workspace, "exclude")):
        return False
    return any(_matches(pattern, parts) for pattern in root.texts(workspace, "members"))


def _matches(pattern: str, parts: tuple[str, ...]) -> bool:
    """Whether a pattern names the path; a star stops at slashes, two do not."""
    return _match_parts(tuple(part for part in pattern.split("/") if part not in {"", "."}), parts)


def _match_parts(patterns: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_match_parts(patterns[1:], parts[skip:]) for skip in range(len(parts) + 1))
    return (
        bool(parts) and fnmatchcase(parts[0], patterns[0]) and _match_parts(patterns[1:], parts[1:])
    )
