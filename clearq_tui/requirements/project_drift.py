"""Notice that a project was changed after it was locked, without resolving anything."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.project_file import ProjectFile
from clearq_tui.requirements.requirements import Requirements


def refuse_drift(
    project: ProjectFile,
    needs: Iterable[Declared],
    locked: Requirements,
    lock: Path,
    remedy: str,
) -> None:
    """Raise when a lock lacks what its project now needs on every machine.

    Only what is certain counts: requirements without a marker and without a source of uv's, by
    name, and by version where one is pinned.

    Raises:
        RequirementsError: the lock is older than the project; says the command that renews it.
    """
    versions = _pinned(locked)
    sources = {canonicalize_name(name) for name in project.file.at("tool", "uv", "sources")}
    replaced = project.file.at("tool", "uv").get("override-dependencies")
    for declared in needs:
        requirement = declared.requirement
        name = canonicalize_name(requirement.name)
        if requirement.marker or requirement.url or name in sources or replaced:
            continue
        if name not in versions:
            raise declared.where.refusal(
                f"{declared.text!r} is not in {lock.name}; run `{remedy}` to bring it up to date."
            )
        pinned = versions[name]
        if pinned and not any(requirement.specifier.contains(each, True) for each in pinned):
            raise declared.where.refusal(
                f"{declared.text!r} does not fit {lock.name}, which has {', '.join(pinned)}; "
                f"run `{remedy}` to bring it up to date."
            )


def _pinned(locked: Requirements) -> dict[str, list[str]]:
    """The versions of each package in the lock; none where it comes from a place."""
    found: dict[str, list[str]] = {}
    for line in locked.lines:
        try:
            requirement = Requirement(line.partition(" --")[0])
        except InvalidRequirement:
            continue  # a file in the tree
        versions = found.setdefault(canonicalize_name(requirement.name), [])
        versions += [
            each.version for each in requirement.specifier if each.operator in {"==", "==="}
        ]
    return found
