"""What a pyproject.toml says of the packages that its project needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.groups import group_of
from clearq_tui.requirements.reading import TomlFile, read_toml
from clearq_tui.requirements.setuptools_files import dynamic_requirements
from clearq_tui.requirements.wish import refuse_unknown


class ProjectFile:
    """A pyproject.toml by the standards; what Poetry alone reads is not its affair."""

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self.project = file.at("project")
        self.name = canonicalize_name(file.text_of(self.project, "name"))
        self._dynamic = file.texts(self.project, "dynamic")

    @property
    def is_package(self) -> bool:
        """Whether the project can be installed, as uv and Poetry decide it."""
        said = self.file.at("tool", "uv").get("package")
        if isinstance(said, bool):
            return said
        if self.file.at("tool", "poetry").get("package-mode") is False:
            return False
        return "build-system" in self.file.table

    @property
    def declares_dependencies(self) -> bool:
        """Whether the project says what it needs, be it nothing."""
        return "dependencies" in self.project or "dependencies" in self._dynamic

    @property
    def says_all_it_needs(self) -> bool:
        """Whether what it needs can be read without running its build."""
        if "dependencies" not in self._dynamic:
            return True
        return has_table(self.file, "tool", "setuptools", "dynamic", "dependencies")

    def dependencies(self) -> Iterator[Declared]:
        """What the project needs always, as far as it can be read without running its build.

        Raises:
            RequirementsError: the table is malformed.
        """
        for text in self.file.texts(self.project, "dependencies"):
            yield Declared(text, self.file.where(text))
        if "dependencies" in self._dynamic:
            yield from dynamic_requirements(self.file, "dependencies")

    def of_extra(self, name: str, through: tuple[str, ...] = ()) -> Iterator[Declared]:
        """What an extra adds, and those extras of the project itself which it names.

        Raises:
            RequirementsError: there is no such extra, or the table is malformed.
        """
        wanted = canonicalize_name(name)
        if wanted in through:
            return
        extras = self.file.at("project", "optional-dependencies")
        known = {canonicalize_name(each): each for each in extras}
        if "optional-dependencies" in self._dynamic and wanted not in known:
            yield from dynamic_requirements(self.file, "optional-dependencies", name)
            return
        refuse_unknown("extra", wanted, known, str(self.file.path))
        for text in self.file.texts(extras, known[wanted]):
            yield from self._without_itself(
                Declared(text, self.file.where(text)), (*through, wanted)
            )

    def of_group(self, name: str) -> Iterator[Declared]:
        """What a dependency group needs.

        Raises:
            RequirementsError: there is no such group, or it is malformed.
        """
        for declared in group_of(self.file, name):
            yield from self._without_itself(declared, ())

    def _without_itself(self, declared: Declared, through: tuple[str, ...]) -> Iterator[Declared]:
        """Follow `project[extra]` instead of asking an index for the project."""
        requirement = declared.requirement
        if canonicalize_name(requirement.name) != self.name:
            yield declared
            return
        for extra in sorted(requirement.extras):
            yield from self.of_extra(extra, through)

    @property
    def required_python(self) -> str:
        """`requires-python`; empty when the project does not say."""
        return self.file.text_of(self.project, "requires-python")


def read_project(path: Path) -> ProjectFile:
    """Read a pyproject.toml.

    Raises:
        RequirementsError: it cannot be read, or its tables are malformed.
    """
    return ProjectFile(read_toml(path))


def has_table(file: TomlFile, *names: str) -> bool:
    """Whether a TOML file has a table, be it empty."""
    found: object = file.table
    for name in names:
        if not isinstance(found, Mapping) or name not in found:
            return False
        found = found[name]
    return True
