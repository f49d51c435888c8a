"""What a task's environment needs of Python packages, as it is kept with the task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clearq_tui.requirements.failure import RequirementsError


@dataclass(frozen=True)
class Project:
    """A directory of the captured tree that is installed as a package."""

    path: str
    """Relative to the directory in which the command runs; may begin with `..`."""
    extras: tuple[str, ...] = ()
    editable: bool = True
    marker: str = ""
    """The environments that want it; empty: all."""
    says_needs: bool = True
    """What it needs is among the lines; else only its build can tell."""

    def to_json(self) -> dict[str, object]:
        """As JSON values; what is seldom so, only where it is."""
        said: dict[str, object] = {
            "path": self.path,
            "extras": list(self.extras),
            "editable": self.editable,
        }
        if self.marker:
            said["marker"] = self.marker
        if not self.says_needs:
            said["says_needs"] = False
        return said


@dataclass(frozen=True)
class Requirements:
    """Python packages for a task, independent of the machine that will run it.

    Paths in `lines` and `options` are relative to the directory in which the command runs. A
    `${NAME}` inside a URL stays as it was written, for whoever installs to fill in: it may be a
    secret.
    """

    source: str
    """`list`, `script`, `imports`, the name of a file, or `python` where only that is asked for."""
    python: str = ""
    """Version specifiers such as `>=3.10`; empty: any."""
    lines: tuple[str, ...] = ()
    """Requirements as in a requirements file, each with its hashes, on one line."""
    constraints: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """Of pip's for the whole installation, such as `--extra-index-url URL`."""
    projects: tuple[Project, ...] = ()
    locked: bool = False
    """The lines pin everything that is needed: nothing is left to resolve."""

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of environment variables that whoever installs must have."""
        import re

        texts = "\n".join((*self.lines, *self.constraints, *self.options))
        return tuple(dict.fromkeys(re.findall(r"\$\{([A-Z0-9_]+)\}", texts)))

    def to_json(self) -> dict[str, object]:
        """As JSON values, with the kind of packages that these are."""
        return {
            "kind": "python",
            "source": self.source,
            "python": self.python,
            "lines": list(self.lines),
            "constraints": list(self.constraints),
            "options": list(self.options),
            "projects": [project.to_json() for project in self.projects],
            "locked": self.locked,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, object]) -> Requirements:
        """What `to_json` gave.

        Raises:
            RequirementsError: it is of another kind, or a field is missing or not what it must be.
        """
        if said.get("kind") != "python":
            raise RequirementsError(f"Packages of kind {said.get('kind')!r} are not Python's.")
        projects = said.get("projects")
        if not isinstance(projects, list):
            raise RequirementsError("Python packages: 'projects' must be a list.")
        return cls(
            source=_text(said, "source"),
            python=_text(said, "python"),
            lines=_texts(said, "lines"),
            constraints=_texts(said, "constraints"),
            options=_texts(said, "options"),
            projects=tuple(_project(project) for project in projects),
            locked=_truth(said, "locked"),
        )


def _project(said: object) -> Project:
    if not isinstance(said, Mapping):
        raise RequirementsError("Python packages: a project must be an object.")
    marker = _text(said, "marker") if "marker" in said else ""
    says_needs = _truth(said, "says_needs") if "says_needs" in said else True
    return Project(
        _text(said, "path"), _texts(said, "extras"), _truth(said, "editable"), marker, says_needs
    )


def _text(said: Mapping[str, object], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise RequirementsError(f"Python packages: {name!r} must be a text, not {value!r}.")
    return value


def _texts(said: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = said.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RequirementsError(f"Python packages: {name!r} must be a list of texts.")
    return tuple(value)


def _truth(said: Mapping[str, object], name: str) -> bool:
    value = said.get(name)
    if not isinstance(value, bool):
        raise RequirementsError(f"Python packages: {name!r} must be true or false.")
    return value
