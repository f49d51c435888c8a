"""Add one requirement, however it is written, to those that were collected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.local_places import LocalPlace, as_local_place
from clearq_tui.requirements.requirements import Project
from clearq_tui.requirements.tree import Tree

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|(git|hg|svn|bzr)\+")
_EGG = re.compile(r"(?P<before>[#&])egg=(?P<name>[A-Za-z0-9._-]+)(?P<extras>\[[^\]]*\])?(&|$)")
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True)
class Entry:
    """A requirement as the operator wrote it."""

    text: str
    hashes: tuple[str, ...] = ()
    """Each as `sha256:…`."""
    settings: tuple[str, ...] = ()
    """Further options of this requirement's own, such as `--config-settings=…`."""
    editable: bool = False
    is_constraint: bool = False


@dataclass(frozen=True)
class EntryReader:
    """Turns entries into lines and projects that mean the same on the machine."""

    tree: Tree
    collected: Collected

    def add(self, entry: Entry, where: Where, bases: Sequence[Path]) -> None:
        """Add a requirement; a relative path starts at the first of `bases` that has it.

        Raises:
            RequirementsError: it is no requirement, or names something outside of the tree.
        """
        place = as_local_place(entry.text)
        if place is None:
            line = _line_of(_remote(entry, where), entry)
        elif entry.is_constraint:
            raise where.refusal(f"{entry.text!r} is a path, which cannot be a constraint.")
        else:
            path = _found(place, where, bases)
            if path.is_dir():
                self._add_project(path, place, entry, where)
                return
            line = _line_of(self._file(path, place, entry, where), entry)
        into = self.collected.constraints if entry.is_constraint else self.collected.lines
        into[line] = None

    def _add_project(self, path: Path, place: LocalPlace, entry: Entry, where: Where) -> None:
        relative = self.tree.relative(path, where)
        project = Project(relative, place.extras, entry.editable, place.marker)
        self.collected.projects[project] = None

    def _file(self, path: Path, place: LocalPlace, entry: Entry, where: Where) -> str:
        if entry.editable:
            raise where.refusal(f"{entry.text!r} is a file; only a directory can be editable.")
        relative = self.tree.relative(path, where)
        text = relative if relative.startswith("../") else f"./{relative}"
        extras = f"[{','.join(place.extras)}]" if place.extras else ""
        return f"{text}{extras}" + (f" ; {place.marker}" if place.marker else "")


def _found(place: LocalPlace, where: Where, bases: Sequence[Path]) -> Path:
    """What is meant by a relative path; a directory must hold a project to be meant."""
    candidates = [base / place.path for base in bases]
    for candidate in candidates:
        if candidate.is_file() or any((candidate / name).is_file() for name in _PROJECT_FILES):
            return candidate
    for candidate in candidates:
        if candidate.is_dir():
            raise where.refusal(
                f"the directory {str(candidate)!r} has neither pyproject.toml nor setup.py, "
                "so it cannot be installed."
            )
    raise where.refusal(f"there is no file or directory {str(candidates[0])!r}.")


def _remote(entry: Entry, where: Where) -> str:
    text = entry.text
    if "git+file:" in text:
        raise where.refusal(
            f"{text!r} is a repository on this laptop, which the machine does not have."
        )
    if _URL.match(text):
        return _named_url(text)
    if entry.editable:
        raise where.refusal(f"{text!r} is neither a directory nor a repository to be editable.")
    try:
        return str(Requirement(text))
    except InvalidRequirement as error:
        raise where.refusal(f"{text!r} is not a requirement{_hint(text, error)}") from error


def _named_url(text: str) -> str:
    """A bare URL, as `name @ URL` where it says the name.

    What is editable from a repository is installed plainly: nobody edits it on the machine.
    """
    url, separator, marker = text.partition(" ;") if " ;" in text else text.partition("; ")
    egg = _EGG.search(url)
    if egg is None:
        return text
    rest = url[egg.end() :]
    kept = url[: egg.start()] + (egg["before"] + rest if rest else "")
    named = f"{egg['name']}{egg['extras'] or ''} @ {kept.strip()}"
    return f"{named} ; {marker.strip()}" if separator else named


def _hint(text: str, error: InvalidRequirement) -> str:
    if re.fullmatch(r"[\w.-]+=[^=\s]+(=[\w.]+)?", text):
        name, version = text.split("=")[:2]
        return f"; was it written by conda? For pip it is {name}=={version}."
    if text.startswith("@EXPLICIT"):
        return "; the file is conda's, not pip's."
    return f": {str(error).splitlines()[0]}."


def _line_of(text: str, entry: Entry) -> str:
    hashes = (f"--hash={each}" for each in dict.fromkeys(entry.hashes))
    return " ".join((text, *hashes, *entry.settings))
