"""What can be told of a task's requirements without resolving them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.index_options import relative_places
from clearq_tui.provisioning.target import Target

_OPTIONS = re.compile(r"""\s+['"]?--[a-z]""")
_HASH = re.compile(r"""--hash[= ]['"]?((?:sha256|sha384|sha512):[0-9a-fA-F]+)""")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")
_PATHS = ("./", "../")


@dataclass(frozen=True)
class ProjectToInstall:
    """A directory of the code that the machine installs itself."""

    path: str
    """Relative to where the command runs."""
    extras: tuple[str, ...]
    editable: bool
    marker: str

    def line(self, directory: Path) -> str:
        """As a line of a requirements file; the command runs in `directory`."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{'-e ' if self.editable else ''}{(directory / self.path).resolve()}{extras}"


@dataclass(frozen=True)
class Wished:
    """Python packages as a task wishes for them; `requirements` says what the fields mean."""

    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    projects: tuple[ProjectToInstall, ...] = ()
    locked: bool = False

    @property
    def local_files(self) -> list[str]:
        """The paths of files in the code that are requirements."""
        plain = (_without_options(line).partition(" ;")[0].strip() for line in self.lines)
        return [line.partition("[")[0] for line in plain if line.startswith(_PATHS)]

    @property
    def needs_code(self) -> bool:
        """Whether they cannot be resolved without the task's code."""
        return bool(self.projects or self.local_files or relative_places(self.options))

    def lines_from(self, directory: Path | None) -> list[str]:
        """The lines without hashes and other options of their own, and with paths in full.

        `directory` is the one in which the command runs.
        """
        plain = [_without_options(line) for line in self.lines]
        if directory is None:
            return plain
        return [f"{directory}/{line}" if line.startswith(_PATHS) else line for line in plain]

    @property
    def hashes(self) -> dict[str, frozenset[str]]:
        """By normalized project, the hashes of which a file of it must have one."""
        from packaging.utils import canonicalize_name

        found: dict[str, frozenset[str]] = {}
        for line in self.lines:
            hashes, name = _HASH.findall(line), _NAME.match(line)
            if hashes and name:
                project = canonicalize_name(name[1])
                found[project] = found.get(project, frozenset()) | {each.lower() for each in hashes}
        return found

    def check_variables(self, environment: Mapping[str, str]) -> None:
        """See to it that every `${NAME}` means something.

        Raises:
            ProvisionError: one of them does not.
        """
        said = "\n".join((*self.lines, *self.constraints, *self.options))
        for name in dict.fromkeys(_VARIABLE.findall(said)):
            if name not in environment:
                raise ProvisionError(
                    f"The address of a package says ${{{name}}}, which is set neither here nor as "
                    "a secret of the task."
                )


def wished_of(packages: Mapping[str, object], target: Target, python: str) -> Wished:
    """Read packages as they are kept with a task, without the projects meant for others.

    Raises:
        ProvisionError: they are not what packages must be.
    """
    projects = packages.get("projects", [])
    if not isinstance(projects, list):
        raise ProvisionError("The task's packages are damaged: its projects are no list.")
    return Wished(
        lines=_texts(packages, "lines"),
        constraints=_texts(packages, "constraints"),
        options=_texts(packages, "options"),
        projects=tuple(
            project
            for each in projects
            if _applies((project := _project(each)).marker, target, python)
        ),
        locked=packages.get("locked") is True,
    )


def marker_environment(target: Target, python: str) -> dict[str, str]:
    """What the markers of requirements are compared with on the machine."""
    major, minor, *_ = python.split(".")
    darwin = target.system == "Darwin"
    return {
        "implementation_name": "cpython",
        "implementation_version": python,
        "os_name": "posix",
        "platform_machine": target.architecture,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": target.system,
        "platform_version": "",
        "python_full_version": python if python.count(".") > 1 else f"{python}.0",
        "python_version": f"{major}.{minor}",
        "sys_platform": "darwin" if darwin else "linux",
        "extra": "",
    }


def _applies(marker: str, target: Target, python: str) -> bool:
    from packaging.markers import InvalidMarker, Marker

    if not marker:
        return True
    try:
        return Marker(marker).evaluate(marker_environment(target, python))
    except InvalidMarker as error:
        raise ProvisionError(f"{marker!r} is no marker of a requirement.") from error


def _without_options(line: str) -> str:
    found = _OPTIONS.search(line)
    return line[: found.start()] if found else line


def _project(said: object) -> ProjectToInstall:
    if not isinstance(said, dict) or not isinstance(said.get("path"), str):
        raise ProvisionError("The task's packages are damaged: a project has no path.")
    return ProjectToInstall(
        path=said["path"],
        extras=_texts(said, "extras"),
        editable=said.get("editable") is True,
        marker=str(said.get("marker", "")),
    )


def _texts(said: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = said.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ProvisionError(f"The task's packages are damaged: its {name} are no list of texts.")
    return tuple(value)
