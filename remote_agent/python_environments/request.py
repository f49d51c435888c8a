"""What a lease's spec asks for in Python packages, checked: it came over the link."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple

from remote_agent.environments.interface import StepFailed

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_WHEEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,250}\Z")


class Project(NamedTuple):
    """A directory or a file of the workspace that is installed as a package."""

    path: str
    """Relative to where the command runs."""
    extras: Tuple[str, ...]
    is_editable: bool
    marker: str
    """The environments that want it; empty: all."""


class Wheel(NamedTuple):
    """A wheel or a source archive that the laptop has brought."""

    name: str
    sha256: str


class Request(NamedTuple):
    """The packages of one task."""

    python: str
    """See `versions.accepts`."""
    lines: Tuple[str, ...]
    """Requirements as in a requirements file."""
    constraints: Tuple[str, ...]
    options: Tuple[str, ...]
    """Options as in a requirements file, one each."""
    projects: Tuple[Project, ...]
    wheels: Tuple[Wheel, ...]
    is_locked: bool
    """The lines pin everything: nothing is left to resolve."""
    is_offline: bool
    """Nothing but the wheels may be installed."""


def read_request(spec: Mapping[str, Any]) -> Request:
    """The packages that the spec asks for.

    Raises:
        StepFailed: a field is not what it must be; the sentence names it.
    """
    said = spec.get("packages") or {}
    if said.get("kind", "python") != "python":
        raise StepFailed(
            "the task asks for %.40s packages, which the mode venv does not install; "
            "choose the mode conda." % said["kind"]
        )
    return Request(
        python=str(spec.get("python") or said.get("python") or ""),
        lines=_texts(said, "lines"),
        constraints=_texts(said, "constraints"),
        options=_texts(said, "options"),
        projects=tuple(_project(project) for project in _list(said, "projects")),
        wheels=tuple(_wheel(wheel) for wheel in _list(said, "wheels")),
        is_locked=said.get("locked") is True,
        is_offline=spec.get("offline") is True,
    )


def _project(said: Any) -> Project:  # noqa: ANN401 - not validated yet
    if not isinstance(said, dict) or not isinstance(said.get("path"), str) or not said["path"]:
        raise _wrong("projects", said, "objects with a path")
    return Project(
        said["path"],
        _texts(said, "extras"),
        said.get("editable", True) is True,
        str(said.get("marker", "")),
    )


def _wheel(said: Any) -> Wheel:  # noqa: ANN401 - not validated yet
    if (
        not isinstance(said, dict)
        or not _WHEEL.match(str(said.get("name")))
        or not _SHA256.match(str(said.get("sha256")))
    ):
        raise _wrong("wheels", said, "objects with a file's name and its sha256")
    return Wheel(said["name"], said["sha256"])


def _texts(said: Dict[str, Any], field: str) -> Tuple[str, ...]:
    texts = _list(said, field)
    for text in texts:
        if not isinstance(text, str) or "\0" in text:
            raise _wrong(field, text, "texts")
    return tuple(text.strip() for text in texts if text.strip())


def _list(said: Dict[str, Any], field: str) -> List[Any]:
    value = said.get(field) or []
    if not isinstance(value, list):
        raise _wrong(field, value, "a list")
    return value


def _wrong(field: str, value: object, expected: str) -> StepFailed:
    return StepFailed("the packages' %s have %.80r; expected %s." % (field, value, expected))
