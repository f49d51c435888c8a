"""Distributions that the operator's environment has, as requirements for another machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.version import Version

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.imports.answers import Answer, Answers, Installed
from clearq_tui.requirements.imports.reach import Foreign
from clearq_tui.requirements.requirements import Project
from clearq_tui.requirements.tree import Tree


class InstalledReader:
    """Adds what is installed to a collection."""

    def __init__(self, tree: Tree, answers: Answers, collected: Collected) -> None:
        self._tree = tree
        self._answers = answers
        self._collected = collected
        self._added: set[str] = set()

    @property
    def is_used(self) -> bool:
        """Something was pinned to what the environment has."""
        return bool(self._added)

    def add(self, name: str, foreign: Foreign) -> None:
        """Require a distribution as it is installed here.

        Raises:
            RequirementsError: it was installed from a directory that does not travel.
        """
        if name in self._added:
            return
        self._added.add(name)
        installed = self._answers.installed[name]
        direct = installed.direct or {}
        if "dir_info" in direct and (place := _existing(direct)):
            self._add_project(place, direct, foreign)
            return
        self._collected.lines[_line(installed, direct)] = None

    def _add_project(self, place: Path, direct: Mapping[str, Any], foreign: Foreign) -> None:
        relative = self._tree.relative(place, foreign.where)
        editable = direct["dir_info"].get("editable") is True
        self._collected.projects[Project(relative, editable=editable)] = None

    def constrain(self) -> None:
        """Hold what the added ones need to the versions that are here, too."""
        for name, installed in sorted(self._answers.installed.items()):
            if name not in self._added and not installed.direct:
                self._collected.constraints[f"{installed.name}=={_public(installed)}"] = None

    def refuse_private(self, answer: Answer, foreign: Foreign) -> None:
        """Raise for a module that is here, but that no distribution brings.

        An index may have something quite different under its name.

        Raises:
            RequirementsError: it is such a module.
        """
        if answer.origin is None:
            return
        if any(answer.origin.is_relative_to(prefix) for prefix in self._answers.prefixes):
            return
        raise foreign.where.refusal(
            f"{foreign.module} is imported from {answer.origin}, which does not travel to the "
            "machine. Move it into the tree, or name the package to install with --package."
        )


def _existing(direct: Mapping[str, Any]) -> Path | None:
    """The directory that a distribution came from, if it is one of this laptop still.

    conda's packages name a directory of the machine that built them.
    """
    parts = urlsplit(direct["url"])
    place = Path(unquote(parts.path))
    return place if parts.scheme == "file" and place.is_dir() else None


def _line(installed: Installed, direct: Mapping[str, Any]) -> str:
    below = f"#subdirectory={direct['subdirectory']}" if direct.get("subdirectory") else ""
    if repository := direct.get("vcs_info"):
        url = f"{repository['vcs']}+{direct['url']}@{repository['commit_id']}"
        return f"{installed.name} @ {url}{below}"
    if "archive_info" in direct and not direct["url"].startswith("file:"):
        return f"{installed.name} @ {direct['url']}{below}"
    return f"{installed.name}=={_public(installed)}"


def _public(installed: Installed) -> str:
    """The version without a local part such as `+cu121`, which only a special index has."""
    return Version(installed.version).public
